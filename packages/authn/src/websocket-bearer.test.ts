import { type ApiRequest, createContext, type RequestContext } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import type { TokenAuthenticator } from './bearer.js';
import { websocketBearer } from './websocket-bearer.js';

const upgrade = { connection: 'keep-alive, Upgrade', upgrade: 'WebSocket' };
const contextOf = (protocols: string, headers: Record<string, string> = upgrade): RequestContext =>
  createContext({ headers: { ...headers, 'sec-websocket-protocol': protocols } } as unknown as ApiRequest);
const tokens: TokenAuthenticator = {
  name: 'tokens',
  authenticateToken: (token) => (token === 'sécret' ? { user: { name: 'jane', groups: [] } } : undefined),
};
const protocolOf = (token: string) => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;

describe('a token among WebSocket subprotocols', () => {
  it('says who connects, and goes no further', () => {
    const ctx = contextOf(`v4.channel.k8s.io, ${protocolOf('sécret')},v5.channel.k8s.io`);
    expect(websocketBearer(tokens).authenticate(ctx)).toMatchObject({ user: { name: 'jane' } });
    expect(ctx.request.headers['sec-websocket-protocol']).toBe('v4.channel.k8s.io,v5.channel.k8s.io');
  });
  it('is refused when nobody knows it, and stays', () => {
    const ctx = contextOf(`a, ${protocolOf('x')}`);
    expect(() => websocketBearer(tokens).authenticate(ctx)).toThrow('invalid bearer token');
    expect(ctx.request.headers['sec-websocket-protocol']).toContain(protocolOf('x'));
  });
  it('counts only in requests for a WebSocket, and where there is one', () => {
    expect(websocketBearer(tokens).authenticate(contextOf(`a, ${protocolOf('sécret')}`, {}))).toBeUndefined();
    expect(websocketBearer(tokens).authenticate(contextOf(`a, ${protocolOf('sécret')}`, { upgrade: 'websocket' }))).toBeUndefined();
    expect(websocketBearer(tokens).authenticate(contextOf('a, b'))).toBeUndefined();
    expect(websocketBearer(tokens).authenticate(contextOf(`a, ${protocolOf('')}`))).toBeUndefined();
  });
  it.each([
    [`a, ${protocolOf('a')}, ${protocolOf('a')}`, 'multiple base64.bearer.authorization tokens specified'],
    ['a, base64url.bearer.authorization.k8s.io.a=', 'invalid base64.bearer.authorization token encoding'],
    ['a, base64url.bearer.authorization.k8s.io.abcde', 'invalid base64.bearer.authorization token encoding'],
    ['a, base64url.bearer.authorization.k8s.io._w', 'invalid base64.bearer.authorization token'],
    [protocolOf('sécret'), 'missing additional subprotocol'],
  ])('that is no good is refused: %s', (protocols, message) => {
    expect(() => websocketBearer(tokens).authenticate(contextOf(protocols))).toThrow(new Error(message));
  });
});
