/** Definitions as rows (apiextensions-apiserver/pkg/registry/customresourcedefinition/tableconvertor). */
import type { TableColumn, TableDefinition } from '@apiserver-kit/rest';
import { creationTimestampDescription, nameColumn } from '../columns.js';
import { type CustomResourceDefinition, isConditionTrue } from '../validation/custom-resource-definition.js';

const column = (name: string, description: string, priority = 0, type = 'string'): TableColumn => ({ name, type, format: '', description, priority });

export const definitionTable: TableDefinition = {
  columns: [
    nameColumn,
    column('Scope', 'Cluster/Namespaced'),
    column('Versions', 'Served versions'),
    column('Created At', creationTimestampDescription, 0, 'date'),
    column('Group', 'API group', 1),
    column('Kind', 'CustomResource kind', 1),
    column('ShortNames', 'Short names', 1),
    column('Established', 'Established status', 1, 'boolean'),
  ],
  cells(object) {
    const crd = object as unknown as CustomResourceDefinition;
    const { metadata, spec } = crd;
    const versions = (spec.versions ?? []).filter(({ served }) => served).map(({ name, storage }) => (storage ? `${name}(storage)` : name));
    return [
      metadata.name ?? '',
      spec.scope,
      versions.sort().join(','),
      metadata.creationTimestamp ?? '',
      spec.group,
      spec.names.kind,
      (spec.names.shortNames ?? []).join(','),
      isConditionTrue(crd, 'Established'),
    ];
  },
};
