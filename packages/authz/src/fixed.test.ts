import { describe, expect, it } from 'vitest';
import { alwaysAllow, alwaysAllowPaths, alwaysDeny, privilegedGroups } from './fixed.js';
import { attributes, pathAttributes, user } from './fixtures.js';

describe('paths that are open to everybody', () => {
  const decisionOn = (path: string) => (alwaysAllowPaths(['/healthz', 'readyz', '/livez/*']).authorize(pathAttributes(path)) as { decision: string }).decision;
  it('are the ones named, with or without a slash before', () => {
    expect(['/healthz', '/readyz', 'healthz', '/livez/', '/livez/ping'].map(decisionOn)).toEqual(Array(5).fill('allow'));
    expect(['/healthz/ping', '/livez', '/', ''].map(decisionOn)).toEqual(Array(4).fill('noOpinion'));
  });
  it('are never resources', () => {
    expect(alwaysAllowPaths(['/api/v1/pods']).authorize(attributes({ path: '/api/v1/pods' }))).toMatchObject({ decision: 'noOpinion' });
  });
  it('have a star at their end or none', () => {
    expect(() => alwaysAllowPaths(['/a*b'])).toThrow('only trailing * allowed in "a*b"');
    expect(() => alwaysAllowPaths(['/'])).not.toThrow();
  });
});

describe('privileged groups', () => {
  it('may do everything', () => {
    expect(privilegedGroups().authorize(attributes({ user: user('x', 'dev', 'system:masters') }))).toMatchObject({ decision: 'allow', reason: '' });
    expect(privilegedGroups('a', 'b').authorize(attributes({ user: user('x', 'b') }))).toMatchObject({ decision: 'allow' });
  });
  it('are no opinion on others', () => {
    expect(privilegedGroups().authorize(attributes({ user: user('system:masters') }))).toEqual({ decision: 'noOpinion', reason: '' });
    expect(privilegedGroups('a').authorize(attributes({ user: user('x', 'system:masters') }))).toMatchObject({ decision: 'noOpinion' });
  });
  it('fail without a user', () => {
    expect(privilegedGroups().authorize(attributes())).toMatchObject({ decision: 'noOpinion', error: { message: 'no user on request.' } });
  });
});

describe('always', () => {
  it('allow', () => {
    expect(alwaysAllow().authorize(attributes())).toEqual({ decision: 'allow', reason: '' });
    expect(alwaysAllow().rulesFor!(user('x'), 'ns')).toMatchObject({ resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] });
  });
  it('deny', () => {
    expect(alwaysDeny().authorize(attributes())).toEqual({ decision: 'noOpinion', reason: 'Everything is forbidden.' });
    expect(alwaysDeny().rulesFor!(user('x'), 'ns')).toMatchObject({ resourceRules: [], isIncomplete: false });
  });
});
