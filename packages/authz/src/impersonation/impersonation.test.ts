import { fakeClock } from '@apiserver-kit/machinery';
import { type ApiRequest, type ApiResponse, createContext, type RequestContext, requestInfoOf, type UserInfo } from '@apiserver-kit/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes, Authorizer } from '../authorizer.js';
import { user } from '../fixtures.js';
import { impersonation } from './index.js';

const jane = user('jane', 'dev', 'system:authenticated');
const agent: UserInfo = {
  name: 'system:serviceaccount:kube-system:agent',
  groups: [],
  extra: { 'authentication.kubernetes.io/node-name': ['n1'], 'authentication.kubernetes.io/pod-name': ['p'] },
};

/** `impersonate users bob`, `impersonate:user-info userextras/a.io/b c`, `impersonate-on:user-info:list pods `. */
const asked = ({ verb, resource, subresource, name, namespace }: Attributes): string =>
  `${verb} ${subresource === '' ? resource : `${resource}/${subresource}`} ${namespace === '' ? name : `${namespace}/${name}`}`;

function authorizerOf(allows: (question: string, attributes: Attributes) => boolean): Authorizer & { readonly questions: string[] } {
  const questions: string[] = [];
  return {
    name: 'test',
    questions,
    authorize(attributes) {
      questions.push(asked(attributes));
      return { decision: allows(asked(attributes), attributes) ? 'allow' : 'noOpinion', reason: '' };
    },
  };
}
const legacyOnly = authorizerOf((question) => question.startsWith('impersonate '));

type Headers = Record<string, string | readonly string[]>;
function contextOf(headers: Headers, by: UserInfo | undefined = jane, target = '/api/v1/pods'): RequestContext {
  const joined = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]));
  const headerValues = (name: string): readonly string[] => [headers[name] ?? []].flat();
  const ctx = createContext({ method: 'GET', path: target, rawQuery: '', headers: joined, headerValues } as unknown as ApiRequest);
  ctx.info = requestInfoOf('GET', target);
  ctx.user = by;
  return ctx;
}

const served: ApiResponse = { status: 200, headers: {}, body: 'served' };
const through = (authorizer: Authorizer, ctx: RequestContext) => impersonation(authorizer)(() => served)(ctx);
async function actingAs(authorizer: Authorizer, headers: Headers, by?: UserInfo): Promise<UserInfo | undefined> {
  const ctx = contextOf(headers, by);
  expect(await through(authorizer, ctx)).toBe(served);
  return ctx.user;
}
async function refused(authorizer: Authorizer, headers: Headers, by?: UserInfo): Promise<{ code: number; message: string }> {
  const response = await through(authorizer, contextOf(headers, by));
  const { code, message } = JSON.parse(response.body as string) as { code: number; message: string };
  expect(response.status).toBe(code);
  return { code, message };
}

describe('a request without the headers', () => {
  it('goes on as it is, without a promise', () => {
    const ctx = contextOf({ accept: '*/*' });
    expect(through(legacyOnly, ctx)).toBe(served);
    expect(ctx.user).toBe(jane);
    expect(ctx.impersonator).toBeUndefined();
  });
});

