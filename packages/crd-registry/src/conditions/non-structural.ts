/** Definitions from before schemas had to be structural (apiextensions-apiserver/pkg/controller/nonstructuralschema). */
import { type FieldError, fieldErrorText, index, invalidValue } from '@apiserver-kit/machinery';
import { structuralSchema } from '@apiserver-kit/schema';
import type { CustomResourceDefinition } from '../validation/custom-resource-definition.js';
import { findCondition, says, withCondition, type Finding } from './condition.js';

const type = 'NonStructuralSchema';

function findingOf({ spec }: CustomResourceDefinition): Finding | undefined {
  const errors: FieldError[] = spec.preserveUnknownFields ? [invalidValue('spec.preserveUnknownFields', true, 'must be false')] : [];
  for (const [i, { name, schema }] of (spec.versions ?? []).entries()) {
    if (!schema?.openAPIV3Schema) continue;
    const result = structuralSchema(schema.openAPIV3Schema, { path: `${index('spec.versions', i)}.schema.openAPIV3Schema` });
    if (result.unsupported !== undefined)
      return { type, status: 'Unknown', reason: 'StructuralError', message: `failed to check validation schema for version ${name}: ${result.unsupported}` };
    errors.push(...result.errors);
  }
  const texts = [...new Set(errors.map(fieldErrorText))];
  if (texts.length === 0) return undefined;
  return { type, status: 'True', reason: 'Violations', message: texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]` };
}

/** The definition with the condition that says what is not structural in it, or without; the same one where there is nothing to do. */
export function withNonStructural(crd: CustomResourceDefinition, nowMs: number): CustomResourceDefinition {
  const finding = findingOf(crd);
  const before = findCondition(crd, type);
  if (finding === undefined) {
    if (!before) return crd;
    return { ...crd, status: { ...crd.status, conditions: crd.status?.conditions?.filter((condition) => condition !== before) ?? [] } };
  }
  return says(before, finding) ? crd : withCondition(crd, finding, nowMs);
}
