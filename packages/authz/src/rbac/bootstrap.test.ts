import { describe, expect, it } from 'vitest';
import { attributes, pathAttributes, user } from '../fixtures.js';
import { aggregateRules } from './aggregation.js';
import { bootstrapPolicy } from './bootstrap.js';
import { rulesCover } from './covers.js';
import { rbac } from './index.js';
import type { Role } from './policy.js';
import { rbacStore } from './source.js';

const policy = bootstrapPolicy();
const { clusterRoles, clusterRoleBindings, roles, roleBindings } = policy;
const named = (name: string): Role => clusterRoles.find(({ metadata }) => metadata.name === name)!;
const gathered = (name: string): Role => ({ ...named(name), rules: aggregateRules(named(name), clusterRoles)! });

describe('the bootstrap policy', () => {
  it('is that of the reference in number', () => {
    expect([clusterRoles.length, clusterRoleBindings.length, roles.length, roleBindings.length]).toEqual([73, 54, 7, 7]);
  });
  it('marks all that it brings', () => {
    for (const { metadata, apiVersion } of [...clusterRoles, ...clusterRoleBindings, ...roles, ...roleBindings]) {
      expect(apiVersion).toBe('rbac.authorization.k8s.io/v1');
      expect(metadata.labels).toMatchObject({ 'kubernetes.io/bootstrapping': 'rbac-defaults' });
      expect(metadata.annotations).toEqual({ 'rbac.authorization.kubernetes.io/autoupdate': 'true' });
    }
  });
  it('binds only roles that it brings, too', () => {
    for (const { roleRef } of clusterRoleBindings) expect(named(roleRef.name)).toBeDefined();
    for (const { roleRef, metadata } of roleBindings)
      expect(roles.some((role) => role.metadata.name === roleRef.name && role.metadata.namespace === metadata.namespace)).toBe(true);
  });
  it('spells subjects as the API does', () => {
    expect(clusterRoleBindings.find(({ metadata }) => metadata.name === 'system:kube-dns')).toEqual({
      kind: 'ClusterRoleBinding',
      apiVersion: 'rbac.authorization.k8s.io/v1',
      metadata: {
        name: 'system:kube-dns',
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      },
      subjects: [{ kind: 'ServiceAccount', name: 'kube-dns', namespace: 'kube-system' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:kube-dns' },
    });
    expect(clusterRoleBindings[0]!.subjects).toEqual([{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:masters' }]);
  });
  it('is one for all, and nobody can change it', () => {
    expect(bootstrapPolicy()).toBe(policy);
    expect(() => ((named('view').metadata.labels as Record<string, string>).x = 'y')).toThrow(TypeError);
  });
  it('gives admin, edit and view their rules by aggregation, each more than the next', () => {
    const all: Role[] = [gathered('view')];
    const edit = aggregateRules(named('edit'), [...clusterRoles.filter((role) => role !== named('view')), ...all])!;
    const admin = aggregateRules(named('admin'), [...clusterRoles.filter((role) => role !== named('edit')), { ...named('edit'), rules: edit }])!;
    expect(rulesCover(edit, all[0]!.rules!)).toBe(true);
    expect(rulesCover(admin, edit)).toBe(true);
    expect(rulesCover(edit, admin)).toBe(false);
  });
});

describe('a cluster with the bootstrap policy', () => {
  const cluster = rbac(rbacStore([...clusterRoles, ...clusterRoleBindings, ...roles, ...roleBindings]));
  const mayGet = (path: string, ...groups: string[]): boolean => cluster.authorize(pathAttributes(path, { user: user('x', ...groups) })).decision === 'allow';
  it('lets everybody see health and version, and who is known discovery', () => {
    expect(mayGet('/healthz', 'system:unauthenticated')).toBe(true);
    expect(mayGet('/apis/apps', 'system:unauthenticated')).toBe(false);
    expect(mayGet('/apis/apps', 'system:authenticated')).toBe(true);
    expect(mayGet('/metrics', 'system:authenticated')).toBe(false);
    expect(mayGet('/metrics', 'system:monitoring')).toBe(true);
  });
  it('lets who is known ask what they may do', () => {
    const asked = { verb: 'create', apiGroup: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' };
    expect(cluster.authorize(attributes({ ...asked, user: user('x', 'system:authenticated') })).decision).toBe('allow');
    expect(cluster.authorize(attributes({ ...asked, user: user('x') })).decision).toBe('noOpinion');
  });
  it('lets system:masters do everything', () => {
    expect(cluster.authorize(attributes({ user: user('x', 'system:masters'), verb: 'x', apiGroup: 'y', resource: 'z' })).reason).toBe(
      'RBAC: allowed by ClusterRoleBinding "cluster-admin" of ClusterRole "cluster-admin" to Group "system:masters"',
    );
  });
});
