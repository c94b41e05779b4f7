/** Who owns which field of a definition (apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go). */
import { excluding, fieldManager, type FieldManagerOptions, FieldSet, structTypes } from '@apiserver-kit/apply';
import { cloneJson, type KubeObject } from '@apiserver-kit/machinery';
import type { CustomResourceDefinition } from '../validation/custom-resource-definition.js';
import { defaultCustomResourceDefinition } from '../validation/defaults.js';
import { definitionDescription } from './resource.js';
import { decodeStruct, definitionRows } from './types.js';

const typeName = 'apiextensions.v1.CustomResourceDefinition';
const apiVersion = 'apiextensions.k8s.io/v1';
const { group, version, kind } = definitionDescription;

const type = structTypes({ fields: definitionRows, isAtomic: () => false })(typeName);

const common: FieldManagerOptions = {
  kind: { group, version, kind },
  type: (asked) => (asked === apiVersion ? type : undefined),
  empty: () => decodeStruct(typeName, { apiVersion, kind }).object as unknown as KubeObject,
  complete(merged) {
    const object = cloneJson(merged);
    defaultCustomResourceDefinition(object as unknown as CustomResourceDefinition);
    return object;
  },
};

/** Of writes to definitions. */
export const definitionFieldManager = fieldManager({ ...common, resetFields: { [apiVersion]: excluding(FieldSet.of(['status'])) } });

/** Of writes to their status. */
export const definitionStatusFieldManager = fieldManager({ ...common, subresource: 'status', resetFields: { [apiVersion]: excluding(FieldSet.of(['spec'])) } });
