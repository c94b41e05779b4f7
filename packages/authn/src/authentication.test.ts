import { type ApiRequest, type ApiResponse, createContext, type RequestContext, type UserInfo } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { type AuthenticationAttempt, authentication, usernameLabel } from './authentication.js';
import { type AuthAnswer, anonymous, type Authenticator, authenticatedGroup, union, withAnonymous } from './authenticator.js';
import { bearer, bearerToken, type TokenAuthenticator } from './bearer.js';
import { tokenFile } from './token-file.js';

const contextOf = (headers: Record<string, string> = {}, protocol = 'HTTP/1.1'): RequestContext =>
  createContext({ method: 'GET', path: '/healthz', headers, protocol } as unknown as ApiRequest);
const says = (answer: () => AuthAnswer): Authenticator => ({ name: 'x', authenticate: answer });
const knows = (name: string, groups: string[] = []): Authenticator => says(() => ({ user: { name, groups } }));
const silent = says(() => undefined);
const fails = (message: string): Authenticator =>
  says(() => {
    throw new Error(message);
  });
const later = (authenticator: Authenticator): Authenticator => ({ name: 'later', authenticate: async (ctx) => authenticator.authenticate(ctx) });

describe('a union of authenticators', () => {
  it('asks them in order and takes the first that knows', () => {
    expect(union([silent, knows('a'), knows('b')]).authenticate(contextOf())).toEqual({ user: { name: 'a', groups: [] } });
  });
  it('passes over those that fail, as long as one knows', () => {
    expect(union([fails('x'), knows('a')]).authenticate(contextOf())).toMatchObject({ user: { name: 'a' } });
  });
  it('fails with all the reasons, each said once, when none knows', () => {
    expect(() => union([fails('x'), silent, fails('y'), fails('x')]).authenticate(contextOf())).toThrow(/^\[x, y\]$/);
    expect(() => union([fails('x'), silent]).authenticate(contextOf())).toThrow(/^x$/);
    expect(union([silent, silent]).authenticate(contextOf())).toBeUndefined();
    expect(union([]).authenticate(contextOf())).toBeUndefined();
  });
  it('does the same where one has to wait', async () => {
    expect(await union([later(fails('x')), later(silent), knows('a')]).authenticate(contextOf())).toMatchObject({ user: { name: 'a' } });
    await expect(union([later(fails('x')), fails('y')]).authenticate(contextOf())).rejects.toThrow('[x, y]');
    await expect(union([later(fails('x')), knows('a')], { failOnError: true }).authenticate(contextOf())).rejects.toThrow('x');
  });
  it('stops at the first failure where told so', () => {
    expect(() => union([fails('x'), knows('a')], { failOnError: true }).authenticate(contextOf())).toThrow('x');
  });
});

describe('system:authenticated', () => {
  const groupsOf = (name: string, groups: string[]): readonly string[] => {
    const answer = authenticatedGroup(knows(name, groups)).authenticate(contextOf()) as { user: UserInfo };
    return answer.user.groups;
  };
  it('is added to who is known', () => expect(groupsOf('a', ['dev'])).toEqual(['dev', 'system:authenticated']));
  it('is not said twice', () => expect(groupsOf('a', ['system:authenticated'])).toEqual(['system:authenticated']));
  it('is not added to who is nobody', () => {
    expect(groupsOf('system:anonymous', [])).toEqual([]);
    expect(groupsOf('a', ['system:unauthenticated'])).toEqual(['system:unauthenticated']);
  });
  it('is added where the answer is waited for', async () => {
    expect(await authenticatedGroup(later(knows('a'))).authenticate(contextOf())).toMatchObject({ user: { groups: ['system:authenticated'] } });
    expect(await authenticatedGroup(later(silent)).authenticate(contextOf())).toBeUndefined();
  });
});

describe('anonymous', () => {
  it('is everybody, or everybody on some paths', () => {
    expect(anonymous().authenticate(contextOf())).toEqual({ user: { name: 'system:anonymous', groups: ['system:unauthenticated'] } });
    expect(anonymous({ paths: ['/healthz'] }).authenticate(contextOf())).toBeDefined();
    expect(anonymous({ paths: ['/livez'] }).authenticate(contextOf())).toBeUndefined();
  });
  it('is nobody whose credential did not hold', () => {
    expect(withAnonymous(silent).authenticate(contextOf())).toMatchObject({ user: { name: 'system:anonymous' } });
    expect(() => withAnonymous(fails('x')).authenticate(contextOf())).toThrow('x');
  });
});

