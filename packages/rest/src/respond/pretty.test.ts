import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prettyJson } from './pretty.js';

describe('pretty JSON', () => {
  it('is what JSON.stringify indents by two', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it('keeps integers that a double cannot hold', () => {
    expect(prettyJson('{"a":9223372036854775807}')).toBe('{\n  "a": 9223372036854775807\n}');
  });
});
