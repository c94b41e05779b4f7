import { createRequire } from 'node:module';
import { fieldErrorText, parseJson } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { JSONSchemaProps } from '../structural/json-schema-props.js';
import { structuralSchema } from '../structural/structural-schema.js';
import { type SchemaValidator, compileValidator } from './validator.js';

const loaded = () => Object.keys(createRequire(import.meta.url).cache ?? {}).filter((file) => /node_modules\/(ajv|re2js)\//.test(file));
const loadedAtStart = loaded();

const validatorOf = (properties: Record<string, JSONSchemaProps>, rest: JSONSchemaProps = {}): SchemaValidator =>
  compileValidator(structuralSchema({ type: 'object', properties, ...rest }).schema);
const texts = (validator: SchemaValidator, value: unknown, rootPath?: string) => validator.validate(value, rootPath).map(fieldErrorText);
const updateTexts = (validator: SchemaValidator, value: unknown, old: unknown) => validator.validateUpdate(value, old).map(fieldErrorText);

describe('importing this package', () => {
  it('loads neither ajv nor re2js', () => {
    expect(loadedAtStart).toEqual([]);
  });
});

describe('a validator', () => {
  it('says what is wrong in the words of the reference', () => {
    const validator = validatorOf({ spec: { type: 'object', required: ['name'], properties: { size: { type: 'integer', maximum: 10 } } } });
    expect(texts(validator, { spec: { size: 99 } })).toEqual([
      'spec.size: Invalid value: 99: spec.size in body should be less than or equal to 10',
      'spec.name: Required value',
    ]);
  });

  it('names fields from where the value stands, and the sentence from the value', () => {
    expect(texts(validatorOf({ ready: { type: 'boolean' } }), { ready: 1 }, 'status')).toEqual([
      'status.ready: Invalid value: "integer": ready in body must be of type boolean: "integer"',
    ]);
  });

  it('keeps integers that a double cannot hold', () => {
    const validator = validatorOf({ n: { type: 'integer', maximum: 9007199254740992 } });
    expect(texts(validator, parseJson('{"n":9007199254740993}'))).toEqual([
      'n: Invalid value: 9007199254740993: n in body should be less than or equal to 9007199254740992',
    ]);
  });

  it('runs patterns in linear time', () => {
    const validator = validatorOf({ s: { type: 'string', pattern: '^(a+)+$' } });
    const start = performance.now();
    expect(texts(validator, { s: `${'a'.repeat(50_000)}!` })).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('does not take inherited members for fields', () => {
    const validator = validatorOf({ constructor: { type: 'string' } } as unknown as Record<string, JSONSchemaProps>, { required: ['toString'] });
    expect(texts(validator, {})).toEqual(['toString: Required value']);
  });

  it('tells of the alternative that got furthest', () => {
    const validator = validatorOf({ v: { type: 'object', properties: { a: { type: 'string' } }, anyOf: [{ required: ['b'] }, { maxProperties: 0 }] } });
    expect(texts(validator, { v: { a: 'x' } })).toEqual(['<nil>: Invalid value: "": "v" must validate at least one schema (anyOf)', 'v.b: Required value']);
  });
});

describe('an update', () => {
  const validator = validatorOf({
    a: { type: 'string', maxLength: 1 },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: { type: 'string' }, port: { type: 'integer', maximum: 10 } } },
    },
    list: { type: 'array', items: { type: 'string', maxLength: 1 } },
  });

  it('may keep what is wrong', () => {
    expect(updateTexts(validator, { a: 'long', list: ['long'] }, { a: 'long', list: ['long'] })).toEqual([]);
  });
  it('may not change what is wrong to something else that is wrong', () => {
    expect(updateTexts(validator, { a: 'other' }, { a: 'long' })).toEqual(['a: Too long: may not be more than 1 byte']);
  });
  it('finds the items of a map by their key', () => {
    const [x, y] = [
      { name: 'x', port: 99 },
      { name: 'y', port: 1 },
    ];
    expect(updateTexts(validator, { ports: [y, x] }, { ports: [x, y] })).toEqual([]);
    expect(updateTexts(validator, { ports: [y, { name: 'z', port: 99 }] }, { ports: [x, y] })).toHaveLength(1);
  });
  it('judges the items of other lists together', () => {
    expect(updateTexts(validator, { list: ['long', 'a'] }, { list: ['long'] })).toEqual(['list[0]: Too long: may not be more than 1 byte']);
  });
});
