import { fieldErrorText } from '@apiserver-kit/machinery';
import { structuralSchema } from '@apiserver-kit/schema';
import { describe, expect, it } from 'vitest';
import { celEnvironment, celTypes, schemaRules, validateRules } from './index.js';

describe('the README', () => {
  it('evaluates an expression', () => {
    const compiled = celEnvironment({ variables: { self: celTypes.dyn } }).compile('self.replicas <= 5');
    expect(compiled.errorText).toBe('');
    expect(compiled.program().evaluate({ self: { replicas: 3 } })).toMatchObject({ value: true, error: undefined });
  });

  it('runs the rules of a schema', () => {
    const size = { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf', message: 'must not shrink' }] };
    const { schema } = structuralSchema({ type: 'object', properties: { size } });
    expect(validateRules(schema)).toEqual([]);
    const { errors } = schemaRules(schema)!.validate({ size: 1 }, { size: 2 });
    expect(errors.map(fieldErrorText)).toEqual(['size: Invalid value: 1: must not shrink']);
  });
});
