/** What the server warns of in a definition that it accepts (apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go). */
import { goQuote } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, formatCheck } from '@apiserver-kit/schema';
import type { CustomResourceDefinition } from '../validation/custom-resource-definition.js';
import { someSchema } from '../validation/each-schema.js';

function eachSchema({ spec }: CustomResourceDefinition, look: (schema: JSONSchemaProps) => void): void {
  for (const { schema } of spec.versions ?? [])
    someSchema(schema?.openAPIV3Schema, (node) => {
      look(node);
      return false;
    });
}

const numberFormats: Readonly<Record<string, readonly string[]>> = { integer: ['int32', 'int64'], number: ['float', 'double'] };

const isKnownFormat = (type: string, format: string): boolean =>
  type === '' || type === 'string' ? formatCheck(format) !== undefined : (numberFormats[type]?.includes(format) ?? false);

function unknownFormats(crd: CustomResourceDefinition): Set<string> {
  const found = new Set<string>();
  eachSchema(crd, ({ type = '', format }) => {
    if (format && !isKnownFormat(type, format)) found.add(`unrecognized format ${goQuote(format)}`);
  });
  return found;
}

function setsOfObjects(crd: CustomResourceDefinition): Set<string> {
  const found = new Set<string>();
  eachSchema(crd, ({ 'x-kubernetes-list-type': listType, items }) => {
    const type = Array.isArray(items) ? undefined : items?.type;
    if (listType === 'set' && (type === 'object' || type === 'array'))
      found.add(`x-kubernetes-list-type: set for items of type ${goQuote(type)} is not supported by server-side apply or CEL validation rules`);
  });
  return found;
}

/** The warnings that go with a definition; of one that replaces another, those that are new. */
export function definitionWarnings(crd: CustomResourceDefinition, old: CustomResourceDefinition | undefined): string[] {
  const known = old ? new Set([...unknownFormats(old), ...setsOfObjects(old)]) : new Set<string>();
  return [...unknownFormats(crd), ...[...setsOfObjects(crd)].sort()].filter((text) => !known.has(text));
}
