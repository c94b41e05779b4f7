import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../authorizer.js';
import { attributes, pathAttributes, rule } from '../fixtures.js';
import { anyRequest, anyRule } from './fixtures.js';
import type { PolicyRule } from './policy.js';
import { ruleAllows, withoutStars } from './rule-match.js';

const urls = (verbs: string, paths: string): PolicyRule => ({ verbs: verbs.split(','), nonResourceURLs: paths.split(',') });
const allows = (given: PolicyRule, asked: Partial<Attributes>): boolean => ruleAllows(given, attributes(asked));

describe('a rule for resources', () => {
  it('allows its verbs on its resources in its groups', () => {
    const given = rule('get,list', 'deployments,pods', 'apps,');
    expect(allows(given, { verb: 'list', resource: 'pods', apiGroup: '' })).toBe(true);
    expect(allows(given, { verb: 'get', resource: 'deployments', apiGroup: 'apps' })).toBe(true);
    expect(allows(given, { verb: 'watch', resource: 'pods' })).toBe(false);
    expect(allows(given, { verb: 'get', resource: 'services' })).toBe(false);
    expect(allows(given, { verb: 'get', resource: 'pods', apiGroup: 'batch' })).toBe(false);
  });
  it('has a star for everything', () => {
    expect(allows(rule('*', '*', '*'), { verb: 'impersonate', apiGroup: 'x', resource: 'y', subresource: 'z', name: 'n' })).toBe(true);
  });
  it('allows a subresource only by its own name, by a star, or by a star for the resource', () => {
    const log = { resource: 'pods', subresource: 'log' };
    expect(allows(rule('get', 'pods'), log)).toBe(false);
    expect(allows(rule('get', 'pods/log'), log)).toBe(true);
    expect(allows(rule('get', '*/log'), log)).toBe(true);
    expect(allows(rule('get', '*'), log)).toBe(true);
    expect(allows(rule('get', 'pods/*'), log)).toBe(false);
    expect(allows(rule('get', '*/log'), { resource: 'log' })).toBe(false);
    expect(allows(rule('get', 'pods/log'), { resource: 'pods' })).toBe(false);
  });
  it('allows only its names, where it has some: lists and creates have none', () => {
    const given = rule('get,list', 'pods', '', 'web,db');
    expect(allows(given, { name: 'db' })).toBe(true);
    expect(allows(given, { name: 'other' })).toBe(false);
    expect(allows(given, { verb: 'list', name: '' })).toBe(false);
    expect(allows({ ...given, resourceNames: [] }, { name: 'other' })).toBe(true);
    expect(allows(rule('get', 'pods', '', '*'), { name: 'web' })).toBe(false);
  });
  it('allows no path', () => expect(ruleAllows(rule('*', '*', '*'), pathAttributes('/healthz'))).toBe(false));
});

describe('a rule for paths', () => {
  it('allows its verbs on its paths', () => {
    expect(ruleAllows(urls('get,post', '/healthz,/version'), pathAttributes('/version', { verb: 'post' }))).toBe(true);
    expect(ruleAllows(urls('get', '/healthz'), pathAttributes('/healthz', { verb: 'head' }))).toBe(false);
    expect(ruleAllows(urls('get', '/healthz'), pathAttributes('/healthz/ping'))).toBe(false);
  });
  it('has a star at the end for all that follows', () => {
    expect(ruleAllows(urls('*', '/apis/*'), pathAttributes('/apis/apps'))).toBe(true);
    expect(ruleAllows(urls('*', '/apis/*'), pathAttributes('/apis'))).toBe(false);
    expect(ruleAllows(urls('*', '*'), pathAttributes('/whatever'))).toBe(true);
    expect(ruleAllows(urls('*', '/a*/b'), pathAttributes('/ax/b'))).toBe(false);
  });
  it('allows no resource', () => expect(ruleAllows(urls('*', '*'), attributes())).toBe(false));
});

describe('a rule whose lists are null or missing', () => {
  it('allows nothing', () => {
    expect(ruleAllows({}, attributes())).toBe(false);
    expect(ruleAllows({ verbs: null, apiGroups: null, resources: null, nonResourceURLs: null }, pathAttributes('/'))).toBe(false);
    expect(ruleAllows({ verbs: ['*'], apiGroups: ['*'] }, attributes())).toBe(false);
    expect(ruleAllows({ verbs: ['*'] }, pathAttributes('/'))).toBe(false);
  });
});

describe('any rule', () => {
  /** The definition, word by word. */
  const expected = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule, asked: Attributes): boolean => {
    const any = (list: readonly string[] | null | undefined, test: (item: string) => boolean): boolean =>
      (list ?? []).some((item) => item === '*' || test(item));
    if (!any(verbs, (verb) => verb === asked.verb)) return false;
    if (!asked.isResourceRequest)
      return any(nonResourceURLs, (url) => url === asked.path || (url.endsWith('*') && asked.path.startsWith(url.replace(/\*+$/, ''))));
    const { resource, subresource } = asked;
    const names = [subresource === '' ? resource : `${resource}/${subresource}`, ...(subresource === '' ? [] : [`*/${subresource}`])];
    return (
      any(apiGroups, (group) => group === asked.apiGroup) &&
      any(resources, (each) => names.includes(each)) &&
      ((resourceNames ?? []).length === 0 || (resourceNames ?? []).includes(asked.name))
    );
  };
  it('allows what the definition says', () => {
    fc.assert(
      fc.property(anyRule, anyRequest, (given, asked) => ruleAllows(given, asked) === expected(given, asked)),
      { numRuns: 5_000 },
    );
  });
  it('allows no less with more in it', () => {
    const more = (a: PolicyRule, b: PolicyRule, field: 'verbs' | 'apiGroups' | 'resources' | 'nonResourceURLs'): PolicyRule => ({
      ...a,
      [field]: [...(a[field] ?? []), ...(b[field] ?? [])],
    });
    fc.assert(
      fc.property(anyRule, anyRule, fc.constantFrom('verbs', 'apiGroups', 'resources', 'nonResourceURLs'), anyRequest, (a, b, field, asked) => {
        if (ruleAllows(a, asked)) expect(ruleAllows(more(a, b, field as 'verbs'), asked)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a pattern without its stars', () => {
  it('loses those at its end only', () => expect(['*', '/a**', '/*a', '', '**/'].map(withoutStars)).toEqual(['', '/a', '/*a', '', '**/']));
  it('takes no time to speak of, however many stars there are', () => {
    const started = performance.now();
    withoutStars(`${'*'.repeat(1_000_000)}a`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
