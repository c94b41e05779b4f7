import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContinue, encodeContinue } from './continue-token.js';

const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a continue token', () => {
  it('comes back as it was given out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.stringMatching(/^[a-z0-9-]{1,20}\/[a-z0-9.-]{1,20}[a-z0-9]$/), (resourceVersion, name) => {
        const given = { resourceVersion, start: `${name}\0` };
        expect(decodeContinue(encodeContinue(given))).toEqual(given);
      }),
    );
  });

  it('is refused when it was not given out by a server', () => {
    expect(() => decodeContinue('?')).toThrow('continue key is not valid: illegal base64 data');
    expect(() => decodeContinue(token({ v: 'x' }))).toThrow('server does not recognize this encoded version');
    expect(() => decodeContinue(token({ v: 'meta.k8s.io/v1', start: 'a' }))).toThrow('incorrect encoded start resourceVersion');
    expect(() => decodeContinue(token({ v: 'meta.k8s.io/v1', rv: 5 }))).toThrow('encoded start key empty');
  });

  it('cannot lead out of its resource', () => {
    expect(() => decodeContinue(token({ v: 'meta.k8s.io/v1', rv: 5, start: '../secrets/a' }))).toThrow('continue key is not valid');
  });
});
