import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributes, clusterRole, clusterRoleBinding, pathAttributes, role, roleBinding, rule, user } from '../fixtures.js';
import { rbac } from './index.js';
import type { Role, RoleBinding } from './policy.js';
import { ruleAllows } from './rule-match.js';
import { type RbacKind, type RbacStore, rbacStore } from './source.js';

const objects = [
  clusterRole('view', rule('get,list', 'pods')),
  clusterRole('viewer-of-paths', { verbs: ['get'], nonResourceURLs: ['/metrics'] }),
  role('shop', 'editor', rule('update', 'pods')),
  clusterRoleBinding('auditors', 'view', 'Group audit', 'User carl', 'Group ops'),
  clusterRoleBinding('paths', 'viewer-of-paths', 'User carl'),
  roleBinding('shop', 'editors', 'Role editor', 'User eve', 'ServiceAccount robot', 'ServiceAccount bank/clerk'),
  roleBinding('shop', 'viewers', 'ClusterRole view', 'Group shop'),
];
const authorizer = rbac(rbacStore(objects));

describe('RBAC allows', () => {
  it('what a ClusterRoleBinding gives, in all namespaces and for paths, and says by whose grace', () => {
    expect(authorizer.authorize(attributes({ user: user('ann', 'audit') }))).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by ClusterRoleBinding "auditors" of ClusterRole "view" to Group "audit"',
    });
    expect(authorizer.authorize(attributes({ user: user('carl'), namespace: 'any' }))).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by ClusterRoleBinding "auditors" of ClusterRole "view" to User "carl"',
    });
    expect(authorizer.authorize(pathAttributes('/metrics', { user: user('carl') }))).toMatchObject({ decision: 'allow' });
  });
  it('what a RoleBinding gives, in its namespace only', () => {
    const update = { user: user('eve'), verb: 'update', resource: 'pods', name: 'web' };
    expect(authorizer.authorize(attributes({ ...update, namespace: 'shop' }))).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by RoleBinding "editors/shop" of Role "editor" to User "eve"',
    });
    expect(authorizer.authorize(attributes({ ...update, namespace: 'bank' })).decision).toBe('noOpinion');
    expect(authorizer.authorize(attributes(update)).decision).toBe('noOpinion');
    expect(authorizer.authorize(attributes({ user: user('x', 'shop'), namespace: 'shop' })).reason).toBe(
      'RBAC: allowed by RoleBinding "viewers/shop" of ClusterRole "view" to Group "shop"',
    );
  });
  it('service accounts, of the namespace that the subject names, or of the binding', () => {
    const reasonFor = (name: string) => authorizer.authorize(attributes({ user: user(name), verb: 'update', namespace: 'shop' })).reason;
    expect(reasonFor('system:serviceaccount:shop:robot')).toBe('RBAC: allowed by RoleBinding "editors/shop" of Role "editor" to ServiceAccount "robot/shop"');
    expect(reasonFor('system:serviceaccount:bank:clerk')).toBe('RBAC: allowed by RoleBinding "editors/shop" of Role "editor" to ServiceAccount "clerk/bank"');
    expect(reasonFor('system:serviceaccount:shop:clerk')).toBe('');
    expect(reasonFor('robot')).toBe('');
  });
  it('by the first subject of a binding that is the user', () => {
    expect(authorizer.authorize(attributes({ user: user('carl', 'ops', 'audit') })).reason).toContain('to Group "audit"');
    expect(authorizer.authorize(attributes({ user: user('carl', 'ops') })).reason).toContain('to User "carl"');
  });
});

describe('RBAC has no opinion', () => {
  it('on what nothing allows, and gives no reason', () => {
    expect(authorizer.authorize(attributes({ user: user('nobody') }))).toEqual({ decision: 'noOpinion', reason: '' });
    expect(authorizer.authorize(attributes())).toEqual({ decision: 'noOpinion', reason: '' });
  });
  it('where roles are missing, and says which', () => {
    const broken = rbac(
      rbacStore([
        clusterRoleBinding('a', 'gone', 'User x'),
        clusterRoleBinding('b', 'gone', 'Group g'),
        roleBinding('ns', 'c', 'Role lost', 'User x'),
        roleBinding('ns', 'd', 'Thing t', 'User x'),
      ]),
    );
    expect(broken.authorize(attributes({ user: user('x', 'g'), namespace: 'ns' })).reason).toBe(
      'RBAC: [clusterrole.rbac.authorization.k8s.io "gone" not found, role.rbac.authorization.k8s.io "lost" not found, unsupported role reference kind: "Thing"]',
    );
    expect(broken.authorize(attributes({ user: user('x') })).reason).toBe('RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found');
  });
  it('where a role is missing, but another allows: then it allows', () => {
    const half = rbac(
      rbacStore([clusterRoleBinding('a', 'gone', 'User x'), clusterRole('view', rule('get', 'pods')), clusterRoleBinding('b', 'view', 'User x')]),
    );
    expect(half.authorize(attributes({ user: user('x') })).decision).toBe('allow');
  });
  it('on objects that validation would not have let through', () => {
    const { roleRef: _, ...noRef } = clusterRoleBinding('a', 'view', 'User x');
    const homeless = { ...roleBinding('', 'b', 'ClusterRole view', 'User x'), metadata: { name: 'b' } };
    const odd = rbac(rbacStore([...objects, noRef as RoleBinding, homeless]));
    expect(odd.authorize(attributes({ user: user('x') }))).toEqual({ decision: 'noOpinion', reason: 'RBAC: unsupported role reference kind: ""' });
  });
});

