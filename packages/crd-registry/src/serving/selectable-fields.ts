/** Fields that a definition lets select by (KEP-4358). */
import { badRequest, goPrint, type KubeObject, parseJSONPath } from '@apiserver-kit/machinery';
import type { FieldsOf } from '@apiserver-kit/watch-cache';
import type { CustomResourceDefinitionSpec, SelectableField } from '../validation/custom-resource-definition.js';
import type { FromStored } from './codec.js';

const nameOf = ({ jsonPath }: SelectableField): string => jsonPath.replace(/^\./, '');

/** The fields of all versions: they are kept beside each object, as texts. Undefined where there are none. */
export function fieldsOf({ versions }: CustomResourceDefinitionSpec, fromStored: FromStored): FieldsOf {
  const fields = new Map(versions.flatMap(({ selectableFields }) => selectableFields ?? []).map((field) => [nameOf(field), field.jsonPath]));
  if (fields.size === 0) return undefined;
  const paths = [...fields].map(([name, jsonPath]) => [name, parseJSONPath(`{${jsonPath}}`)] as const);
  return (stored: KubeObject) => {
    const object = fromStored(stored);
    const texts: Record<string, string> = {};
    for (const [name, path] of paths) {
      const [value] = path.find(object, { allowMissingKeys: true })[0] ?? [];
      texts[name] = value === undefined || value === null ? '' : goPrint(value);
    }
    return texts;
  };
}

/** What labels of field selectors stand for in a version: themselves. */
export function fieldLabels(fields: readonly SelectableField[] | undefined): (label: string) => string {
  const names = new Set(fields?.map(nameOf));
  return (label) => {
    if (!names.has(label)) throw badRequest(`field label not supported: ${label}`);
    return label;
  };
}
