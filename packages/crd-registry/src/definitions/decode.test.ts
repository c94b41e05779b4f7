import { describe, expect, it } from 'vitest';
import { definitionDescription } from './resource.js';
import { structReader } from './decode.js';
import type { KubeObject } from '@apiserver-kit/machinery';

const read = structReader('apiextensions.v1.CustomResourceDefinition', definitionDescription);
const withSchema = (schema: unknown): KubeObject =>
  ({ metadata: { name: 'a' }, spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }] } }) as unknown as KubeObject;
// biome-ignore lint/suspicious/noExplicitAny: a test looks into what was read
const schemaOf = (object: KubeObject): any => (object as any).spec.versions[0].schema.openAPIV3Schema;
const unknownIn = (value: KubeObject): string[] => {
  const paths: string[] = [];
  read(value, { onUnknownField: (path) => paths.push(path) });
  return paths;
};

describe('a definition as the reference reads it', () => {
  it('has all fields that the reference always prints', () => {
    expect(read({ metadata: {} } as KubeObject, {})).toEqual({
      metadata: {},
      spec: { group: '', names: { plural: '', kind: '' }, scope: '', versions: null },
      status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null },
    });
  });

  it.each([
    [{ metadata: { labels: 5 } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
    [{ metadata: {}, spec: { group: 1 } }, 'json: cannot unmarshal number into Go struct field CustomResourceDefinitionSpec.spec.group of type string'],
    [
      { metadata: {}, spec: { versions: [{ served: 'yes' }] } },
      'json: cannot unmarshal string into Go struct field CustomResourceDefinitionVersion.spec.versions.served of type bool',
    ],
    [
      { metadata: {}, spec: { scope: 1 } },
      'json: cannot unmarshal number into Go struct field CustomResourceDefinitionSpec.spec.scope of type v1.ResourceScope',
    ],
    [
      { metadata: {}, spec: { versions: [{ schema: { openAPIV3Schema: { properties: { a: { items: { type: 5 } } } } } }] } },
      'json: cannot unmarshal number into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.items.type of type string',
    ],
    [{ metadata: {}, spec: { versions: [{ schema: { openAPIV3Schema: { additionalProperties: 5 } } }] } }, 'boolean or JSON schema expected'],
  ])('is refused where a field has the wrong type: %j', (value, message) => {
    expect(() => read(value as unknown as KubeObject, {})).toThrow(
      `CustomResourceDefinition in version "v1" cannot be handled as a CustomResourceDefinition: ${message}`,
    );
  });

  it('tells the fields that it does not know', () => {
    expect(unknownIn(withSchema({ properties: { a: { frobnicate: 1 } }, typ: 'object' }))).toEqual([
      'spec.versions[0].schema.openAPIV3Schema.properties.a.frobnicate',
      'spec.versions[0].schema.openAPIV3Schema.typ',
    ]);
  });

  it('does not look for unknown fields where a schema may be something else', () => {
    expect(unknownIn(withSchema({ items: { frobnicate: 1 }, additionalProperties: { frobnicate: 1 } }))).toEqual([]);
  });

  it('keeps schemas and booleans apart', () => {
    const schema = { items: { type: 'string' }, additionalProperties: true, dependencies: { a: ['b'], c: { type: 'object' } }, default: { x: [null] } };
    expect(schemaOf(read(withSchema(schema), {}))).toEqual(schema);
  });
});