describe('the rules of a user', () => {
  it('are those of all their bindings, each binding once', () => {
    expect(authorizer.rulesOf(user('carl', 'audit', 'ops', 'shop'), 'shop').rules).toEqual([
      rule('get,list', 'pods'),
      { verbs: ['get'], nonResourceURLs: ['/metrics'] },
      rule('get,list', 'pods'),
    ]);
  });
  it('are listed for reviews by what they are for', () => {
    expect(authorizer.rulesFor(user('carl'), 'shop')).toEqual({
      resourceRules: [rule('get,list', 'pods')],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }],
      isIncomplete: false,
    });
  });
  it('come with an error where roles are missing', () => {
    const { rules, error } = rbac(rbacStore([...objects, clusterRoleBinding('x', 'gone', 'User carl')])).rulesOf(user('carl'), '');
    expect(rules).toHaveLength(2);
    expect(error?.message).toBe('clusterrole.rbac.authorization.k8s.io "gone" not found');
  });
});

describe('the rules of a role that a binding names', () => {
  it('are found in the namespace of the binding', () => {
    expect(authorizer.rulesOfRole({ kind: 'Role', name: 'editor' }, 'shop')).toEqual([rule('update', 'pods')]);
    expect(authorizer.rulesOfRole({ kind: 'ClusterRole', name: 'view' }, 'shop')).toEqual([rule('get,list', 'pods')]);
  });
  it('are an error that a client understands where there is no such role', () => {
    expect(() => authorizer.rulesOfRole({ kind: 'Role', name: 'editor' }, 'bank')).toThrow('roles.rbac.authorization.k8s.io "editor" not found');
    expect(() => authorizer.rulesOfRole({ kind: 'constructor', name: 'x' }, '')).toThrow('unsupported role reference kind: "constructor"');
  });
});

describe('an explanation', () => {
  it('shows all bindings of the user, those that allow the request first', () => {
    const { decision, bindings } = authorizer.explain(pathAttributes('/metrics', { user: user('carl') }));
    expect(decision).toBe('allow');
    expect(bindings).toEqual([
      { source: 'ClusterRoleBinding "paths" of ClusterRole "viewer-of-paths" to User "carl"', rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }] },
      { source: 'ClusterRoleBinding "auditors" of ClusterRole "view" to User "carl"', rules: [] },
    ]);
  });
});