describe('a request as another user', () => {
  it('goes on as the other, who is authenticated, and knows who asked', async () => {
    const ctx = contextOf({ 'impersonate-user': 'bob' });
    await through(legacyOnly, ctx);
    expect(ctx.user).toEqual({ name: 'bob', groups: ['system:authenticated'] });
    expect(ctx.impersonator).toBe(jane);
  });
  it('loses the headers, so that nothing behind acts on them again', async () => {
    const ctx = contextOf({ 'impersonate-user': 'bob', 'impersonate-group': 'a', 'impersonate-uid': '1', 'impersonate-extra-a.io%2fb': 'c', accept: '*/*' });
    await through(legacyOnly, ctx);
    expect(ctx.request.headers).toEqual({ accept: '*/*' });
  });
  it('has each group, uid and extra asked about', async () => {
    const authorizer = authorizerOf((question) => question.startsWith('impersonate '));
    const who = await actingAs(authorizer, {
      'impersonate-user': 'bob',
      'impersonate-group': ['a', 'b, c'],
      'impersonate-uid': '1',
      'impersonate-extra-acme.io%2fScope': ['x', 'y'],
    });
    expect(who).toEqual({ name: 'bob', uid: '1', groups: ['a', 'b, c', 'system:authenticated'], extra: { 'acme.io/Scope': ['x', 'y'] } });
    expect(authorizer.questions.filter((question) => question.startsWith('impersonate '))).toEqual([
      'impersonate users bob',
      'impersonate uids 1',
      'impersonate groups a',
      'impersonate groups b, c',
      'impersonate userextras/acme.io/Scope x',
      'impersonate userextras/acme.io/Scope y',
    ]);
  });
  it('as a service account has the groups of one', async () => {
    expect(await actingAs(legacyOnly, { 'impersonate-user': 'system:serviceaccount:shop:till' })).toEqual({
      name: 'system:serviceaccount:shop:till',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    });
    expect(legacyOnly.questions.at(-1)).toBe('impersonate serviceaccounts shop/till');
  });
  it('as nobody is unauthenticated, also when it says so', async () => {
    expect((await actingAs(legacyOnly, { 'impersonate-user': 'system:anonymous' }))?.groups).toEqual(['system:unauthenticated']);
    expect((await actingAs(legacyOnly, { 'impersonate-user': 'x', 'impersonate-group': 'system:unauthenticated' }))?.groups).toEqual([
      'system:unauthenticated',
    ]);
  });
  it('takes groups that came in one line as one group, where the listener does not tell', async () => {
    const ctx = contextOf({ 'impersonate-user': 'bob', 'impersonate-group': ['a', 'system:masters'] });
    const { method, path, rawQuery, headers } = ctx.request;
    const plain = Object.assign(createContext({ method, path, rawQuery, headers } as ApiRequest), { info: ctx.info, user: jane });
    await through(legacyOnly, plain);
    expect(plain.user?.groups).toEqual(['a, system:masters', 'system:authenticated']);
  });
});

