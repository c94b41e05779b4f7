import { fieldErrorText } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, structuralSchema } from '@apiserver-kit/schema';
import { describe, expect, it } from 'vitest';
import { schemaRules, validateRules } from '../index.js';

const structural = (props: JSONSchemaProps) => structuralSchema(props).schema;
const rule = (text: string, others: object = {}) => ({ 'x-kubernetes-validations': [{ rule: text, ...others }] });

/** What the rules say of a value. */
function judge(props: JSONSchemaProps, value: unknown, old?: unknown, options = {}): string[] {
  return schemaRules(structural(props))!.validate(value, old, options).errors.map(fieldErrorText);
}

describe('schemaRules', () => {
  it('gives nothing for a schema without rules', () => expect(schemaRules(structural({ type: 'object' }))).toBeUndefined());

  it('names the field, the value and the rule', () => {
    const schema: JSONSchemaProps = { type: 'object', properties: { size: { type: 'integer', ...rule('self <= 5') } } };
    expect(judge(schema, { size: 9 })).toEqual(['size: Invalid value: 9: failed rule: self <= 5']);
    expect(judge(schema, { size: 5 })).toEqual([]);
  });

  it('says what the message expression gives, for the reason and field of the rule', () => {
    const others = { messageExpression: "'no more than ' + string(self.max)", reason: 'FieldValueForbidden', fieldPath: '.size' };
    const properties = { size: { type: 'integer' }, max: { type: 'integer' } };
    expect(judge({ type: 'object', properties, ...rule('self.size <= self.max', others) }, { size: 9, max: 5 })).toEqual(['size: Forbidden: no more than 5']);
  });

  it('compares with the old value only where there is one', () => {
    const schema: JSONSchemaProps = { type: 'object', properties: { a: { type: 'string', ...rule('self == oldSelf', { message: 'is immutable' }) } } };
    expect(judge(schema, { a: 'x' })).toEqual([]);
    expect(judge(schema, { a: 'x' }, { a: 'y' })).toEqual(['a: Invalid value: "x": is immutable']);
  });

  it('finds the old items of a list by their keys', () => {
    const item = { type: 'object', required: ['k'], properties: { k: { type: 'string' }, v: { type: 'integer' } }, ...rule('self.v >= oldSelf.v') };
    const schema: JSONSchemaProps = { type: 'array', items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] };
    const before = [
      { k: 'a', v: 1 },
      { k: 'b', v: 5 },
    ];
    expect(judge(schema, [{ k: 'b', v: 4 }, { k: 'c', v: 0 }, before[0]], before)).toEqual(['[0]: Invalid value: failed rule: self.v >= oldSelf.v']);
  });

  it('warns of what an update leaves as it was', () => {
    const schema: JSONSchemaProps = { type: 'object', properties: { a: { type: 'integer', ...rule('self > 0') }, b: { type: 'integer' } } };
    const { errors, warnings } = schemaRules(structural(schema))!.validate({ a: 0, b: 2 }, { a: 0, b: 1 }, { isRatcheting: true });
    expect(errors).toEqual([]);
    expect(warnings).toEqual(['a: Invalid value: 0: failed rule: self > 0']);
  });

  it('stops when the budget is spent', () => {
    const schema: JSONSchemaProps = { type: 'array', items: { type: 'integer' }, ...rule('self.all(x, x > 0)') };
    expect(judge(schema, Array(100).fill(1), undefined, { costBudget: 50 })).toEqual([
      '<nil>: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run',
    ]);
  });

  it('reads names that are no identifiers', () => {
    const properties = { 'a-b': { type: 'integer' }, in: { type: 'integer' }, 'c/d': { type: 'integer' } };
    const schema: JSONSchemaProps = { type: 'object', properties, ...rule('self.a__dash__b + self.__in__ + self.c__slash__d == 6') };
    expect(judge(schema, { 'a-b': 1, in: 2, 'c/d': 3 })).toEqual([]);
  });

  it('takes lists that are sets and maps as such', () => {
    const list = (type: string): JSONSchemaProps => ({ type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': type });
    const schema = (type: string): JSONSchemaProps => ({ type: 'object', properties: { a: list(type), b: list(type) }, ...rule('self.a == self.b') });
    const value = { a: ['x', 'y'], b: ['y', 'x'] };
    expect(judge(schema('set'), value)).toEqual([]);
    expect(judge(schema('atomic'), value)).toHaveLength(1);
  });

  it('takes integers and texts where both may be', () => {
    const schema: JSONSchemaProps = { 'x-kubernetes-int-or-string': true, ...rule("type(self) == int ? self < 10 : self.endsWith('%')") };
    expect([judge(schema, 3), judge(schema, '3%')]).toEqual([[], []]);
    expect(judge(schema, 10)).toHaveLength(1);
  });
});

describe('validateRules', () => {
  /** What is wrong with the schema of a field. */
  const wrong = (field: JSONSchemaProps, options = {}): string[] =>
    validateRules(structural({ type: 'object', properties: { f: field } }), { path: 'root', ...options }).map(fieldErrorText);
  const tooCostly = /^root\.properties\[f\]\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x/;
  const quadratic: JSONSchemaProps = {
    type: 'array',
    items: { type: 'string' },
    ...rule('self.all(x, self.all(y, x == y || x.contains(y)))'),
  };

  it('tells what does not compile', () => {
    const [error] = wrong({ type: 'object', ...rule('self.nope == 1') });
    expect(error).toContain('"OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field \'nope\'\n | self.nope == 1\n | ....^');
  });

  it('refuses what costs too much, alone or all together', () => {
    const errors = wrong(quadratic);
    expect(errors[0]).toMatch(tooCostly);
    expect(errors.slice(1).map((text) => text.slice(0, text.indexOf(':')))).toEqual(['root.properties[f].x-kubernetes-validations[0].rule', 'root']);
    expect(wrong(quadratic, { allowCostly: true })).toHaveLength(2);
  });

  it('refuses the old value where there is no telling which it is', () => {
    const item: JSONSchemaProps = { type: 'integer', ...rule('self >= oldSelf') };
    expect(wrong({ type: 'array', maxItems: 5, items: item })).toEqual([
      'root.properties[f].items.x-kubernetes-validations[0].rule: Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within root.properties[f]',
    ]);
  });

  it('leaves alone what has other faults', () => expect(wrong({ type: 'object', ...rule('1') }, { isFaulty: () => true })).toEqual([]));

  it('lets stored rules use what is newer', () => {
    const schema: JSONSchemaProps = { type: 'array', maxItems: 3, items: { type: 'integer' }, ...rule('self.includes(1)') };
    expect(wrong(schema)).toHaveLength(1);
    expect(wrong(schema, { isStored: () => true })).toEqual([]);
  });
});
