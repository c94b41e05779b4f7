import { fakeClock } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext, type RequestContext, warn } from '@apiserver-kit/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audiencesOf, withAudiences } from './audiences.js';
import type { AuthAnswer, AuthResult } from './authenticator.js';
import type { TokenAuthenticator } from './bearer.js';
import { cached } from './token-cache.js';

const contextOf = (audiences?: string[]): RequestContext => {
  const ctx = createContext({ headers: { 'x-secret': 'of this request' } } as unknown as ApiRequest);
  return audiences ? withAudiences(ctx, audiences) : ctx;
};
const counting = (answer: (token: string, ctx: RequestContext) => AuthAnswer) => {
  const counted = {
    name: 'counting',
    calls: 0,
    authenticateToken(token: string, ctx: RequestContext) {
      counted.calls++;
      return answer(token, ctx);
    },
  };
  return counted satisfies TokenAuthenticator;
};
const jane: AuthResult = { user: { name: 'jane', groups: [] } };

describe('a remembered token', () => {
  it('is looked up once, until its time is over', () => {
    const clock = fakeClock();
    const tokens = counting(() => jane);
    const cache = cached(tokens, { clock });
    for (let i = 0; i < 3; i++) expect(cache.authenticateToken('t', contextOf())).toBe(jane);
    clock.advance(9_999);
    expect(cache.authenticateToken('t', contextOf())).toBe(jane);
    expect(tokens.calls).toBe(1);
    clock.advance(1);
    expect(cache.authenticateToken('t', contextOf())).toBe(jane);
    expect(tokens.calls).toBe(2);
  });

  it('that nobody knows is looked up each time, unless failures are remembered', () => {
    const tokens = counting(() => undefined);
    const forgetful = cached(tokens);
    const mindful = cached(tokens, { failureTtlMs: 1, clock: fakeClock() });
    for (let i = 0; i < 2; i++) expect(forgetful.authenticateToken('t', contextOf())).toBeUndefined();
    for (let i = 0; i < 2; i++) expect(mindful.authenticateToken('t', contextOf())).toBeUndefined();
    expect(tokens.calls).toBe(3);
  });

  it('whose look-up failed counts as unknown, unless told otherwise', () => {
    const tokens = counting(() => {
      throw new Error('down');
    });
    const mindful = cached(tokens, { failureTtlMs: 1, clock: fakeClock() });
    const forgetful = cached(tokens, { failureTtlMs: 1, cacheErrors: false });
    for (let i = 0; i < 2; i++) expect(() => mindful.authenticateToken('t', contextOf())).toThrow('down');
    expect(tokens.calls).toBe(1);
    for (let i = 0; i < 2; i++) expect(() => forgetful.authenticateToken('t', contextOf())).toThrow('down');
    expect(tokens.calls).toBe(3);
  });

  it('is another one for other audiences', () => {
    const tokens = counting((_, ctx) => ({ ...jane, audiences: audiencesOf(ctx) }));
    const cache = cached(tokens);
    const ask = (...audiences: string[]) => (cache.authenticateToken('t', contextOf(audiences)) as AuthResult).audiences;
    expect([ask('a'), ask('b'), ask('a', 'b'), ask()]).toEqual([['a'], ['b'], ['a', 'b'], []]);
    expect(cache.authenticateToken('t', contextOf())).toEqual({ ...jane, audiences: undefined });
    expect(tokens.calls).toBe(5);
  });

  it('is never taken for another, whatever the tokens and audiences are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '1', ':', '/', '-', 'ö'), maxLength: 5 });
    const question = fc.tuple(text, fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined }));
    fc.assert(
      fc.property(fc.array(question, { maxLength: 8 }), (questions) => {
        const cache = cached(counting((token, ctx) => ({ ...jane, audiences: [token, JSON.stringify(audiencesOf(ctx))] })));
        for (const [token, audiences] of questions)
          expect((cache.authenticateToken(token, contextOf(audiences)) as AuthResult).audiences).toEqual([token, JSON.stringify(audiences)]);
      }),
    );
  });

  it('is looked up once for all who wait for it, without anything of their requests', async () => {
    let answer!: (result: AuthResult) => void;
    const seen: unknown[] = [];
    const tokens = counting((_, ctx) => {
      seen.push(ctx.request.headers, ctx.user, audiencesOf(ctx));
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const cache = cached(tokens);
    const waiting = [1, 2, 3].map(() => cache.authenticateToken('t', contextOf(['a'])));
    answer(jane);
    expect(await Promise.all(waiting)).toEqual([jane, jane, jane]);
    expect(tokens.calls).toBe(1);
    expect(seen).toEqual([{}, undefined, ['a']]);
    expect(cache.authenticateToken('t', contextOf(['a']))).toBe(jane);
  });

  it('fails for all who wait, and is looked up again by the next', async () => {
    const tokens = counting(() => Promise.reject(new Error('down')));
    const cache = cached(tokens);
    const waiting = [cache.authenticateToken('t', contextOf()), cache.authenticateToken('t', contextOf())];
    for (const answer of waiting) await expect(answer).rejects.toThrow('down');
    await expect(cache.authenticateToken('t', contextOf())).rejects.toThrow('down');
    expect(tokens.calls).toBe(2);
  });

  it('is given up after 30 seconds', async () => {
    const clock = fakeClock();
    const tokens = counting((_, ctx) => new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))));
    const answer = cached(tokens, { clock }).authenticateToken('t', contextOf());
    clock.advance(30_000);
    await expect(answer).rejects.toThrow('the look-up of a token took too long');
  });

  it('says again what its look-up said', () => {
    const cache = cached(
      counting((_, ctx) => {
        warn(ctx, 'old');
        ctx.audit!.annotations.a = 'b';
        return jane;
      }),
    );
    for (let i = 0; i < 2; i++) {
      const ctx = contextOf();
      ctx.audit = { id: '1', annotations: {} };
      void cache.authenticateToken('t', ctx);
      expect([ctx.warnings, ctx.audit.annotations]).toEqual([['old'], { a: 'b' }]);
    }
  });

  it('goes when there are too many', () => {
    const tokens = counting(() => jane);
    const cache = cached(tokens, { maxEntries: 2 });
    for (const token of ['a', 'b', 'c', 'b', 'c', 'a']) void cache.authenticateToken(token, contextOf());
    expect(tokens.calls).toBe(4);
  });
});
