import { type KubeObject, printStored, stringifyJson } from '@apiserver-kit/machinery';
import { Entry } from '@apiserver-kit/watch-cache';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { version } from '../fixtures.js';
import type { CustomResourceDefinitionVersion } from '../validation/custom-resource-definition.js';
import { customCodec } from './codec.js';
import { converterOf } from './conversion.js';
import { versionSchemas } from './version-schemas.js';

const specOf = (versions: CustomResourceDefinitionVersion[], conversion?: { strategy: string }) => ({
  group: 'example.com',
  names: { plural: 'widgets', kind: 'Widget' },
  scope: 'Namespaced',
  versions,
  ...(conversion && { conversion }),
});
const codecOf = (versions: CustomResourceDefinitionVersion[], name = 'v1', conversion?: { strategy: string }) => {
  const spec = specOf(versions, conversion);
  return customCodec(
    {
      group: 'example.com',
      kind: 'Widget',
      schemas: versionSchemas(spec),
      storageVersion: versions.find(({ storage }) => storage)!.name,
      convert: converterOf(spec),
      id: 'test',
    },
    name,
  );
};
const specSchema = (properties: object): CustomResourceDefinitionVersion['schema'] => ({
  openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: properties as never } } },
});
const stored = (spec: unknown, more: object = {}): Entry =>
  new Entry(
    '/registry/example.com/widgets/default/a',
    7,
    printStored({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a', generation: 1 }, spec, ...more } as KubeObject),
    undefined,
  );

describe('an object that is stored as it is shown', () => {
  it('is shown by its own bytes', () => {
    const codec = codecOf([version()]);
    const entry = stored({ size: 1, color: 'blue' });
    expect(codec.bytes(entry)).toBe(entry.bytes);
    expect(codec.object(entry)).toBe(entry.object());
  });
});

describe('an object that was stored under an older schema', () => {
  it('is shown with the defaults that have come since, and without the fields that have gone', () => {
    const codec = codecOf([version()]);
    const entry = stored({ size: 1, gone: true });
    expect(codec.object(entry)).toMatchObject({ spec: { size: 1, color: 'red' }, metadata: { resourceVersion: '7' } });
    expect(JSON.parse(codec.bytes(entry).toString())).toEqual(codec.object(entry));
    expect(codec.bytes(entry)).toBe(codec.bytes(entry));
  });

  it('is not changed by that', () => {
    const codec = codecOf([version()]);
    const entry = stored({ gone: true });
    codec.object(entry);
    expect(entry.object().spec).toEqual({ gone: true });
  });

  it('has a generation, and metadata that is metadata', () => {
    const codec = codecOf([version()]);
    const entry = stored({ color: 'red' }, { metadata: { name: 'a', labels: { a: 'b', c: 5 }, annotations: { d: 'e' }, wat: 1 } });
    expect(codec.object(entry).metadata).toEqual({ resourceVersion: '7', name: 'a', annotations: { d: 'e' }, generation: 1 });
  });
});

describe('another version than the stored one', () => {
  const versions = [
    version({ schema: specSchema({ a: { type: 'string', default: 'from v1' }, b: { type: 'string' } }) }),
    version({ name: 'v2', storage: false, schema: specSchema({ a: { type: 'string', default: 'from v2' }, c: { type: 'string', default: 'c' } }) }),
  ];

  it('shows objects under its name, by its schema, with the defaults of the stored version', () => {
    const shown = codecOf(versions, 'v2').object(stored({ b: 'x' }));
    expect(shown).toMatchObject({ apiVersion: 'example.com/v2', spec: { a: 'from v1' } });
    expect(shown.spec).not.toHaveProperty('b');
    expect(shown.spec).not.toHaveProperty('c');
  });

  it('reads objects with its own defaults, and stores what the stored version knows of them', () => {
    const codec = codecOf(versions, 'v2');
    const read = codec.decode({ apiVersion: 'example.com/v2', kind: 'Widget', metadata: { name: 'a' }, spec: {} } as KubeObject, {});
    expect(read.spec).toEqual({ a: 'from v2', c: 'c' });
    expect(codec.toStored(read)).toMatchObject({ apiVersion: 'example.com/v1', spec: { a: 'from v2' } });
    expect(read.apiVersion).toBe('example.com/v2');
  });

  it('cannot be shown of an object whose version has gone', () => {
    expect(() => codecOf(versions, 'v2').object(stored({}, { apiVersion: 'example.com/v0' }))).toThrow(
      'request to convert CR from an invalid group/version: example.com/v0',
    );
  });

  it('needs a webhook where the definition says so, and never for the stored version', () => {
    expect(() => codecOf(versions, 'v2', { strategy: 'Webhook' }).object(stored({}))).toThrow(/needs a webhook/);
    expect(codecOf(versions, 'v1', { strategy: 'Webhook' }).object(stored({ b: 'x' }))).toMatchObject({ spec: { b: 'x' } });
  });
});

describe('a body', () => {
  const codec = codecOf([version()]);
  const body = (more: object) => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' }, ...more }) as unknown as KubeObject;

  it('is refused where its metadata has the wrong type', () => {
    expect(() => codec.decode(body({ metadata: { labels: { a: 1 } } }), {})).toThrow(
      'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    );
  });

  it('loses what is not known, and says so when asked: the metadata first', () => {
    const paths: string[] = [];
    const read = codec.decode(body({ metadata: { name: 'a', wat: 1 }, spec: { z: 1, y: 2, size: 3 }, extra: 4 }), {
      onUnknownField: (path) => paths.push(path),
    });
    expect(paths).toEqual(['metadata.wat', 'extra', 'spec.y', 'spec.z']);
    expect(read).toEqual(body({ spec: { size: 3, color: 'red' } }));
    expect(codec.decode(body({ spec: { z: 1 } }), {}).spec).toEqual({ color: 'red' });
  });

  it('is stored as it is shown, whatever is in it', () => {
    const anySpec = fc.record(
      { size: fc.oneof(fc.integer(), fc.constant(null)), color: fc.oneof(fc.string(), fc.constant(null)), replicas: fc.integer(), other: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const anyMeta = fc.record({ name: fc.string(), labels: fc.dictionary(fc.string(), fc.string()), generation: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(anyMeta, anySpec, (metadata, spec) => {
        const read = codec.decode(body(JSON.parse(stringifyJson({ metadata, spec }))), {});
        const entry = new Entry('/k', 7, printStored(codec.toStored(read)), undefined);
        expect(codec.bytes(entry)).toBe(entry.bytes);
      }),
    );
  });
});
