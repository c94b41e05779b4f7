/**
 * What all versions of a CustomResourceDefinition have in common.
 *
 * The reference validates an older form, in which settings that are the same in all versions stand once, in the spec; its errors name
 * them there (`spec.validation`, `spec.additionalPrinterColumns` …), so ours do (apiextensions-apiserver/pkg/apis/apiextensions/v1/conversion.go).
 */
import { isRecord } from '@apiserver-kit/machinery';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
  SelectableField,
} from './custom-resource-definition.js';
import { printColumn, printSelectableField, printSubresources, printVersion } from './printed-form.js';

export interface SharedSettings {
  readonly validation: CustomResourceValidation | undefined;
  readonly subresources: CustomResourceSubresources | undefined;
  readonly additionalPrinterColumns: readonly CustomResourceColumnDefinition[];
  readonly selectableFields: readonly SelectableField[];
  /** The versions without what they share. */
  readonly versions: readonly CustomResourceDefinitionVersion[];
}

export function sharedSettings({ versions: given }: CustomResourceDefinitionSpec): SharedSettings {
  const versions = given ?? [];
  const [first] = versions;
  const shares = (setting: (version: CustomResourceDefinitionVersion) => unknown): boolean =>
    versions.length === 1 || versions.every((version) => isSame(setting(version), setting(first!)));
  const sharesSchema = shares((version) => printVersion({ name: '', served: false, storage: false, schema: version.schema }).Schema);
  const sharesSubresources = shares(({ subresources }) => subresources && printSubresources(subresources));
  const sharesColumns = shares(({ additionalPrinterColumns }) => additionalPrinterColumns?.map(printColumn));
  const sharesFields = shares(({ selectableFields }) => selectableFields?.map(printSelectableField));
  return {
    validation: sharesSchema ? (first?.schema ?? undefined) : undefined,
    subresources: sharesSubresources ? (first?.subresources ?? undefined) : undefined,
    additionalPrinterColumns: (sharesColumns && first?.additionalPrinterColumns) || [],
    selectableFields: (sharesFields && first?.selectableFields) || [],
    versions: versions.map((version) => ({
      ...version,
      schema: sharesSchema ? undefined : version.schema,
      subresources: sharesSubresources ? undefined : version.subresources,
      additionalPrinterColumns: sharesColumns ? undefined : version.additionalPrinterColumns,
      selectableFields: sharesFields ? undefined : version.selectableFields,
    })),
  };
}

/** Fields that are maps; other objects differ from null also when they are empty. */
const mapFields: ReadonlySet<string> = new Set(['Properties', 'PatternProperties', 'Dependencies', 'Definitions']);

/** Equal printed forms, where lists and maps that are empty equal those that are not set. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    const [listA, listB] = [a ?? [], b ?? []];
    return Array.isArray(listA) && Array.isArray(listB) && listA.length === listB.length && listA.every((item, i) => isSame(item, listB[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return a === b || (a == null && b == null);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) =>
    mapFields.has(name) ? isSame(a[name] ?? {}, b[name] ?? {}) : isSame(a[name], b[name]),
  );
}
