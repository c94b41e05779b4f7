import { describe, expect, it } from 'vitest';
import { structuralSchema } from '../structural/structural-schema.js';
import { type PublishedResource, crdOpenAPISchemas } from './crd-schemas.js';

const { schema } = structuralSchema({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['n', 'a'],
      properties: {
        a: { type: 'string' },
        n: { type: 'integer', nullable: true },
        port: { 'x-kubernetes-int-or-string': true },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { x: { type: 'string' } } },
        pod: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } },
        one: { type: 'object', oneOf: [{ required: ['x'] }], properties: { x: { type: 'string' } } },
      },
    },
  },
});
const widget: PublishedResource = { group: 'example.com', version: 'v1', kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', schema };

type Printed = { properties: Record<string, { properties: Record<string, unknown>; required: string[] }> };
const specOf = (openAPI: 'v2' | 'v3') => (crdOpenAPISchemas(widget, openAPI)['com.example.v1.Widget'] as Printed).properties.spec!;

describe('a published schema', () => {
  it('is complete in v3', () => {
    const { properties, required } = specOf('v3');
    expect(required).toEqual(['n', 'a']);
    expect(properties.n).toEqual({ type: 'integer', nullable: true });
    expect(properties.port).toEqual({ anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true });
    expect(properties.any).toEqual({ type: 'object', properties: { x: { type: 'string' } }, 'x-kubernetes-preserve-unknown-fields': true });
    expect(properties.one).toEqual({ type: 'object', oneOf: [{ required: ['x'] }], properties: { x: { type: 'string' } } });
    expect(properties.pod).toMatchObject({
      required: ['kind', 'apiVersion'],
      properties: { metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] } },
    });
  });

  it('says in v2 what kubectl understands', () => {
    const { properties, required } = specOf('v2');
    expect(required).toEqual(['a']);
    expect(properties.n).toEqual({});
    expect(properties.port).toEqual({ 'x-kubernetes-int-or-string': true });
    expect(properties.any).toEqual({ 'x-kubernetes-preserve-unknown-fields': true });
    expect(properties.one).toEqual({ type: 'object', properties: { x: { type: 'string' } } });
    expect(properties.pod).toMatchObject({ properties: { metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } } });
  });

  it('is just an object where there is none', () => {
    const gvk = { 'x-kubernetes-group-version-kind': [{ group: 'example.com', kind: 'Widget', version: 'v1' }] };
    expect(crdOpenAPISchemas({ ...widget, schema: undefined }, 'v3')['com.example.v1.Widget']).toEqual({ type: 'object', ...gvk });
    expect(crdOpenAPISchemas({ ...widget, preserveUnknownFields: true }, 'v2')['com.example.v1.Widget']).toEqual({ type: 'object', ...gvk });
  });

  it('has a list beside it', () => {
    expect(crdOpenAPISchemas({ ...widget, selectableFields: [{ jsonPath: '.spec.a' }] }, 'v3')['com.example.v1.WidgetList']).toMatchObject({
      description: 'WidgetList is a list of Widget',
      required: ['items'],
      properties: { items: { type: 'array', items: { $ref: '#/components/schemas/com.example.v1.Widget' } } },
      'x-kubernetes-selectable-fields': [{ fieldPath: 'spec.a' }],
    });
  });
});
