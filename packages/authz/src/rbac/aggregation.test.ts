import { describe, expect, it } from 'vitest';
import { clusterRole, rule } from '../fixtures.js';
import { aggregateRules } from './aggregation.js';
import type { PolicyRule, Role } from './policy.js';

const labelled = (name: string, label: string, ...rules: PolicyRule[]): Role => {
  const role = clusterRole(name, ...rules);
  return { ...role, metadata: { ...role.metadata, labels: { [label]: 'true' } } };
};
const [pods, nodes, jobs] = [rule('get', 'pods'), rule('get', 'nodes'), rule('get', 'jobs', 'batch')];
const gatherer = (rules: PolicyRule[], ...labels: string[]): Role => ({
  ...labelled('all', 'x', ...rules),
  aggregationRule: { clusterRoleSelectors: labels.map((label) => ({ matchLabels: { [label]: 'true' } })) },
});
const roles = [labelled('c', 'x', jobs, pods), labelled('a', 'x', pods), labelled('b', 'y', nodes)];

describe('an aggregated role', () => {
  it('gathers the rules of the roles that its selectors select, by name, each rule once', () => {
    expect(aggregateRules(gatherer([], 'x'), roles)).toEqual([pods, jobs]);
    expect(aggregateRules(gatherer([], 'y', 'x'), roles)).toEqual([nodes, pods, jobs]);
  });
  it('gathers none of its own', () => {
    const itself = gatherer([rule('*', '*', '*')], 'x');
    expect(aggregateRules(itself, [...roles, itself])).toEqual([pods, jobs]);
  });
  it('has nothing to write where it has them already', () => {
    expect(aggregateRules(gatherer([pods, { ...jobs, resourceNames: [] }], 'x'), roles)).toBeUndefined();
    expect(aggregateRules({ ...gatherer([], 'z'), rules: null }, roles)).toBeUndefined();
  });
  it('loses what is no longer there', () => expect(aggregateRules(gatherer([pods], 'z'), roles)).toEqual([]));
  it('fails on a selector that is none', () => {
    const broken = { ...clusterRole('r'), aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Like' }] }] } };
    expect(() => aggregateRules(broken, roles)).toThrow('"Like" is not a valid label selector operator');
  });
});

describe('any other role', () => {
  it('gathers nothing', () => expect(aggregateRules(clusterRole('r', pods), roles)).toBeUndefined());
});
