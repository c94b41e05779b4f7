import { describe, expect, it } from 'vitest';
import type { Attributes, Authorizer, Verdict } from '../authorizer.js';
import { clusterRole, clusterRoleBinding, rule, user } from '../fixtures.js';
import { rbac } from '../rbac/index.js';
import { rbacStore } from '../rbac/source.js';
import { localSubjectAccessReview, selfSubjectAccessReview, selfSubjectRulesReview, subjectAccessReview } from './index.js';
import type { ResourceAttributes, Review, SubjectAccessReviewSpec } from './spec.js';

const review = <Spec>(kind: string, spec: Spec, metadata: Review<Spec>['metadata'] = {}): Review<Spec> => ({
  kind,
  apiVersion: 'authorization.k8s.io/v1',
  metadata,
  spec,
});
const getPods: ResourceAttributes = { namespace: 'shop', verb: 'get', resource: 'pods' };

/** Keeps what it is asked. */
function asked(verdict: Verdict = { decision: 'allow', reason: 'because' }): Authorizer & { last(): Attributes | undefined } {
  let last: Attributes | undefined;
  return {
    name: 'x',
    authorize(attributes) {
      last = attributes;
      return verdict;
    },
    last: () => last,
  };
}
const messageOf = (spec: SubjectAccessReviewSpec, metadata?: Review<unknown>['metadata']): Promise<string> =>
  subjectAccessReview(asked(), review('SubjectAccessReview', spec, metadata)).then(
    () => 'answered',
    (error: Error) => error.message,
  );

describe('a SubjectAccessReview', () => {
  it('is asked for the user that it names', async () => {
    const authorizer = asked();
    const spec = {
      user: 'jane',
      uid: '1',
      groups: ['dev'],
      extra: { scopes: ['a'] },
      resourceAttributes: { ...getPods, group: 'g', subresource: 's', name: 'n' },
    };
    await subjectAccessReview(authorizer, review('SubjectAccessReview', spec));
    expect(authorizer.last()).toEqual({
      user: { name: 'jane', uid: '1', groups: ['dev'], extra: { scopes: ['a'] } },
      verb: 'get',
      isResourceRequest: true,
      apiGroup: 'g',
      apiVersion: '*',
      namespace: 'shop',
      resource: 'pods',
      subresource: 's',
      name: 'n',
      path: '',
      fieldSelector: '',
      labelSelector: '',
    });
    await subjectAccessReview(authorizer, review('SubjectAccessReview', { user: 'jane', nonResourceAttributes: { path: '/x', verb: 'get' } }));
    expect(authorizer.last()).toMatchObject({ user: { name: 'jane', groups: [] }, isResourceRequest: false, path: '/x', verb: 'get', apiVersion: '' });
  });
  it('comes back as it is, with the answer in its status', async () => {
    const question = review('SubjectAccessReview', { user: 'jane', resourceAttributes: getPods });
    const statusFor = async (verdict: Verdict) => (await subjectAccessReview(asked(verdict), question)).status;
    expect(await subjectAccessReview(asked(), question)).toEqual({ ...question, status: { allowed: true, reason: 'because' } });
    expect(await statusFor({ decision: 'deny', reason: 'no' })).toEqual({ allowed: false, denied: true, reason: 'no' });
    expect(await statusFor({ decision: 'noOpinion', reason: '' })).toEqual({ allowed: false });
    expect(await statusFor({ decision: 'noOpinion', reason: '', error: new Error('x') })).toEqual({ allowed: false, evaluationError: 'x' });
    expect(await statusFor({ decision: 'allow', reason: '', error: new Error('x') })).toEqual({ allowed: true, evaluationError: 'x' });
  });
  it('is answered, not failed, when the authorizer fails', async () => {
    const broken: Authorizer = { name: 'x', authorize: () => Promise.reject(new Error('down')) };
    const { status } = await subjectAccessReview(broken, review('SubjectAccessReview', { user: 'a', resourceAttributes: {} }));
    expect(status).toEqual({ allowed: false, evaluationError: 'down' });
  });
});

