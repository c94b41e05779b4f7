import { type FieldError, fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { type JSONSchemaProps, applyDefaults, compileValidator, prune, pruneNulls, structuralSchema } from './index.js';

const recorded = (errors: readonly FieldError[]) =>
  errors.map((error) => ({ type: error.type, field: error.field, error: fieldErrorText(error) })).sort((a, b) => (a.error < b.error ? -1 : 1));

interface StructuralInput {
  op: 'structural' | 'prune' | 'default';
  schema: JSONSchemaProps;
  object: unknown;
  isResourceRoot?: boolean;
}

function runStructural({ op, schema: props, object }: StructuralInput): unknown {
  const { schema, errors, unsupported } = structuralSchema(props);
  if (unsupported !== undefined) throw new Error(unsupported);
  if (op === 'structural') return { errors: recorded(errors) };
  const copy = structuredClone(object);
  if (op === 'prune') return { unknownFieldPaths: prune(copy, schema, { isResourceRoot: true, trackUnknown: true }), object: copy };
  pruneNulls(copy, schema);
  applyDefaults(copy, schema);
  return { object: copy };
}

describe('the recorded answers about structural schemas', () => {
  for (const { name, input, output, error } of vectors<StructuralInput>('structural-schema'))
    it(name, () => {
      if (error !== undefined) expect(() => runStructural(input)).toThrow(error);
      else expect(runStructural(input)).toEqual(output);
    });
});

describe('the recorded answers about values and their schemas', () => {
  for (const { name, input, output } of vectors<{ schema: JSONSchemaProps; object: unknown }>('schema-validation'))
    it(name, () => {
      const { schema } = structuralSchema(input.schema);
      // The recordings decode numbers to floats; the API server does not.
      const validator = compileValidator(schema, { integers: 'float64' });
      expect({ errors: recorded(validator.validate(input.object)) }).toEqual(output);
    });
});
