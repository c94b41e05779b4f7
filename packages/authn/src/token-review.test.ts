import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { audienceAgnostic, audiencesOf } from './audiences.js';
import { type Authenticator, authenticatedGroup, withAnonymous } from './authenticator.js';
import { bearer, type TokenAuthenticator } from './bearer.js';
import { tokenFile } from './token-file.js';
import { tokenReview } from './token-review.js';

const review = (token: string, audiences?: string[]): KubeObject =>
  ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token, ...(audiences && { audiences }) } }) as KubeObject;
const file = tokenFile('tökén,jane,1,"dev"\n');
const server = (tokens: TokenAuthenticator = audienceAgnostic(['api', 'api2'], file)): Authenticator => withAnonymous(authenticatedGroup(bearer(tokens)));
const status = async (token: string, audiences?: string[], authenticator = server(), options = { audiences: ['api', 'api2'] }) =>
  ((await tokenReview(authenticator, review(token, audiences), options)) as unknown as { status: unknown }).status;

describe('a TokenReview', () => {
  it('says whose a token is', async () => {
    expect(await status('tökén')).toEqual({
      authenticated: true,
      user: { username: 'jane', uid: '1', groups: ['dev', 'system:authenticated'] },
      audiences: ['api', 'api2'],
    });
  });
  it('keeps its question', async () => {
    expect(await tokenReview(server(), review('x', ['api']))).toMatchObject({ kind: 'TokenReview', spec: { token: 'x', audiences: ['api'] } });
  });
  it('says what is wrong with one that does not hold', async () => expect(await status('x')).toEqual({ user: {}, error: 'invalid bearer token' }));
  it('says nothing of a token that is nobody', async () => {
    expect(await status('x', undefined, { name: 'x', authenticate: () => undefined })).toEqual({ user: {} });
  });
  it('is about the audiences that it names', async () => {
    expect(await status('tökén', ['other', 'api2'])).toMatchObject({ authenticated: true, audiences: ['api2'] });
    expect(await status('tökén', ['other'])).toEqual({ user: {}, error: 'invalid bearer token' });
  });
  it('shows the authenticator the token, and nothing else', async () => {
    const seen: unknown[] = [];
    const spy: Authenticator = {
      name: 'spy',
      authenticate(ctx) {
        seen.push(ctx.request.headers, ctx.request.peerCertificate(), audiencesOf(ctx));
        return undefined;
      },
    };
    await status('a b', ['v'], spy);
    expect(seen).toEqual([{ authorization: 'Bearer a b' }, undefined, ['v']]);
  });
  it('fails when the authenticator answers for other audiences', async () => {
    const careless: Authenticator = { name: 'x', authenticate: () => ({ user: { name: 'jane', groups: [] }, audiences: ['b'] }) };
    await expect(status('t', ['a'], careless)).rejects.toThrow('Internal error occurred: error validating audiences');
  });
  it('needs a token', async () => await expect(status('')).rejects.toThrow('token is required for TokenReview in authentication'));
  it('comes back as it is where nobody can be asked', async () => {
    expect(await tokenReview(undefined, review('t'))).toEqual(review('t'));
  });
});