describe('a SubjectAccessReview is refused', () => {
  const invalid = (sentences: string): string => `.authorization.k8s.io "" is invalid: ${sentences}`;
  const oneOf = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  it('without somebody and something to ask about', async () => {
    expect(await messageOf({})).toBe(
      invalid(`[spec: Invalid value: null: ${oneOf}, spec.user: Invalid value: "": at least one of user or group must be specified]`),
    );
    expect(await messageOf({ groups: ['g'], resourceAttributes: {} })).toBe('answered');
  });
  it('without a spec', async () => {
    expect(await messageOf(undefined as never)).toContain('spec.user: Invalid value: ""');
  });
  it('with both kinds of things', async () => {
    expect(await messageOf({ user: 'a', resourceAttributes: {}, nonResourceAttributes: { path: '/x', verb: 'get' } })).toBe(
      invalid(`spec: Invalid value: {"Path":"/x","Verb":"get"}: ${oneOf}`),
    );
  });
  it('with metadata', async () => {
    expect(await messageOf({ user: 'a', resourceAttributes: {} }, { labels: { a: 'b' }, uid: '', creationTimestamp: null, name: 'n' })).toBe(
      invalid('metadata: Invalid value: {"name":"n","labels":{"a":"b"}}: must be empty'),
    );
    expect(await messageOf({ user: 'a', resourceAttributes: {} }, { creationTimestamp: null, labels: {}, managedFields: [{ manager: 'm' }] })).toBe('answered');
  });
  it('with selectors that say nothing, or two things', async () => {
    const path = 'spec.resourceAttributes.fieldSelector';
    expect(await messageOf({ user: 'a', resourceAttributes: { fieldSelector: {} } })).toBe(
      invalid(`${path}.requirements: Required value: when ${path} is specified, requirements or rawSelector is required`),
    );
    expect(await messageOf({ user: 'a', resourceAttributes: { fieldSelector: { rawSelector: 'a=b', requirements: [{ key: '', operator: 'In' }] } } })).toBe(
      invalid(
        `[${path}.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements, ${path}.requirements[0].key: Required value: must be specified, ${path}.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn']`,
      ),
    );
    expect(await messageOf({ user: 'a', resourceAttributes: { labelSelector: { requirements: [{ key: 'a', operator: 'Exists', values: ['é'] }] } } })).toMatch(
      /values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist', .*values\[0\]: Invalid value: "é": a valid label must be/,
    );
  });
  it('with a Status whose details name the group', async () => {
    await expect(subjectAccessReview(asked(), review('SubjectAccessReview', { resourceAttributes: {} }))).rejects.toMatchObject({
      status: { code: 422, reason: 'Invalid', details: { group: 'authorization.k8s.io', causes: [{ reason: 'FieldValueInvalid', field: 'spec.user' }] } },
    });
  });
});

describe('the selectors of a review', () => {
  const answerTo = async (attributes: ResourceAttributes) => {
    const authorizer = asked();
    const { status } = await subjectAccessReview(authorizer, review('SubjectAccessReview', { user: 'a', resourceAttributes: attributes }));
    return [authorizer.last()!.fieldSelector, authorizer.last()!.labelSelector, status.evaluationError ?? ''];
  };
  it('are handed on as text', async () => {
    expect(await answerTo({ fieldSelector: { rawSelector: 'a=b' }, labelSelector: { rawSelector: 'x in (b,a),!y' } })).toEqual(['a=b', 'x in (a,b),!y', '']);
    expect(
      await answerTo({
        fieldSelector: {
          requirements: [
            { key: 'a', operator: 'In', values: ['b,c'] },
            { key: 'd', operator: 'NotIn', values: ['e'] },
          ],
        },
        labelSelector: {
          requirements: [
            { key: 'x', operator: 'Exists' },
            { key: 'y', operator: 'NotIn', values: ['1', '2'] },
          ],
        },
      }),
    ).toEqual(['a=b\\,c,d!=e', 'x,y notin (1,2)', '']);
  });
  it('are ignored where they cannot be read, which the answer says', async () => {
    expect(await answerTo({ fieldSelector: { rawSelector: '&' }, labelSelector: { rawSelector: '&' } })).toEqual([
      '',
      '',
      'spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector ignored due to parse error',
    ]);
  });
  it('are ignored in part where a part cannot be read: the question gets broader', async () => {
    expect(
      await answerTo({
        fieldSelector: {
          requirements: [
            { key: 'a', operator: 'Exists' },
            { key: 'd', operator: 'In', values: ['e'] },
          ],
        },
        labelSelector: { requirements: [{ key: 'x', operator: 'Near', values: ['y'] }] },
      }),
    ).toEqual([
      'd=e',
      '',
      'spec.resourceAttributes.fieldSelector partially ignored due to parse error; spec.resourceAttributes.labelSelector ignored due to parse error',
    ]);
  });
});

