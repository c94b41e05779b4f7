import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { audienceAgnostic, audiencesOf, commonAudiences, withAudiences } from './audiences.js';
import type { TokenAuthenticator } from './bearer.js';

const jane = { user: { name: 'jane', groups: [] } };
const ask = (wanted?: string[], answer: unknown = jane) => {
  const ctx = createContext({} as ApiRequest);
  if (wanted) withAudiences(ctx, wanted);
  const tokens = { name: 'x', authenticateToken: () => answer } as TokenAuthenticator;
  return audienceAgnostic(['api', 'vault'], tokens).authenticateToken('t', ctx);
};

describe('audiences', () => {
  it('are asked for by a request, or are not', () => {
    const ctx = createContext({} as ApiRequest);
    expect(audiencesOf(ctx)).toBeUndefined();
    expect(audiencesOf(withAudiences(ctx, ['a']))).toEqual(['a']);
  });
  it('in common are said in order, each once', () => expect(commonAudiences(['c', 'a', 'c', 'b'], ['a', 'c'])).toEqual(['c', 'a']));
  it('of a token that names none are those of the server', async () => {
    expect(ask()).toEqual(jane);
    expect(ask(['vault', 'x'])).toEqual({ ...jane, audiences: ['vault'] });
    expect(await ask(['api'], Promise.resolve(jane))).toEqual({ ...jane, audiences: ['api'] });
    expect(ask(['x'])).toBeUndefined();
  });
});
