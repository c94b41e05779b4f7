import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { requestInfoOf } from './request-info.js';

interface Input {
  method: string;
  path: string;
  query: string;
}

describe('requestInfoOf answers as the reference', () => {
  for (const { name, input, output, error } of vectors('request-info')) {
    const { method, path, query } = input as Input;
    const run = () => {
      const info = requestInfoOf(method, path, () => new URLSearchParams(query));
      return { ...info, parts: info.parts ?? null };
    };
    it(name, () => {
      if (error !== undefined) expect(run).toThrow(error);
      else expect(run()).toEqual(output);
    });
  }
});
