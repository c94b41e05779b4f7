import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterRole, clusterRoleBinding, rule, subject } from '../fixtures.js';
import { autoupdateAnnotation, bootstrapPolicy } from './bootstrap.js';
import { rulesCover } from './covers.js';
import { anyRules } from './fixtures.js';
import type { Role, RoleBinding } from './policy.js';
import { reconcileBinding, reconcileRole } from './reconcile.js';

const withMetadata = <T extends Role | RoleBinding>(object: T, metadata: Partial<Role['metadata']>): T => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
});
const expected = withMetadata(clusterRole('r', rule('get,list', 'pods')), {
  labels: { a: 'expected', b: 'expected' },
  annotations: { [autoupdateAnnotation]: 'true' },
});

describe('a role', () => {
  it('is created where it is missing', () => {
    expect(reconcileRole(undefined, expected)).toEqual({ operation: 'create', object: expected, isProtected: false });
  });
  it('is left alone where it has all that is expected, and more', () => {
    const more = withMetadata({ ...expected, rules: [rule('*', '*', '*')] }, { labels: { a: 'own', b: 'own', c: 'own' }, resourceVersion: '7' });
    expect(reconcileRole(more, expected)).toEqual({ operation: 'none', object: more, isProtected: false });
  });
  it('gets what it lacks, and keeps what somebody gave it', () => {
    const poor = withMetadata(clusterRole('r', rule('list', 'pods'), rule('get', 'nodes')), { labels: { a: 'own' }, uid: '1' });
    expect(reconcileRole(poor, expected)).toEqual({
      operation: 'update',
      isProtected: false,
      object: {
        ...poor,
        metadata: { name: 'r', uid: '1', labels: { a: 'own', b: 'expected' }, annotations: { [autoupdateAnnotation]: 'true' } },
        rules: [rule('list', 'pods'), rule('get', 'nodes'), rule('get', 'pods')],
      },
    });
  });
  it('is left alone where it says so', () => {
    const own = withMetadata(clusterRole('r'), { annotations: { [autoupdateAnnotation]: 'false' } });
    expect(reconcileRole(own, expected)).toEqual({ operation: 'none', object: own, isProtected: true });
  });
  it('gets the selectors it lacks, and loses an aggregation that is not expected', () => {
    const [one, two] = [{ matchLabels: { a: '1' } }, { matchLabels: { a: '2' } }];
    const gathers = (...clusterRoleSelectors: object[]): Role => ({ ...expected, aggregationRule: { clusterRoleSelectors } });
    expect(reconcileRole(gathers(two), gathers(one))).toMatchObject({ operation: 'update', object: { aggregationRule: { clusterRoleSelectors: [two, one] } } });
    expect(reconcileRole(expected, gathers(one))).toMatchObject({ operation: 'update', object: { aggregationRule: { clusterRoleSelectors: [one] } } });
    expect(reconcileRole(gathers(one, two), gathers({ ...one, matchExpressions: [] })).operation).toBe('none');
    const plain = reconcileRole(gathers(one), expected);
    expect(plain.operation).toBe('update');
    expect(plain.object).not.toHaveProperty('aggregationRule');
  });
});

describe('a binding', () => {
  const binding = clusterRoleBinding('b', 'r', 'User jane', 'Group dev');
  it('is created where it is missing', () => expect(reconcileBinding(undefined, binding).operation).toBe('create'));
  it('gets the subjects it lacks, and keeps the others', () => {
    const other = clusterRoleBinding('b', 'r', 'Group ops', 'User jane');
    expect(reconcileBinding(other, binding)).toMatchObject({ operation: 'update', object: { subjects: ['Group ops', 'User jane', 'Group dev'].map(subject) } });
    expect(reconcileBinding(clusterRoleBinding('b', 'r', 'Group dev', 'Group ops', 'User jane'), binding).operation).toBe('none');
  });
  it('is left alone where there is nothing to add, also to no subjects at all', () => {
    const { subjects: _, ...none } = binding;
    expect(reconcileBinding(none as RoleBinding, { ...none, subjects: null } as RoleBinding).operation).toBe('none');
  });
  it('is made anew where it is to another role, for that cannot be changed', () => {
    const other = withMetadata(clusterRoleBinding('b', 'other', 'User jane'), { uid: '1' });
    expect(reconcileBinding(other, binding)).toEqual({ operation: 'recreate', object: binding, isProtected: false });
    const own = withMetadata(other, { annotations: { [autoupdateAnnotation]: 'false' } });
    expect(reconcileBinding(own, binding)).toEqual({ operation: 'none', object: own, isProtected: true });
  });
});

describe('reconciliation', () => {
  it('of the bootstrap policy with itself has nothing to do', () => {
    const { clusterRoles, roles, clusterRoleBindings, roleBindings } = bootstrapPolicy();
    for (const role of [...clusterRoles, ...roles]) expect(reconcileRole(structuredClone(role), role).operation).toBe('none');
    for (const binding of [...clusterRoleBindings, ...roleBindings]) expect(reconcileBinding(structuredClone(binding), binding).operation).toBe('none');
  });
  it('gives all that is expected, takes nothing, and is done after once', () => {
    const valid = anyRules.map((rules) =>
      rules.map(({ resourceNames, ...rest }) => (rest.nonResourceURLs?.length ? rest : { ...rest, ...(resourceNames && { resourceNames }) })),
    );
    fc.assert(
      fc.property(valid, valid, (has, wants) => {
        const wanted = clusterRole('r', ...wants);
        const { object } = reconcileRole(clusterRole('r', ...has), wanted);
        expect(rulesCover(object.rules!, wants)).toBe(true);
        expect(object.rules!.slice(0, has.length)).toEqual(has);
        expect(reconcileRole(object, wanted).operation).toBe('none');
      }),
      { numRuns: 2_000 },
    );
  });
});
