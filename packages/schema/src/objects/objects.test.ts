import { fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { JSONSchemaProps } from '../structural/json-schema-props.js';
import { structuralSchema } from '../structural/structural-schema.js';
import { validateDefaults, withPrunedDefaults } from './default-validation.js';
import { applyDefaults } from './default.js';
import { validateListTypes } from './list-types.js';
import { prune } from './prune.js';

const schemaOf = (properties: Record<string, JSONSchemaProps>) => structuralSchema({ type: 'object', properties }).schema;

describe('pruning', () => {
  it('tells the paths of what it removes, sorted', () => {
    const object = { b: [{ x: 1, y: 2 }], a: 1, kind: 'K' };
    const schema = schemaOf({ b: { type: 'array', items: { type: 'object', properties: { x: { type: 'integer' } } } } });
    expect(prune(object, schema, { isResourceRoot: true, trackUnknown: true })).toEqual(['a', 'b[0].y']);
    expect(object).toEqual({ b: [{ x: 1 }], kind: 'K' });
  });

  it('does not walk what the object lacks', () => {
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, { type: 'string' }]));
    const schema = schemaOf(wide);
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) prune({ field1: 'a' }, schema);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('defaults', () => {
  it('are filled in below defaults', () => {
    const object = {};
    applyDefaults(object, schemaOf({ o: { type: 'object', default: {}, properties: { x: { type: 'integer', default: 1 } } } }));
    expect(object).toEqual({ o: { x: 1 } });
  });

  it('must be valid by the schema that sets them', () => {
    const schema = schemaOf({
      n: { type: 'integer', default: 'one' },
      o: { type: 'object', default: { x: 1 } },
      metadata: { type: 'object', properties: { name: { type: 'string', default: 'a/b' } } },
    });
    expect(validateDefaults(schema, { path: 'schema' }).map(fieldErrorText)).toEqual([
      'schema.properties[n].default: Invalid value: "string":  in body must be of type integer: "string"',
      'schema.properties[o].default: Invalid value: {"x":1}: must not have unknown fields',
      `schema.properties[metadata].properties[name].default: Invalid value: "a/b": must result in valid metadata: metadata.name: Invalid value: "a/b": may not contain '/'`,
    ]);
  });

  it('can be pruned', () => {
    const pruned = withPrunedDefaults(schemaOf({ o: { type: 'object', default: { x: 1, y: 2 }, properties: { x: { type: 'integer' } } } }));
    expect(pruned.properties?.get('o')?.default).toEqual({ x: 1 });
  });
});

describe('sets and maps by key', () => {
  it('hold nothing twice', () => {
    const schema = schemaOf({
      set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      map: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['b', 'a'], items: { type: 'object' } },
    });
    const object = { set: ['x', 'y', 'x', 'x'], map: [{ a: 1, b: 2, c: 3 }, { b: 2, a: 1 }, { a: 1 }] };
    expect(validateListTypes(object, schema).map(fieldErrorText)).toEqual(['set[2]: Duplicate value: "x"', 'map[1]: Duplicate value: {"a":1,"b":2}']);
  });
});
