import { type JSONSchemaProps, structuralSchema } from '@apiserver-kit/schema';
import { describe, expect, it } from 'vitest';
import { deduced, pathText, schemaType, scalars } from './index.js';
import { assertConforms, TypeMismatchError } from './conformance.js';
import { fieldsOf } from './owned-fields.js';

const typeOf = (spec: JSONSchemaProps, options?: { preserveUnknownFields: boolean }) =>
  schemaType(structuralSchema({ type: 'object', properties: { spec } }).schema, options);
/** What an applier of the spec owns, a field a line. */
const owned = (spec: JSONSchemaProps, value: unknown): string[] =>
  [...fieldsOf(typeOf(spec), { spec: value }).paths()].map((path) => pathText(path).slice('.spec'.length));

const item: JSONSchemaProps = { type: 'object', properties: { name: { type: 'string' }, zone: { type: 'string', default: 'z' }, size: { type: 'integer' } } };

describe('the type of a structural schema', () => {
  it('has lists that are atomic, sets, or maps by their keys, defaults counting', () => {
    const list = (type: object): JSONSchemaProps => ({ type: 'array', items: item, ...type });
    const keyed = list({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['zone', 'name'] });
    expect(owned(list({}), [{ name: 'a' }])).toEqual(['']);
    expect(owned(keyed, [{ name: 'a' }])).toEqual(['[name="a",zone="z"]', '[name="a",zone="z"].name']);
    expect(owned({ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } }, ['b', 'a'])).toEqual(['[="a"]', '[="b"]']);
  });

  it('has maps that are atomic or merged by member', () => {
    const map: JSONSchemaProps = { type: 'object', additionalProperties: { type: 'string' } };
    expect(owned(map, { b: '1', a: '2' })).toEqual(['.a', '.b']);
    expect(owned({ ...map, 'x-kubernetes-map-type': 'atomic' }, { a: '1' })).toEqual(['']);
  });

  it('owns the fields of structs, not the structs, unless they are empty', () => {
    expect(owned(item, { name: 'a' })).toEqual(['.name']);
    expect(owned({ type: 'object', properties: { in: item } }, { in: {} })).toEqual(['.in']);
  });

  it('takes what nobody declared as it comes', () => {
    expect(owned({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: item } }, { x: { y: [1] } })).toEqual(['.x', '.x.y']);
    expect(owned({ 'x-kubernetes-int-or-string': true }, '10%')).toEqual(['']);
    expect(owned({ type: 'object' }, { x: 1 })).toEqual(['.x']);
    expect(schemaType(undefined)).toBe(deduced);
  });

  it('refuses fields that are not declared, unless they are kept', () => {
    const spec: JSONSchemaProps = { type: 'object', properties: { a: { type: 'object', properties: { b: { type: 'string' } } } } };
    expect(() => assertConforms({ spec: { a: { c: 1 } } }, typeOf(spec), false)).toThrow('.spec.a.c: field not declared in schema');
    assertConforms({ spec: { a: { c: 1 } } }, typeOf(spec, { preserveUnknownFields: true }), false);
    assertConforms({ spec: { a: { c: 1 } } }, typeOf({ ...spec, 'x-kubernetes-preserve-unknown-fields': true }), false);
  });

  it('knows the metadata of objects, and of those within', () => {
    const type = typeOf({ type: 'object', 'x-kubernetes-embedded-resource': true, properties: { x: item } });
    expect(type.map?.field('metadata')?.type).toBe(type.map?.field('spec')?.type.map?.field('metadata')?.type);
    expect(type.map?.field('apiVersion')?.type).toBe(scalars.string);
  });

  it('may refer to itself without end where a value does not', () => {
    assertConforms({ a: { b: { c: [[{ d: 1 }]] } } }, deduced, false);
  });
});

describe('a value that does not fit', () => {
  const type = typeOf({
    type: 'object',
    properties: {
      text: { type: 'string' },
      flag: { type: 'boolean' },
      number: { type: 'number' },
      date: { type: 'string', format: 'date-time' },
      list: { type: 'array', items: { type: 'string' } },
      set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      keyed: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: item },
    },
  });
  it.each([
    [{ text: 5 }, '.spec.text: expected string, got &value.valueUnstructured{Value:5}'],
    [{ text: { a: ['x'] } }, '.spec.text: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":[]interface {}{"x"}}}'],
    [{ flag: 'x' }, '.spec.flag: expected boolean, got &{x}'],
    [{ number: [1] }, '.spec.number: expected numeric (int or float), got []interface {}'],
    [{ date: {} }, '.spec.date: expected any scalar, got &{map[]}'],
    [{ list: 'x' }, '.spec.list: expected list, got &{x}'],
    [{ list: [1] }, '.spec.list[0]: expected string, got &value.valueUnstructured{Value:1}'],
    [{ set: [null] }, ".spec.set: element 0: associative list without keys has an element that's an explicit null"],
    [{ set: [[]] }, '.spec.set: element 0: not supported: associative list with lists as elements'],
    [{ set: [{}] }, ".spec.set: element 0: associative list without keys has an element that's a map type"],
    [{ keyed: [null] }, '.spec.keyed: element 0: associative list with keys may not have a null element'],
    [{ keyed: ['x'] }, '.spec.keyed: element 0: associative list with keys may not have non-map elements'],
    [
      { keyed: [{}] },
      `.spec.keyed: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
    ],
    [{ keyed: [{ name: 'a', size: 'x' }] }, '.spec.keyed[name="a"].size: expected numeric (int or float), got string'],
    [{ text: 1, flag: 1 }, 'errors:\n  .spec.text: expected string, got &value.valueUnstructured{Value:1}\n  .spec.flag: expected boolean, got &{1}'],
    ['x', '.spec: expected map, got &{x}'],
  ])('is told where and why: %j', (spec, message) => expect(() => assertConforms({ spec }, type, false)).toThrow(new TypeMismatchError(message)));
});
