import { type ApiRequest, type ApiResponse, createContext, type RequestContext, requestInfoOf, type UserInfo } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { type AuthorizationAttempt, attributesOf, authorization, forbiddenMessage } from './authorization.js';
import { allowed, type Authorizer, type Verdict } from './authorizer.js';
import { attributes, pathAttributes, user } from './fixtures.js';

const jane = user('jane', 'dev');
const says = (verdict: Verdict): Authorizer => ({ name: 'x', authorize: () => verdict });
const refuses = (reason = ''): Authorizer => says({ decision: 'noOpinion', reason });

function contextOf(target: string, method = 'GET', by: UserInfo | undefined = jane): RequestContext {
  const [path, rawQuery = ''] = target.split('?') as [string, string?];
  const ctx = createContext({ method, path, rawQuery, headers: {} } as unknown as ApiRequest);
  ctx.info = requestInfoOf(method, path, () => ctx.query);
  ctx.user = by;
  return ctx;
}

const served: ApiResponse = { status: 200, headers: {}, body: 'served' };
const through = (authorizer: Authorizer, ctx: RequestContext) => authorization(authorizer)(() => served)(ctx);
const statusOf = (response: ApiResponse | Promise<ApiResponse>) => JSON.parse((response as ApiResponse).body as string) as Record<string, unknown>;
const messageOf = (target: string, method?: string, reason?: string): unknown => statusOf(through(refuses(reason), contextOf(target, method))).message;

describe('a request that is allowed', () => {
  it('goes on, without a promise where nothing is waited for', () => {
    expect(through(says(allowed), contextOf('/api/v1/pods'))).toBe(served);
  });
  it('goes on though something went wrong on the way', () => {
    expect(through(says({ decision: 'allow', reason: '', error: new Error('x') }), contextOf('/api'))).toBe(served);
  });
  it('goes on when the authorizer says so later', async () => {
    expect(await through({ name: 'x', authorize: async () => allowed }, contextOf('/api'))).toBe(served);
  });
  it('carries the decision, and tells audit', () => {
    const ctx = contextOf('/api');
    ctx.audit = { id: '1', annotations: {} };
    void through(says({ decision: 'allow', reason: 'because' }), ctx);
    expect(ctx.authorization).toEqual({ decision: 'allow', reason: 'because' });
    expect(ctx.audit.annotations).toEqual({ 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'because' });
  });
});

describe('a request that is not allowed', () => {
  it('is answered 403 with the Status of the reference', () => {
    const response = through(refuses(), contextOf('/api/v1/namespaces/default/pods')) as ApiResponse;
    expect(response.status).toBe(403);
    expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
    expect(statusOf(response)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
      reason: 'Forbidden',
      details: { kind: 'pods' },
      code: 403,
    });
  });
  it('is refused in the same words as by the reference', () => {
    expect(messageOf('/apis/apps/v1/deployments?watch=1')).toBe(
      'deployments.apps is forbidden: User "jane" cannot watch resource "deployments" in API group "apps" at the cluster scope',
    );
    expect(messageOf('/api/v1/namespaces/a/pods/web/log')).toBe(
      'pods "web" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "a"',
    );
    expect(messageOf('/api/v1/nodes/n', 'DELETE')).toBe(
      'nodes "n" is forbidden: User "jane" cannot delete resource "nodes" in API group "" at the cluster scope',
    );
    expect(messageOf('/foo', 'POST')).toBe('forbidden: User "jane" cannot post path "/foo"');
  });
  it('is told the reason, where there is one', () => {
    expect(messageOf('/foo', 'GET', 'RBAC: no')).toBe('forbidden: User "jane" cannot get path "/foo": RBAC: no');
  });
  it('has a Status without details where it is for a path', () => {
    expect(statusOf(through(refuses(), contextOf('/foo'))).details).toEqual({});
  });
  it('is refused whoever made it, also nobody', () => {
    expect(forbiddenMessage(pathAttributes('/a"b'))).toBe('User "" cannot get path "/a\\"b"');
    expect(forbiddenMessage(attributes({ user: user('é\n') }))).toBe('User "é\\n" cannot get resource "pods" in API group "" at the cluster scope');
  });
  it('gets no answer that a browser could take for a page', () => {
    expect(messageOf('/<script>&')).toBe('forbidden: User "jane" cannot get path "/&lt;script&gt;&amp;"');
  });
  it('is refused when it is denied, too', () => {
    const ctx = contextOf('/foo');
    ctx.audit = { id: '1', annotations: {} };
    expect((through(says({ decision: 'deny', reason: 'never' }), ctx) as ApiResponse).status).toBe(403);
    expect(ctx.audit.annotations).toEqual({ 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': 'never' });
  });
});

describe('an authorizer that fails', () => {
  const broken: Authorizer = {
    name: 'x',
    authorize() {
      throw new Error('the <webhook> is down');
    },
  };
  it('lets nobody in: 500 in plain text', () => {
    const response = through(broken, contextOf('/foo?a=b')) as ApiResponse;
    expect(response).toMatchObject({ status: 500, body: 'Internal Server Error: "/foo?a=b": the &lt;webhook&gt; is down\n' });
  });
  it('lets nobody in when it fails late', async () => {
    expect(await through({ name: 'x', authorize: () => Promise.reject(new Error('y')) }, contextOf('/foo'))).toMatchObject({ status: 500 });
  });
  it('lets nobody in without RequestInfo', () => {
    const ctx = contextOf('/foo');
    ctx.info = undefined;
    expect(() => through(says(allowed), ctx)).toThrow('no RequestInfo found in the context');
  });
});

describe('metrics', () => {
  it('are told how each request was judged', () => {
    const seen: AuthorizationAttempt['result'][] = [];
    const verdicts: Verdict[] = [
      allowed,
      { decision: 'deny', reason: '' },
      { decision: 'noOpinion', reason: '' },
      { decision: 'noOpinion', reason: '', error: new Error('x') },
    ];
    for (const verdict of verdicts) void authorization(says(verdict), { observe: ({ result }) => seen.push(result) })(() => served)(contextOf('/'));
    expect(seen).toEqual(['allowed', 'denied', 'no-opinion', 'error']);
  });
});

describe('the attributes of a request', () => {
  it('are what its path, method and query say', () => {
    expect(attributesOf(contextOf('/apis/apps/v1/namespaces/a/deployments/web/scale', 'PATCH'))).toEqual(
      attributes({
        user: jane,
        verb: 'patch',
        apiGroup: 'apps',
        namespace: 'a',
        resource: 'deployments',
        subresource: 'scale',
        name: 'web',
        path: '/apis/apps/v1/namespaces/a/deployments/web/scale',
      }),
    );
    expect(attributesOf(contextOf('/api/v1/pods?labelSelector=a%3Db&fieldSelector=x'))).toMatchObject({
      verb: 'list',
      labelSelector: 'a=b',
      fieldSelector: 'x',
    });
  });
});