describe('a LocalSubjectAccessReview', () => {
  const ask = (spec: SubjectAccessReviewSpec, namespace = 'shop', metadata: Review<unknown>['metadata'] = {}) =>
    localSubjectAccessReview(asked(), review('LocalSubjectAccessReview', spec, metadata), namespace);
  it('is answered for its namespace', async () => {
    expect(await ask({ user: 'a', resourceAttributes: getPods })).toMatchObject({ metadata: { namespace: 'shop' }, status: { allowed: true } });
  });
  it('is refused for another namespace', async () => {
    await expect(ask({ user: 'a', resourceAttributes: getPods }, 'bank')).rejects.toThrow(
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "shop": must match metadata.namespace',
    );
    await expect(ask({ user: 'a', resourceAttributes: getPods }, 'bank', { namespace: 'shop' })).rejects.toMatchObject({
      status: { code: 400, message: 'spec.resourceAttributes.namespace must match namespace: bank' },
    });
    await expect(ask({ user: 'a', resourceAttributes: { verb: 'get' } }, '')).rejects.toMatchObject({ status: { code: 400 } });
  });
  it('is refused for a path, and with metadata', async () => {
    await expect(ask({ user: 'a', nonResourceAttributes: { path: '/x' } }, 'shop', { name: 'n' })).rejects.toThrow(
      '.authorization.k8s.io "" is invalid: [metadata: Invalid value: {"name":"n","namespace":"shop"}: must be empty except for namespace, spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":""}: disallowed on this kind of request]',
    );
  });
});

describe('a SelfSubjectAccessReview', () => {
  it('is asked for who asks, with all that is known of them', async () => {
    const authorizer = asked();
    const jane = { ...user('jane', 'dev'), extra: { a: ['b'] } };
    const answer = await selfSubjectAccessReview(authorizer, review('SelfSubjectAccessReview', { nonResourceAttributes: { path: '/x', verb: 'get' } }), jane);
    expect(authorizer.last()!.user).toBe(jane);
    expect(answer.status).toEqual({ allowed: true, reason: 'because' });
  });
  it('is refused without something to ask about, or without a user', async () => {
    await expect(selfSubjectAccessReview(asked(), review('SelfSubjectAccessReview', {}), user('a'))).rejects.toThrow('spec: Invalid value: null');
    await expect(selfSubjectAccessReview(asked(), review('SelfSubjectAccessReview', { resourceAttributes: {} }), undefined)).rejects.toThrow(
      'no user present on request',
    );
  });
});

describe('a SelfSubjectRulesReview', () => {
  const cluster = rbac(
    rbacStore([
      clusterRole('view', rule('get', 'pods'), { verbs: ['get'], nonResourceURLs: ['/x'] }),
      clusterRoleBinding('view', 'view', 'User jane'),
      clusterRoleBinding('gone', 'gone', 'User joe'),
    ]),
  );
  const ask = (name: string, namespace = 'shop') => selfSubjectRulesReview(cluster, review('SelfSubjectRulesReview', { namespace }), user(name));
  it('lists what the user may do; nothing of the question comes back', async () => {
    expect(await ask('jane')).toEqual({
      kind: 'SelfSubjectRulesReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: {},
      status: {
        resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
        incomplete: false,
      },
    });
  });
  it('tells what went wrong, and what cannot be listed', async () => {
    expect((await ask('joe')).status.evaluationError).toBe('clusterrole.rbac.authorization.k8s.io "gone" not found');
    const blind = await selfSubjectRulesReview(asked(), review('SelfSubjectRulesReview', { namespace: 'a' }), user('a'));
    expect(blind.status).toEqual({ resourceRules: [], nonResourceRules: [], incomplete: true });
  });
  it('is refused without a namespace or a user', async () => {
    await expect(ask('jane', '')).rejects.toMatchObject({ status: { code: 400, message: 'no namespace on request' } });
    await expect(selfSubjectRulesReview(cluster, review('SelfSubjectRulesReview', { namespace: 'a' }), undefined)).rejects.toThrow(
      'no user present on request',
    );
  });
});
