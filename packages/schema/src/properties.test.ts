/** What holds for every schema and every object. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneJson } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, applyDefaults, compileValidator, prune, pruneNulls, structuralSchema } from './index.js';

const name = fc.constantFrom('a', 'b', 'metadata', 'constructor', '__proto__');
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.constantFrom('', 'a', 'ab', '10.0.0.1', 'é'),
  fc.constantFrom<number | bigint>(0, 1, 2, 5, -1, 1.5, 1e17, 2 ** 31, 2n ** 60n),
);

/** Objects as JSON.parse makes them, also with a member `__proto__`. */
const members = <Value>(value: fc.Arbitrary<Value>) =>
  fc.uniqueArray(fc.tuple(name, value), { maxLength: 3, selector: ([key]) => key }).map((entries) => Object.fromEntries(entries));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 3 }), members(tie('value'))),
}));

const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 4 });
const validation = fc.record(
  {
    minimum: optional(fc.constantFrom(0, 1, 1.5)),
    maximum: optional(fc.constantFrom(1, 2, 1.5)),
    exclusiveMaximum: optional(fc.boolean()),
    multipleOf: optional(fc.constantFrom(1, 2, 0.5)),
    maxLength: optional(fc.nat(2)),
    pattern: optional(fc.constantFrom('^a', 'b$', '(')),
    format: optional(fc.constantFrom('ipv4', 'int32', 'float', 'unknown')),
    minItems: optional(fc.nat(2)),
    uniqueItems: optional(fc.boolean()),
    maxProperties: optional(fc.nat(2)),
    required: optional(fc.array(name, { maxLength: 2 })),
    enum: optional(fc.array(value, { minLength: 1, maxLength: 3 })),
  },
  { requiredKeys: [] },
);
const merge = ([a, b]: [object, object]): JSONSchemaProps => ({ ...a, ...b });
const { schema } = fc.letrec<{ schema: JSONSchemaProps; clause: JSONSchemaProps }>((tie) => {
  const clauses = optional(fc.array(tie('clause'), { minLength: 1, maxLength: 2 }));
  const parts = {
    items: optional(tie('schema')),
    properties: optional(members(tie('schema'))),
    additionalProperties: optional(fc.oneof(fc.boolean(), tie('schema'))),
    type: optional(fc.constantFrom('object', 'array', 'string', 'integer', 'number', 'boolean')),
    nullable: optional(fc.boolean()),
    default: optional(value),
    'x-kubernetes-int-or-string': optional(fc.boolean()),
    'x-kubernetes-preserve-unknown-fields': optional(fc.constant(true)),
    allOf: clauses,
    anyOf: clauses,
    oneOf: clauses,
    not: optional(tie('clause')),
  };
  return {
    clause: fc.oneof({ depthSize: 'small' }, validation, fc.tuple(validation, fc.record({ properties: members(tie('clause')) })).map(merge)),
    schema: fc.oneof({ depthSize: 'small' }, validation, fc.tuple(validation, fc.record(parts)).map(merge)),
  };
}) as { schema: fc.Arbitrary<JSONSchemaProps> };

describe('for every schema and object', () => {
  it('pruning twice is pruning once', () => {
    fc.assert(
      fc.property(schema, value, fc.boolean(), (props, object, isResourceRoot) => {
        const structural = structuralSchema(props).schema;
        const once = cloneJson(object);
        prune(once, structural, { isResourceRoot });
        const twice = cloneJson(once);
        expect(prune(twice, structural, { isResourceRoot, trackUnknown: true })).toEqual([]);
        expect(twice).toEqual(once);
      }),
    );
  });

  it('pruning finds the same whether it tells the paths or not', () => {
    fc.assert(
      fc.property(schema, value, (props, object) => {
        const structural = structuralSchema(props).schema;
        const [silent, telling] = [cloneJson(object), cloneJson(object)];
        expect(prune(silent, structural)).toEqual([]);
        prune(telling, structural, { trackUnknown: true });
        expect(telling).toEqual(silent);
      }),
    );
  });

  it('setting defaults twice is setting them once', () => {
    fc.assert(
      fc.property(schema, value, (props, object) => {
        const structural = structuralSchema(props).schema;
        const once = cloneJson(object);
        pruneNulls(once, structural);
        applyDefaults(once, structural);
        const twice = cloneJson(once);
        applyDefaults(twice, structural);
        expect(twice).toEqual(once);
      }),
    );
  });

  it('defaults are not shared with the schema', () => {
    fc.assert(
      fc.property(schema, value, (props, object) => {
        const before = cloneJson(props);
        const structural = structuralSchema(props).schema;
        const defaulted = cloneJson(object);
        applyDefaults(defaulted, structural);
        prune(defaulted, undefined);
        expect(props).toEqual(before);
      }),
    );
  });

  it('generated code says yes only where the walker does', () => {
    fc.assert(
      fc.property(schema, fc.array(value, { minLength: 1, maxLength: 4 }), (props, objects) => {
        const structural = structuralSchema(props).schema;
        const walker = compileValidator(structural, { fastAfter: Number.POSITIVE_INFINITY });
        const fast = compileValidator(structural, { fastAfter: 0 });
        for (const object of objects) expect(fast.validate(object)).toEqual(walker.validate(object));
      }),
      { numRuns: 300 },
    );
  });

  it('nothing is wrong with an update that changes nothing, where all fields are specified', () => {
    fc.assert(
      fc.property(validation, scalar, (props, object) => {
        const { schema: structural } = structuralSchema({ type: 'object', properties: { spec: props } });
        expect(compileValidator(structural).validateUpdate({ spec: object }, { spec: cloneJson(object) })).toEqual([]);
      }),
    );
  });
});
