import { fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { compileMappings } from '../oidc/compile-mappings.js';
import type { JwtAuthenticator } from '../oidc/configuration.js';
import { userOfClaims } from '../oidc/user-of-claims.js';
import { validateAuthenticationConfiguration } from '../oidc/validate-configuration.js';
import { authenticationCel } from './index.js';

const cel = authenticationCel();
const evaluate = (expression: string, claims: unknown) => cel.compile(expression, 'claims', 'any').evaluate(claims);
const issuer = { url: 'https://x', audiences: ['a'] };
const userOf = (claims: Record<string, unknown>, more: Partial<JwtAuthenticator>) => {
  const authenticator = { issuer, claimMappings: { username: { claim: 'sub', prefix: '' } }, ...more };
  const { mappings, errors } = compileMappings(authenticator, '', cel);
  expect(errors).toEqual([]);
  return userOfClaims({ sub: 'jane', ...claims }, authenticator, mappings);
};

describe('an expression of claims', () => {
  it.each([
    ['claims.sub + "@x"', { sub: 'jane' }, 'jane@x'],
    ['dyn(claims.roles).map(r, "g:" + r)', { roles: ['a', 'b'] }, ['g:a', 'g:b']],
    ['claims.a__dot__b', { 'a.b': 'x' }, 'x'],
    ['claims.deep.c__slash__d', { deep: { 'c/d': 'x' } }, 'x'],
    ['claims["a.b"]', { 'a.b': 'x' }, 'x'],
    ['claims.n == 1', { n: 1 }, true],
    ['string(claims.n)', { n: 1.5 }, '1.5'],
    ['type(claims.n) == double', { n: 1 }, true],
    ['claims.?none.orValue("x")', {}, 'x'],
    ['has(claims.none)', {}, false],
    ['claims.email.split("@")[0]', { email: 'a@b' }, 'a'],
    ['null', {}, null],
    ['size(claims)', { a: 1 }, {}],
    ['timestamp("2026-01-01T00:00:00Z")', {}, {}],
    ['[1]', {}, [{}]],
  ])('%s', (expression, claims, expected) => expect(evaluate(expression, claims)).toEqual(expected));
  it('fails in the words of the reference', () => {
    expect(() => evaluate('claims.none', {})).toThrow('no such key: none');
    expect(() => evaluate('claims.none', { __proto__: { none: 1 } })).toThrow('no such key: none');
  });
  it('that is none is refused', () => {
    expect(() => cel.compile('claims.', 'claims', 'any')).toThrow('compilation failed: ERROR: <input>:1:8: Syntax error');
    expect(() => cel.compile('user.name', 'claims', 'any')).toThrow("undeclared reference to 'user'");
    expect(() => cel.compile('claims.email_verified', 'claims', 'bool')).toThrow('must evaluate to bool');
    expect(() => cel.compile('claims.roles.all(r, true)', 'claims', 'any')).toThrow("expression of type 'any' cannot be range of a comprehension");
    expect(() => cel.compile('user.none == ""', 'user', 'bool')).toThrow("undefined field 'none'");
  });
  it('costs no more than it may', () => {
    const claims = { list: Array.from({ length: 3000 }, (_, at) => String(at)) };
    expect(() => evaluate('dyn(claims.list).all(a, dyn(claims.list).all(b, a != b || a == b))', claims)).toThrow('cost limit exceeded');
  });
});

describe('expressions of a configuration', () => {
  it('make a user', () => {
    const user = userOf(
      { roles: ['dev', ''], team: 'a', email: 'j@x', email_verified: true, hd: 'x' },
      {
        claimMappings: {
          username: { expression: 'claims.email_verified ? claims.email : ""' },
          groups: { expression: 'claims.roles' },
          uid: { expression: 'claims.sub' },
          extra: [{ key: 'acme.com/team', valueExpression: 'claims.team' }],
        },
        claimValidationRules: [{ expression: 'claims.hd == "x"', message: 'not of us' }],
        userValidationRules: [
          { expression: '!user.username.startsWith("system:")', message: 'reserved' },
          { expression: 'user.groups.all(g, !g.startsWith("system:")) && user.extra["acme.com/team"] == ["a"] && user.uid != ""', message: 'no' },
        ],
      },
    );
    expect(user).toEqual({ name: 'j@x', uid: 'jane', groups: ['dev'], extra: { 'acme.com/team': ['a'] } });
  });
  it('refuse who is none', () => {
    const rules = (expression: string) => ({ userValidationRules: [{ expression, message: 'reserved' }] });
    expect(() => userOf({ sub: 'system:admin' }, rules('!user.username.startsWith("system:")'))).toThrow(
      `oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith("system:")' failed: reserved`,
    );
    expect(() => userOf({}, { claimMappings: { username: { expression: 'claims.iat' } } })).toThrow(
      "oidc: error evaluating username claim expression: expression 'claims.iat' resulted in error: no such key: iat",
    );
    expect(() => userOf({ iat: 1 }, { claimMappings: { username: { expression: 'claims.iat' } } })).toThrow('username claim expression must return a string');
  });
  it('have to see that an address is verified', () => {
    const errorsOf = (username: string, rule?: string) =>
      validateAuthenticationConfiguration(
        { jwt: [{ issuer, claimMappings: { username: { expression: username } }, claimValidationRules: rule === undefined ? [] : [{ expression: rule }] }] },
        { cel },
      ).map(fieldErrorText);
    for (const username of ['claims.email', 'claims.?email.orValue("")', 'has(claims.email) ? claims["email"] : ""'])
      expect(errorsOf(username)[0]).toContain('claims.email_verified must be used in');
    expect(errorsOf('claims.email', 'claims.?email_verified.orValue(true) == true')).toEqual([]);
    expect(errorsOf('claims.email_verified ? claims.email : claims.sub')).toEqual([]);
    expect(errorsOf('claims["email"]')).toEqual([]);
  });
});
