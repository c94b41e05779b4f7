import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyElement, excluding, type FieldPath, FieldSet, FieldSetBuilder, FieldsV1Error, including, pathText, printFieldsV1, readFieldsV1 } from './index.js';
import { readElement } from './path-element.js';

const scalar = fc.constantFrom<unknown>('a', 'b', '<&>', 'é', '\u{1f600}', '\ufb00', '', 0, 1, 80, 1.5, true, false, null);
const element = fc.oneof(
  fc.constantFrom('a', 'b', 'spec', '__proto__', 'constructor', 'é', '\u{1f600}', '\ufb00').map((name) => `f:${name}`),
  fc.record({ name: scalar, port: scalar }, { requiredKeys: ['name'] }).map((key) => readElement(`k:${JSON.stringify(key)}`)!),
  scalar.map((value) => readElement(`v:${JSON.stringify(value)}`)!),
  fc.nat(12).map((index) => `i:${index}`),
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });

function setOf(fields: readonly FieldPath[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const field of fields) builder.insert(field);
  return builder.build();
}

/** The plain model: a set of paths. */
const keyOf = (field: FieldPath): string => JSON.stringify(field);
const model = (fields: readonly FieldPath[]): Set<string> => new Set(fields.map(keyOf));
const fieldsIn = (set: FieldSet): Set<string> => model([...set.paths()]);
const startsWith = (field: FieldPath, start: FieldPath): boolean => start.every((one, at) => field[at] === one);

const both = (check: (a: FieldPath[], b: FieldPath[]) => void): void => fc.assert(fc.property(paths, paths, check));

describe('a set of fields', () => {
  it('holds what was put into it', () =>
    fc.assert(
      fc.property(paths, path, (fields, other) => {
        const set = setOf(fields);
        expect(fieldsIn(set)).toEqual(model(fields));
        expect(set.size).toBe(model(fields).size);
        expect(set.has(other)).toBe(model(fields).has(keyOf(other)));
        expect(set.isEmpty).toBe(fields.length === 0);
      }),
    ));

  it('unites, intersects and subtracts as sets of paths do', () =>
    both((a, b) => {
      const [left, right] = [model(a), model(b)];
      expect(fieldsIn(setOf(a).union(setOf(b)))).toEqual(new Set([...left, ...right]));
      expect(fieldsIn(setOf(a).intersection(setOf(b)))).toEqual(new Set([...left].filter((field) => right.has(field))));
      expect(fieldsIn(setOf(a).difference(setOf(b)))).toEqual(new Set([...left].filter((field) => !right.has(field))));
    }));

  it('leaves out fields with all that is below them', () =>
    both((a, b) => {
      const left = a.filter((field) => !b.some((start) => startsWith(field, start)));
      expect(fieldsIn(setOf(a).without(setOf(b)))).toEqual(model(left));
      expect(fieldsIn(excluding(setOf(b))(setOf(a)))).toEqual(model(left));
    }));

  it('keeps what is at, below or on the way to the paths that match', () =>
    both((a, b) => {
      expect(fieldsIn(including(...b)(setOf(a)))).toEqual(model(a.filter((field) => b.some((start) => startsWith(field, start) || startsWith(start, field)))));
    }));

  it('knows its leaves', () =>
    fc.assert(
      fc.property(paths, (fields) => {
        const leaves = fields.filter((field) => !fields.some((other) => other.length > field.length && startsWith(other, field)));
        expect(fieldsIn(setOf(fields).leaves())).toEqual(model(leaves));
      }),
    ));

  it('stays the very same where an operation changes nothing', () =>
    both((a, b) => {
      const set = setOf(a);
      expect(set.union(set.intersection(setOf(b)))).toBe(set);
      expect(set.difference(setOf(b).difference(set))).toBe(set);
      expect(set.equals(setOf([...a].reverse()))).toBe(true);
    }));

  it('takes any element for a pattern’s star', () => {
    const set = FieldSet.of(['spec', 'a', 'x'], ['spec', 'b', 'x'], ['spec', 'b', 'y']);
    expect([...including(['f:spec', anyElement, 'f:x'])(set).paths()].map((field) => pathText(field))).toEqual(['.spec.a.x', '.spec.b.x']);
  });
});

describe('fieldsV1', () => {
  it('reads back as what was printed', () =>
    fc.assert(
      fc.property(paths, (fields) => {
        expect(fieldsIn(readFieldsV1(JSON.parse(JSON.stringify(printFieldsV1(setOf(fields))))))).toEqual(model(fields));
      }),
    ));

  it('is printed in one order, however the set came about', () =>
    fc.assert(
      fc.property(paths, (fields) => {
        const text = JSON.stringify(printFieldsV1(setOf(fields)));
        expect(JSON.stringify(printFieldsV1(setOf([...fields].reverse())))).toBe(text);
        expect(JSON.stringify(printFieldsV1(readFieldsV1(JSON.parse(text))))).toBe(text);
      }),
    ));

  it('names members first, then items by key, by value and by place', () => {
    const fields = {
      'i:10': {},
      'i:9': {},
      'v:true': {},
      'v:"a"': {},
      'v:2': {},
      'k:{"port":80,"name":"b"}': {},
      'k:{"name":"a"}': {},
      'f:b': {},
      'f:a': { 'f:x': {}, '.': {} },
    };
    expect(JSON.stringify(printFieldsV1(readFieldsV1(fields)))).toBe(
      JSON.stringify({
        'f:a': { '.': {}, 'f:x': {} },
        'f:b': {},
        'k:{"name":"a"}': {},
        'k:{"name":"b","port":80}': {},
        'v:2': {},
        'v:"a"': {},
        'v:true': {},
        'i:9': {},
        'i:10': {},
      }),
    );
  });

  it('passes over elements of kinds that are not known, and makes a field of what is left without anything below it', () =>
    expect(printFieldsV1(readFieldsV1({ 'f:a': { 'x:later': {} }, 'y:later': {} }))).toEqual({ 'f:a': {} }));

  it.each([[{ a: {} }], [{ '': {} }], [{ 'k:{': {} }], [{ 'k:[]': {} }], [{ 'i:x': {} }], [{ 'f:a': 1 }], [[]], ['x']])('cannot be %j', (fields) =>
    expect(() => readFieldsV1(fields)).toThrow(FieldsV1Error),
  );

  it('escapes values as Go does for web pages', () => expect(readElement('v:"a<b>&\\u2028\\b\\f"')).toBe('v:"a\\u003cb\\u003e\\u0026\\u2028\\u0008\\u000c"'));
});

it('paths read as in messages', () => {
  expect(pathText(['f:spec', 'k:{"containerPort":80,"protocol":"TCP"}', 'f:name'])).toBe('.spec[containerPort=80,protocol="TCP"].name');
  expect(pathText(['f:a', 'v:"x"', 'i:3', 'v:1234567', 'v:null'])).toBe('.a[="x"][3][=1.234567e+06][=null]');
});
