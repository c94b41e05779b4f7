/** Remembers for a while whose a token is (k8s.io/apiserver/pkg/authentication/token/cache). */
import { hash, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import { type ApiRequest, type AuditRecord, createContext, type RequestContext, warn } from '@apiserver-kit/pipeline';
import { audiencesOf, withAudiences } from './audiences.js';
import type { AuthAnswer, AuthResult } from './authenticator.js';
import type { TokenAuthenticator } from './bearer.js';

export interface TokenCacheOptions {
  /** How long a user is remembered. Default 10 s; 0 for not at all. */
  readonly successTtlMs?: number;
  /** How long it is remembered that nobody knows a token. Default 0. */
  readonly failureTtlMs?: number;
  /** Whether a look-up that failed counts as one where nobody knew the token. Default true. */
  readonly cacheErrors?: boolean;
  /** So many tokens are remembered, known and unknown; the oldest goes first. Default 32,768. */
  readonly maxEntries?: number;
  readonly clock?: Clock;
  /** Told of each request, for metrics. */
  readonly observe?: (outcome: 'hit' | 'miss') => void;
}

/** How a look-up ended, with what it said on the way: said again to everybody who gets the same answer. */
interface Outcome {
  readonly result: AuthResult | undefined;
  readonly error: unknown;
  readonly warnings: readonly string[] | undefined;
  readonly annotations: AuditRecord['annotations'] | undefined;
}
interface Remembered {
  readonly outcome: Outcome;
  readonly until: number;
}

const sharedLookupTimeoutMs = 30_000;

/**
 * What a look-up sees of a request: nothing. Many requests get its answer, so it may depend on the token and the audiences only.
 */
const noRequest: ApiRequest = Object.freeze({
  method: 'GET',
  path: '/',
  rawQuery: '',
  headers: Object.freeze({}),
  isSecure: true,
  protocol: 'HTTP/1.1',
  remoteAddress: '',
  peerCertificate: () => undefined,
  body: () => Promise.resolve(new Uint8Array(0)),
});

/**
 * Remembers the answers of an authenticator, by token and by the audiences that were asked for. Requests with the same token that come while
 * it is being looked up wait for the one look-up, which is ended after 30 seconds.
 *
 * Tokens are not kept: their digests are, salted with a random key.
 */
export function cached(authenticator: TokenAuthenticator, options: TokenCacheOptions = {}): TokenAuthenticator {
  const { successTtlMs = 10_000, failureTtlMs = 0, cacheErrors = true, maxEntries = 32 << 10, clock = systemClock, observe } = options;
  const salt = randomBytes(32).toString('base64');
  const entries = new Map<string, Remembered>();
  const flights = new Map<string, Promise<Outcome>>();

  const remember = (key: string, outcome: Outcome): void => {
    if (outcome.error !== undefined && !cacheErrors) return;
    const ttl = outcome.result === undefined ? failureTtlMs : successTtlMs;
    if (ttl <= 0) return;
    entries.delete(key);
    // A map keeps the order of insertion: what is to go is in front.
    if (entries.size >= maxEntries) entries.delete(entries.keys().next().value!);
    entries.set(key, { outcome, until: clock.now() + ttl });
  };

  const lookUp = (key: string, token: string, audiences: readonly string[] | undefined): Outcome | Promise<Outcome> => {
    const ctx = createContext(noRequest);
    if (audiences !== undefined) withAudiences(ctx, audiences);
    ctx.audit = { id: '', annotations: {} };
    const finish = (result: AuthResult | undefined, error?: unknown): Outcome => {
      const outcome: Outcome = { result, error, warnings: ctx.warnings, annotations: ctx.audit?.annotations };
      remember(key, outcome);
      return outcome;
    };
    let answer: AuthAnswer;
    try {
      answer = authenticator.authenticateToken(token, ctx);
    } catch (error) {
      return finish(undefined, error ?? new Error('authentication failed unexpectedly'));
    }
    if (!(answer instanceof Promise)) return finish(answer);
    const cancel = clock.after(sharedLookupTimeoutMs, () => ctx.abort(new Error('the look-up of a token took too long')));
    const flight = answer
      .then(
        (result) => finish(result),
        (error: unknown) => finish(undefined, error ?? new Error('authentication failed unexpectedly')),
      )
      .finally(() => {
        cancel();
        flights.delete(key);
      });
    flights.set(key, flight);
    return flight;
  };

  return {
    name: authenticator.name,
    authenticateToken(token, ctx) {
      const audiences = audiencesOf(ctx);
      const key = digest(salt, token, audiences);
      const entry = entries.get(key);
      if (entry !== undefined && clock.now() < entry.until) {
        observe?.('hit');
        return replay(entry.outcome, ctx);
      }
      observe?.('miss');
      const outcome = flights.get(key) ?? lookUp(key, token, audiences);
      return outcome instanceof Promise ? outcome.then((known) => replay(known, ctx)) : replay(outcome, ctx);
    },
  };
}

/** Lengths stand before what is not of fixed length, so that no two questions have one text. */
function digest(salt: string, token: string, audiences: readonly string[] | undefined): string {
  const asked = audiences === undefined ? '-' : `${audiences.length}:${audiences.map((audience) => `${audience.length}:${audience}`).join('')}`;
  return hash('sha256', `${salt}${asked}/${token}`, 'base64');
}

function replay({ result, error, warnings, annotations }: Outcome, ctx: RequestContext): AuthResult | undefined {
  if (error !== undefined) throw error;
  if (result === undefined) return undefined;
  if (annotations !== undefined && ctx.audit !== undefined) Object.assign(ctx.audit.annotations, annotations);
  if (warnings !== undefined) for (const warning of warnings) warn(ctx, warning);
  return result;
}
