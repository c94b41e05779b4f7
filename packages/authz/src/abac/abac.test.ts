import { describe, expect, it } from 'vitest';
import type { Attributes } from '../authorizer.js';
import { attributes, pathAttributes, user } from '../fixtures.js';
import { abac, parseAbacPolicies } from './index.js';

const file = (...lines: string[]) => abac(parseAbacPolicies(lines.join('\n'), 'policy.jsonl'));
const policy = (spec: object) => JSON.stringify({ apiVersion: 'abac.authorization.kubernetes.io/v1beta1', kind: 'Policy', spec });
const asks = (text: string, asked: Attributes) => (file(text).authorize(asked) as { decision: string }).decision === 'allow';
const jane = user('jane', 'dev', 'system:authenticated');
const pods = (given: Partial<Attributes> = {}) => attributes({ user: jane, namespace: 'shop', ...given });

describe('a policy', () => {
  it('allows its user what it names, and nothing else', () => {
    const text = policy({ user: 'jane', namespace: 'shop', resource: 'pods', apiGroup: '' });
    expect(asks(text, pods())).toBe(true);
    expect(asks(text, pods({ verb: 'delete' }))).toBe(true);
    expect(asks(text, pods({ user: user('bob') }))).toBe(false);
    expect(asks(text, pods({ namespace: 'bank' }))).toBe(false);
    expect(asks(text, pods({ resource: 'secrets' }))).toBe(false);
    expect(asks(text, pods({ apiGroup: 'apps' }))).toBe(false);
    expect(asks(text, pathAttributes('/version', { user: jane }))).toBe(false);
  });
  it('that is read-only allows no writing', () => {
    const text = policy({ group: 'dev', readonly: true, namespace: '*', resource: '*', apiGroup: '*' });
    expect(asks(text, pods({ verb: 'watch' }))).toBe(true);
    expect(asks(text, pods({ verb: 'create' }))).toBe(false);
  });
  it('wants both where it names a user and a group', () => {
    const text = policy({ user: 'jane', group: 'ops', namespace: '*', resource: '*', apiGroup: '*' });
    expect(asks(text, pods())).toBe(false);
  });
  it('for all is for those who have shown a credential', () => {
    const text = policy({ user: '*', nonResourcePath: '/api*' });
    expect(asks(text, pathAttributes('/apis/x', { user: jane }))).toBe(true);
    expect(asks(text, pathAttributes('/apis/x', { user: user('system:anonymous', 'system:unauthenticated') }))).toBe(false);
    expect(asks(text, pathAttributes('/metrics', { user: jane }))).toBe(false);
  });
  it('for nobody allows nothing', () => {
    expect(asks(policy({ namespace: '*', resource: '*', apiGroup: '*' }), pods())).toBe(false);
  });
});

describe('a file', () => {
  it('may have comments and empty lines', () => {
    expect(parseAbacPolicies('# all\n\n  \n', 'x')).toEqual([]);
  });
  it('says nothing of what it does not allow', () => {
    expect(file().authorize(pods())).toEqual({ decision: 'noOpinion', reason: 'No policy matched.' });
  });
  it('may have lines of the form before versions, in which nothing said is everything', () => {
    const warnings: string[] = [];
    const policies = parseAbacPolicies('{"user":"jane","readonly":true}', 'x', (message) => warnings.push(message));
    expect(warnings[0]).toMatch(/^Policy file x contained unversioned rules/);
    expect((abac(policies).authorize(pods({ apiGroup: 'apps' })) as { decision: string }).decision).toBe('allow');
    expect((abac(policies).authorize(pathAttributes('/x', { user: jane })) as { decision: string }).decision).toBe('allow');
    expect((abac(policies).authorize(pods({ verb: 'create' })) as { decision: string }).decision).toBe('noOpinion');
  });
  it('that cannot be read names the line', () => {
    expect(() => parseAbacPolicies('\n{"user":5}', 'policy.jsonl')).toThrow('error reading policy file policy.jsonl, line 2: {"user":5}: user is no string');
    expect(() => parseAbacPolicies('nonsense', 'p')).toThrow(/^error reading policy file p, line 1: nonsense: /);
  });
  it('can be listed', () => {
    const authorizer = file(
      policy({ user: 'jane', namespace: '*', resource: 'pods', readonly: true }),
      policy({ user: 'jane', namespace: '*', nonResourcePath: '/x' }),
    );
    expect(authorizer.rulesFor!(jane, 'shop')).toEqual({
      resourceRules: [{ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/x'] }],
      isIncomplete: false,
    });
  });
});