describe('the store', () => {
  const isAllowed = (store: RbacStore, name: string): boolean => rbac(store).authorize(attributes({ user: user(name) })).decision === 'allow';
  it('is ready when it has been told all the objects of all four kinds', () => {
    const store = rbacStore();
    for (const kind of ['Role', 'ClusterRole', 'RoleBinding'] as const) store.replace(kind, []);
    expect(store.ready()).toBe(false);
    store.replace('ClusterRoleBinding', []);
    expect(store.ready()).toBe(true);
    expect(rbacStore([]).ready()).toBe(true);
  });
  it('follows a binding that loses a subject, and its end', () => {
    const store = rbacStore(objects);
    store.apply('ClusterRoleBinding', clusterRoleBinding('auditors', 'view', 'User ann'));
    expect([isAllowed(store, 'carl'), isAllowed(store, 'ann')]).toEqual([false, true]);
    store.remove('ClusterRoleBinding', '', 'auditors');
    store.remove('ClusterRoleBinding', '', 'auditors');
    expect(isAllowed(store, 'ann')).toBe(false);
  });
  it('forgets what a new list does not have', () => {
    const store = rbacStore(objects);
    store.replace('ClusterRoleBinding', [clusterRoleBinding('b', 'view', 'User ann')]);
    expect([isAllowed(store, 'carl'), isAllowed(store, 'ann')]).toEqual([false, true]);
    store.replace('ClusterRole', []);
    expect(isAllowed(store, 'ann')).toBe(false);
  });
  it('takes no object of another kind', () => {
    expect(() => rbacStore([{ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } }])).toThrow('"Pod" is not a kind of RBAC');
  });
  it('asks nothing of the bindings of others', () => {
    const others = Array.from({ length: 20_000 }, (_, at) => clusterRoleBinding(`b${at}`, 'view', `User u${at}`, `Group g${at}`));
    const crowded = rbac(rbacStore([...objects, ...others]));
    const asked = attributes({ user: user('carl', 'ops'), verb: 'delete', namespace: 'shop' });
    const started = performance.now();
    for (let at = 0; at < 20_000; at++) crowded.authorize(asked);
    // A walk over all bindings would be 400 million steps.
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('after any changes', () => {
  const namespaces = ['a', 'b'];
  const anyName = fc.constantFrom('x', 'y');
  const anySubjects = fc.array(fc.constantFrom('User u', 'Group g', 'Group h', 'ServiceAccount a/s', 'ServiceAccount s'), { maxLength: 3 });
  const anyVerbs = fc.constantFrom('get', 'list', '*');
  const anyNamespace = fc.constantFrom(...namespaces);
  const anyObject: fc.Arbitrary<Role | RoleBinding> = fc.oneof(
    fc.tuple(anyName, anyVerbs).map(([name, verbs]) => clusterRole(name, rule(verbs, 'pods'))),
    fc.tuple(anyNamespace, anyName, anyVerbs).map(([namespace, name, verbs]) => role(namespace, name, rule(verbs, 'pods'))),
    fc.tuple(anyName, anyName, anySubjects).map(([name, to, subjects]) => clusterRoleBinding(name, to, ...subjects)),
    fc
      .tuple(anyNamespace, anyName, fc.constantFrom('Role x', 'Role y', 'ClusterRole x'), anySubjects)
      .map(([namespace, name, to, subjects]) => roleBinding(namespace, name, to, ...subjects)),
  );
  const anyChanges = fc.array(fc.tuple(fc.constantFrom('apply', 'apply', 'remove', 'replace'), anyObject), { maxLength: 25 });
  const anyAsked = fc
    .record({
      user: fc.constantFrom(user('u'), user('v', 'g'), user('u', 'h', 'g'), user('system:serviceaccount:a:s'), user('system:serviceaccount:b:s', 'h')),
      namespace: fc.constantFrom('', ...namespaces),
      verb: fc.constantFrom('get', 'list', 'delete'),
    })
    .map(attributes);

  /** The definition: a walk over all that there is. */
  function isAllowed(all: readonly (Role | RoleBinding)[], asked: ReturnType<typeof attributes>): boolean {
    const { name, groups } = asked.user!;
    return all.some((object) => {
      if (!('roleRef' in object)) return false;
      const { kind, metadata, subjects, roleRef } = object as RoleBinding;
      const home = kind === 'RoleBinding' ? metadata.namespace! : '';
      if (home !== '' && home !== asked.namespace) return false;
      const isBound = subjects!.some((each) => {
        if (each.kind === 'User') return each.name === name;
        if (each.kind === 'Group') return groups.includes(each.name);
        const of = each.namespace ?? home;
        return of !== '' && name === `system:serviceaccount:${of}:${each.name}`;
      });
      const bound = all.find(
        (each) => each.kind === roleRef.kind && each.metadata.name === roleRef.name && (roleRef.kind !== 'Role' || each.metadata.namespace === home),
      );
      return isBound && ((bound as Role | undefined)?.rules ?? []).some((each) => ruleAllows(each, asked));
    });
  }

  it('RBAC decides as a walk over all objects would', () => {
    fc.assert(
      fc.property(anyChanges, fc.array(anyAsked, { minLength: 5, maxLength: 10 }), (changes, questions) => {
        const store = rbacStore();
        const keyOf = ({ kind, metadata }: Role | RoleBinding) => `${kind}/${metadata.namespace}/${metadata.name}`;
        const model = new Map<string, Role | RoleBinding>();
        for (const [change, object] of changes) {
          const kind = object.kind as RbacKind;
          if (change === 'apply') store.apply(kind, object);
          else if (change === 'remove') store.remove(kind, object.metadata.namespace ?? '', object.metadata.name!);
          else {
            store.replace(kind, [object]);
            for (const [key, other] of model) if (other.kind === kind) model.delete(key);
          }
          if (change === 'remove') model.delete(keyOf(object));
          else model.set(keyOf(object), object);
        }
        const given = rbac(store);
        for (const asked of questions) expect(given.authorize(asked).decision === 'allow').toBe(isAllowed([...model.values()], asked));
      }),
      { numRuns: 1_000 },
    );
  });
});
