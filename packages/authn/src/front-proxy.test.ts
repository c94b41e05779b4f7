import { fakeClock } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import type { AuthResult } from './authenticator.js';
import { frontProxy, type FrontProxyOptions } from './front-proxy.js';
import { basicConstraints, clientAuth, cn, type Identity, issue, keyUsage, name, pem, start, usages, utf8 } from './testing/authority.js';

const authority = (subject: string) => issue({ subject: name([[cn, utf8(subject)]]), extensions: [basicConstraints(true), keyUsage(0b0000_0100)] });
const proxyCA = authority('proxies');
const proxy = issue({ subject: name([[cn, utf8('front-proxy')]]), by: proxyCA, extensions: [usages(clientAuth)] });
const client = issue({ subject: name([[cn, utf8('front-proxy')]]), by: authority('clients'), extensions: [usages(clientAuth)] });

const ask = (headers: Record<string, string>, by: Identity | null = proxy, options: Partial<FrontProxyOptions> = {}, request: Partial<ApiRequest> = {}) => {
  const peer = by ? { chain: [by.der] } : undefined;
  const ctx = createContext({ headers, peerCertificate: () => peer, ...request } as ApiRequest);
  return frontProxy({ clientCAs: pem(proxyCA), clock: fakeClock(start), ...options }).authenticate(ctx);
};
const jane = { 'x-remote-user': 'jane' };

describe('a front proxy', () => {
  it('says who makes a request', () => {
    expect(ask({ ...jane, 'x-remote-uid': '1', 'x-remote-group': 'dev', 'x-remote-extra-acme.com%2fteam': 'a', accept: '*/*' })).toEqual({
      user: { name: 'jane', uid: '1', groups: ['dev'], extra: { 'acme.com/team': ['a'] } },
    });
  });
  it('need say nothing', () => expect(ask({})).toBeUndefined());
  it('is whoever has a certificate of its authorities, or of the names that are allowed', () => {
    expect(ask(jane, proxy, { allowedNames: ['other', 'front-proxy'] })).toBeDefined();
    expect(() => ask(jane, proxy, { allowedNames: ['other'] })).toThrow('x509: subject with cn=front-proxy is not in the allowed list');
    let allowed = ['other'];
    const changing = { allowedNames: () => allowed };
    expect(() => ask(jane, proxy, changing)).toThrow('not in the allowed list');
    allowed = [];
    expect(ask(jane, proxy, changing)).toBeDefined();
  });
  it('has words of its own', () => {
    const names = { user: ['X-Own-User'], uid: [], groups: [], extraPrefixes: [] };
    expect(ask({ ...jane, 'x-own-user': 'joe' }, proxy, { names })).toMatchObject({ user: { name: 'joe' } });
  });
  it('may name extras as it likes, own properties only', () => {
    const { extra } = (ask({ ...jane, 'x-remote-extra-__proto__': 'a', 'x-remote-extra-%41%2fb': 'c' }) as AuthResult).user;
    expect(Object.entries(extra!)).toEqual([
      ['__proto__', ['a']],
      ['A/b', ['c']],
    ]);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });
  it('speaks UTF-8', () => expect(ask({ 'x-remote-user': 'j\u00c3\u00b6' })).toMatchObject({ user: { name: 'jö' } }));
  it('says groups one in each header, where the listener tells them apart; a comma makes no two groups of one', () => {
    const values: Record<string, string[]> = { 'x-remote-user': ['jane'], 'x-remote-group': ['dev', 'a, system:masters'] };
    const headers = { ...jane, 'x-remote-group': 'dev, a, system:masters' };
    expect(ask(headers, proxy, {}, { headerValues: (header) => values[header] ?? [] })).toMatchObject({ user: { groups: ['dev', 'a, system:masters'] } });
    expect(ask(headers)).toMatchObject({ user: { groups: ['dev, a, system:masters'] } });
  });
});

describe('headers that no front proxy sent', () => {
  it('are not believed: without a certificate', () => expect(ask(jane, null)).toBeUndefined());
  it('are not believed: with a certificate of somebody else', () => expect(() => ask(jane, client)).toThrow('unknown authority'));
  it('are not believed: while there are no authorities', () => expect(ask(jane, proxy, { clientCAs: () => undefined })).toBeUndefined());
});