describe('a bearer token', () => {
  const tokenOf = (authorization: string): [string | undefined, string[] | undefined] => {
    const ctx = contextOf({ authorization });
    return [bearerToken(ctx), ctx.warnings];
  };
  it('is the second word of the header', () => {
    expect(tokenOf('Bearer abc')).toEqual(['abc', undefined]);
    expect(tokenOf('  bEARER abc def ')).toEqual(['abc', undefined]);
    expect(tokenOf('Bearer t\u00c3\u00b6')).toEqual(['tö', undefined]);
  });
  it('is none in any other header', () => {
    for (const header of ['', ' ', 'Bearer', 'Bearer ', 'Basic abc', 'Bearerabc', 'Bearer\tabc']) expect(tokenOf(header)).toEqual([undefined, undefined]);
    expect(bearerToken(contextOf())).toBeUndefined();
  });
  it('after too much space is none, and the client is told so', () => {
    expect(tokenOf('Bearer  abc')).toEqual([undefined, ['the provided Authorization header contains extra space before the bearer token, and is ignored']]);
  });
  it('is looked up with one after the other; unknown to all, it does not hold', async () => {
    const failing: TokenAuthenticator = { name: 'f', authenticateToken: () => Promise.reject(new Error('down')) };
    const file = tokenFile('abc,jane,1,"dev,ops"\n');
    const ctx = contextOf({ authorization: 'Bearer abc' });
    expect(bearer(file).authenticate(ctx)).toEqual({ user: { name: 'jane', uid: '1', groups: ['dev', 'ops'] } });
    expect(await bearer(failing, file).authenticate(ctx)).toMatchObject({ user: { name: 'jane' } });
    await expect(bearer(failing, file).authenticate(contextOf({ authorization: 'Bearer x' }))).rejects.toThrow('down');
    expect(() => bearer(file).authenticate(contextOf({ authorization: 'Bearer x' }))).toThrow('invalid bearer token');
    expect(bearer(file).authenticate(contextOf())).toBeUndefined();
  });
});

describe('the authentication filter', () => {
  const ok: ApiResponse = { status: 200, headers: {}, body: 'ok' };
  const answering = () => ({ ...ok, headers: {} });

  it('sets the user and takes the credentials out of the request', () => {
    const ctx = contextOf({ authorization: 'Bearer x', 'x-remote-user': 'root', 'x-remote-extra-a': 'b', 'x-own-user': 'c', accept: '*/*' });
    const requestHeaders = { user: ['X-Own-User'], uid: [], groups: [], extraPrefixes: [] };
    const response = authentication(knows('a'), { requestHeaders })(answering)(ctx);
    expect(response).toEqual(ok);
    expect(ctx.user).toEqual({ name: 'a', groups: [] });
    expect(JSON.parse(JSON.stringify(ctx.request.headers))).toEqual({ accept: '*/*' });
  });

  it('takes out what the front proxy is called now', () => {
    let requestHeaders = { user: ['X-A'], uid: [], groups: [], extraPrefixes: [] as string[] };
    const filter = authentication(knows('a'), { requestHeaders: () => requestHeaders })(answering);
    const left = () => {
      const ctx = contextOf({ 'x-a': '1', 'x-b': '2', 'x-remote-user': 'root' });
      void filter(ctx);
      return Object.keys(ctx.request.headers);
    };
    expect(left()).toEqual(['x-b']);
    requestHeaders = { ...requestHeaders, user: ['X-B'] };
    expect(left()).toEqual(['x-a']);
  });

  it('answers 401 to who is not known, without a word of why', () => {
    const logged: unknown[] = [];
    for (const authenticator of [silent, fails('secret')]) {
      const response = authentication(authenticator, { log: (_, error) => logged.push(error) })(answering)(contextOf()) as ApiResponse;
      expect(response.status).toBe(401);
      expect(response.body).toBe(
        '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n',
      );
    }
    expect(logged).toEqual([new Error('secret')]);
  });

  it('waits only for authenticators that wait', async () => {
    const waiting = authentication(later(fails('x')))(answering)(contextOf());
    expect(waiting).toBeInstanceOf(Promise);
    expect((await waiting).status).toBe(401);
    expect(await authentication(later(knows('a')))(answering)(contextOf())).toEqual(ok);
  });

  it('passes on what the handler throws', async () => {
    const broken = () => {
      throw new Error('bug');
    };
    expect(() => authentication(knows('a'))(broken)(contextOf())).toThrow('bug');
    await expect(authentication(later(knows('a')))(broken)(contextOf())).rejects.toThrow('bug');
  });

  it('refuses a credential that was made for somebody else', () => {
    const forB = says(() => ({ user: { name: 'a', groups: [] }, audiences: ['b'] }));
    expect(authentication(forB, { audiences: ['a'] })(answering)(contextOf())).toMatchObject({ status: 401 });
    expect(authentication(forB, { audiences: ['a', 'b'] })(answering)(contextOf())).toMatchObject({ status: 200 });
    expect(authentication(forB)(answering)(contextOf())).toMatchObject({ status: 200 });
    expect(authentication(knows('a'), { audiences: ['a'] })(answering)(contextOf())).toMatchObject({ status: 200 });
  });

  it('closes HTTP/2 connections of nobody', () => {
    const ask = (authenticator: Authenticator, options = {}) =>
      (authentication(authenticator, options)(answering)(contextOf({}, 'HTTP/2.0')) as ApiResponse).headers.connection;
    expect(ask(anonymous())).toBe('close');
    expect(ask(silent)).toBe('close');
    expect(ask(fails('x'))).toBe('close');
    expect(ask(knows('a'))).toBeUndefined();
    expect(ask(anonymous(), { closeUnauthenticatedHttp2: false })).toBeUndefined();
  });

  it('tells how each attempt ended', () => {
    const seen: AuthenticationAttempt[] = [];
    for (const authenticator of [knows('a'), silent, fails('x')])
      authentication(authenticator, { observe: (attempt) => seen.push(attempt) })(answering)(contextOf());
    expect(seen.map(({ result, user }) => [result, user?.name])).toEqual([
      ['success', 'a'],
      ['failure', undefined],
      ['error', undefined],
    ]);
    expect(seen.every(({ seconds }) => seconds >= 0 && seconds < 1)).toBe(true);
  });

  it('labels users without naming them', () => {
    expect(['admin', 'a@b', 'jane'].map(usernameLabel)).toEqual(['admin', 'email_id', 'other']);
  });
});
