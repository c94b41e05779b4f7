import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { compareApiVersions } from './api-version-priority.js';

describe('API versions are ordered as the reference orders them', () => {
  for (const { name, input, output } of vectors<{ a: string; b: string }, { cmp: number }>('api-version-priority'))
    it(name, () => expect(compareApiVersions(input.a, input.b)).toBe(output!.cmp));
});

describe('API versions', () => {
  it('put what is stable first, whatever its number', () =>
    expect(['foo', 'v1alpha1', 'v10beta1', 'v1', 'bar', 'v2beta1', 'v2'].sort((a, b) => compareApiVersions(b, a))).toEqual([
      'v2',
      'v1',
      'v10beta1',
      'v2beta1',
      'v1alpha1',
      'bar',
      'foo',
    ]));
  it('are ordered the same from both sides', () => {
    const version = fc.oneof(fc.stringMatching(/^v[0-9]{1,2}((alpha|beta)[0-9]{1,2})?$/), fc.string());
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareApiVersions(a, b))).toBe(0 - Math.sign(compareApiVersions(b, a)));
      }),
    );
  });
});