describe('a refusal', () => {
  it('is in the words of the first mode that refused', async () => {
    expect(
      await refused(
        authorizerOf(() => false),
        { 'impersonate-user': 'bob' },
      ),
    ).toEqual({
      code: 403,
      message: 'pods is forbidden: User "jane" cannot impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope',
    });
  });
  it('names what may not be impersonated, once the user did it before', async () => {
    const filter = impersonation(authorizerOf((question) => question === 'impersonate users bob'));
    await filter(() => served)(contextOf({ 'impersonate-user': 'bob' }));
    const answer = await filter(() => served)(contextOf({ 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' }));
    expect(JSON.parse(answer.body as string)).toMatchObject({
      message: 'groups "system:masters" is forbidden: User "jane" cannot impersonate resource "groups" in API group "" at the cluster scope',
      details: { name: 'system:masters', kind: 'groups' },
    });
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });
  it('is a bad request without a user', async () => {
    expect(await refused(legacyOnly, { 'impersonate-group': ['a', 'b'], 'impersonate-extra-k': 'v' })).toEqual({
      code: 400,
      message:
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a", "b"}, Extra:map[string][]string{"k":[]string{"v"}}} without impersonating a user name',
    });
    expect((await refused(legacyOnly, { 'impersonate-uid': '1' })).message).toBe(
      'requested &user.DefaultInfo{Name:"", UID:"1", Groups:[]string(nil), Extra:map[string][]string(nil)} without impersonating a user name',
    );
  });
  it('comes with the error and the reason of the authorizer', async () => {
    const failing: Authorizer = { name: 'x', authorize: () => ({ decision: 'noOpinion', reason: 'why', error: new Error('broken') }) };
    expect((await refused(failing, { 'impersonate-user': 'bob' })).message).toMatch(/at the cluster scope: broken: why$/);
  });
  it('goes before an authorizer that throws', async () => {
    const throwing: Authorizer = {
      name: 'x',
      authorize() {
        throw new Error('broken');
      },
    };
    expect((await refused(throwing, { 'impersonate-user': 'bob' })).code).toBe(403);
  });
});

describe('constrained impersonation', () => {
  const may = (mode: string) =>
    authorizerOf((question) => question.startsWith(`impersonate-on:${mode}:list pods`) || question.startsWith(`impersonate:${mode} `));

  it('lets a user do one thing as another', async () => {
    const ctx = contextOf({ 'impersonate-user': 'bob', 'impersonate-group': 'a' });
    ctx.audit = { id: '1', annotations: {} };
    await through(may('user-info'), ctx);
    expect(ctx.user).toEqual({ name: 'bob', groups: ['a', 'system:authenticated'] });
    expect(ctx.audit.impersonationConstraint).toBe('impersonate:user-info');
  });
  it('never makes anybody a master', async () => {
    expect((await refused(may('user-info'), { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' })).message).toBe(
      'groups.authentication.k8s.io "system:masters" is forbidden: User "jane" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed',
    );
  });
  it('wants extras with a domain', async () => {
    expect((await refused(may('user-info'), { 'impersonate-user': 'bob', 'impersonate-extra-scopes': 'x' })).message).toMatch(
      /: impersonating an invalid key in extra is not allowed: extra\.key: Invalid value: "scopes": must be a domain-prefixed path \(such as "acme\.io\/foo"\)$/,
    );
  });
  it('asks about all groups at once where there are many', async () => {
    const authorizer = may('user-info');
    await actingAs(authorizer, { 'impersonate-user': 'bob', 'impersonate-group': ['a', 'b', 'c', 'd'] });
    expect(authorizer.questions.filter((question) => question.includes('groups'))).toEqual(['impersonate:user-info groups *']);
  });
  it('gives a node its group, and asks about the node', async () => {
    const authorizer = may('arbitrary-node');
    expect(await actingAs(authorizer, { 'impersonate-user': 'system:node:n1' })).toEqual({
      name: 'system:node:n1',
      groups: ['system:nodes', 'system:authenticated'],
    });
    expect(authorizer.questions).toContain('impersonate:arbitrary-node nodes n1');
  });
  it('lets an agent act as the node it runs on, and as no other', async () => {
    const authorizer = may('associated-node');
    expect((await actingAs(authorizer, { 'impersonate-user': 'system:node:n1' }, agent))?.name).toBe('system:node:n1');
    expect(authorizer.questions).toEqual(['impersonate-on:associated-node:list pods ', 'impersonate:associated-node nodes *']);
    expect((await refused(may('associated-node'), { 'impersonate-user': 'system:node:n2' }, agent)).code).toBe(403);
  });
  it('remembers for an agent on one node what was allowed on another, and gives each its own node', async () => {
    const authorizer = may('associated-node');
    const filter = impersonation(authorizer)(() => served);
    for (const node of ['n1', 'n2']) {
      const ctx = contextOf(
        { 'impersonate-user': `system:node:${node}` },
        { ...agent, extra: { ...agent.extra, 'authentication.kubernetes.io/node-name': [node] } },
      );
      await filter(ctx);
      expect(ctx.user?.name).toBe(`system:node:${node}`);
    }
    expect(authorizer.questions).toHaveLength(2);
  });
  it('forgets after ten seconds', async () => {
    const clock = fakeClock();
    let isAllowed = true;
    const filter = impersonation(
      authorizerOf(() => isAllowed),
      { clock },
    )(() => served);
    const answer = async () => (await filter(contextOf({ 'impersonate-user': 'bob' }))).status;
    expect(await answer()).toBe(200);
    isAllowed = false;
    clock.advance(9_999);
    expect(await answer()).toBe(200);
    clock.advance(1);
    expect(await answer()).toBe(403);
  });
});

const word = fc.constantFrom('a', 'b', 'system:masters', 'system:authenticated');
it('never gives anybody a group that they may not have', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), fc.array(word), fc.boolean(), async (groups, granted, mayAll) => {
      const authorizer = authorizerOf((question) => {
        const [verb, resource, name] = question.split(' ') as [string, string, (typeof granted)[number]];
        return verb === 'impersonate' && (resource === 'users' || mayAll || granted.includes(name));
      });
      const ctx = contextOf({ 'impersonate-user': 'bob', ...(groups.length > 0 && { 'impersonate-group': groups }) });
      const { status } = await through(authorizer, ctx);
      const isRight = mayAll || groups.every((group) => granted.includes(group));
      expect(status).toBe(isRight ? 200 : 403);
      if (!isRight) expect(ctx.user).toBe(jane);
    }),
  );
});
