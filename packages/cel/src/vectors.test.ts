import { fieldErrorText } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, structuralSchema } from '@apiserver-kit/schema';
import { describe, expect, it } from 'vitest';
import variables from '../../../conformance/vectors/cel-variables.json' with { type: 'json' };
import { vectors } from '../../../conformance/vectors.js';
import {
  Double,
  ListValue,
  MapValue,
  NoJsonError,
  ObjectValue,
  Optional,
  ProgramError,
  Type,
  type Value,
  celEnvironment,
  celTypes,
  objectCostBudget,
  printValue,
  schemaRules,
  toJson,
  typeOf,
} from './index.js';

const types: Readonly<Record<string, Type>> = {
  int: celTypes.int,
  string: celTypes.string,
  dyn: celTypes.dyn,
  'list(int)': celTypes.listOf(celTypes.int),
  'map(string, string)': celTypes.mapOf(celTypes.string, celTypes.string),
};

const environment = celEnvironment({ variables: Object.fromEntries(Object.entries(variables.types).map(([name, type]) => [name, types[type]!])) });

/** As Go prints what has no JSON. */
function asText(value: Value): string {
  if (value instanceof Type) return value.name;
  if (value instanceof Optional) return value.content === undefined ? '<nil>' : asText(value.content);
  if (value instanceof ListValue) return `[${Array.from({ length: value.size }, (_, i) => printValue(value.at(i))).join(' ')}]`;
  if (value instanceof MapValue) {
    const entries = [...value.keys()].map((key) => `${printValue(key)}:${printValue(value.find(key)!)}`);
    return `map[${entries.sort().join(' ')}]`;
  }
  return value instanceof ObjectValue ? value.toString() : printValue(value);
}

function shown(value: Value): object {
  try {
    return { json: toJson(value) };
  } catch (error) {
    if (error instanceof NoJsonError) return { text: asText(value) };
    throw error;
  }
}

function run(expression: string): unknown {
  const compiled = environment.compile(expression);
  if (compiled.issues.length > 0) throw new Error(`compile: ${compiled.errorText}`);
  try {
    const { value, error, cost } = compiled.program().evaluate(variables.variables);
    if (error !== undefined) throw new Error(`eval: ${error}`);
    return { type: typeOf(value!).name, ...shown(value!), checkedType: String(compiled.type), cost };
  } catch (error) {
    throw error instanceof ProgramError ? new Error(`program: ${error.message}`) : error;
  }
}

const messageOf = (text: string): string => {
  try {
    run(text);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('the recorded answers of expressions', () => {
  for (const { name, input, output, error } of vectors<{ expression: string }>('cel'))
    it(name, () => {
      if (error === undefined) expect(run(input.expression)).toEqual(output);
      else expect(messageOf(input.expression)).toBe(error);
    });
});

/** The recordings were made of objects whose numbers are all floating point. */
function withFloats(json: unknown): unknown {
  if (typeof json === 'number') return new Double(json);
  if (Array.isArray(json)) return json.map(withFloats);
  return typeof json === 'object' && json !== null ? Object.fromEntries(Object.entries(json).map(([name, value]) => [name, withFloats(value)])) : json;
}

describe('the recorded answers of the rules of schemas', () => {
  for (const { name, input, output } of vectors<{ schema: JSONSchemaProps; object: unknown; oldObject?: unknown }>('cel-crd-rules'))
    it(name, () => {
      const rules = schemaRules(structuralSchema(input.schema).schema);
      const result = rules?.validate(withFloats(input.object), withFloats(input.oldObject ?? undefined));
      const errors = (result?.errors ?? []).map((error) => ({ type: error.type, field: error.field, error: fieldErrorText(error) }));
      const cost = result ? objectCostBudget - result.remainingBudget : 0;
      expect({ errors: errors.sort((a, b) => (a.error < b.error ? -1 : 1)), cost }).toEqual(output);
    });
});
