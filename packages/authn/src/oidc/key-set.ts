/** The keys of an issuer, fetched when they are needed and kept while they are fresh (go-oidc's remote key set). */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { HttpAnswer, HttpClient } from '@apiserver-kit/client';
import { type Clock, isRecord, type JsonObject } from '@apiserver-kit/machinery';
import { type UnverifiedJwt, verifiedClaims } from '../jwt/compact.js';

interface Key {
  readonly id: string;
  readonly key: KeyObject;
}

/** Keys that are fresh for less than this are as good as stale. */
const almostStaleMs = 30_000;
/** Tokens with keys that nobody knows make us ask the issuer: not more often than this, however many come. */
const minFetchIntervalMs = 1000;

export interface KeySetOptions {
  readonly url: string;
  readonly client: HttpClient;
  readonly clock: Clock;
  /** Told of each fetch, for metrics. */
  readonly observe?: (outcome: 'success' | 'failure') => void;
}

/** Verifies tokens with the keys of an issuer. */
export class KeySet {
  readonly #options: KeySetOptions;
  #keys: readonly Key[] = [];
  #freshUntil = Number.NEGATIVE_INFINITY;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #flight: Promise<void> | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /**
   * The claims of a token that one of the keys has signed. Keys that are not known are asked for, once for all who wait.
   * @throws Error when none has.
   */
  async verify(token: string, jwt: UnverifiedJwt, algorithms: readonly string[]): Promise<JsonObject> {
    const claims = await this.#tryKeys(token, jwt, algorithms);
    if (claims !== undefined) return claims;
    const failure = 'failed to verify id token signature';
    if (this.#options.clock.now() + almostStaleMs <= this.#freshUntil) throw new Error(failure);
    try {
      await (this.#flight ??= this.#fetch().finally(() => {
        this.#flight = undefined;
      }));
    } catch (error) {
      throw new Error(`fetching keys ${(error as Error).message}`, { cause: error });
    }
    const renewed = await this.#tryKeys(token, jwt, algorithms);
    if (renewed === undefined) throw new Error(failure);
    return renewed;
  }

  async #tryKeys(token: string, jwt: UnverifiedJwt, algorithms: readonly string[]): Promise<JsonObject | undefined> {
    for (const { id, key } of this.#keys) {
      if (jwt.kid !== '' && id !== jwt.kid) continue;
      try {
        return await verifiedClaims(token, jwt, key, algorithms);
      } catch {
        // Another key may have signed it; that none has is said at the end.
      }
    }
    return undefined;
  }

  async #fetch(): Promise<void> {
    const { url, client, clock, observe } = this.#options;
    await this.#interval();
    this.#fetchedAt = clock.now();
    try {
      const answer = await client.request({ method: 'GET', url });
      if (answer.status !== 200) throw new Error(`oidc: get keys failed: ${answer.statusLine}`);
      this.#keys = readKeys(answer);
      this.#freshUntil = freshUntil(answer, clock.now());
    } catch (error) {
      observe?.('failure');
      throw error;
    }
    observe?.('success');
  }

  #interval(): Promise<void> {
    const { clock } = this.#options;
    const ms = this.#fetchedAt + minFetchIntervalMs - clock.now();
    return new Promise((resolve) => {
      if (ms > 0) clock.after(ms, resolve);
      else resolve();
    });
  }
}

function readKeys({ body }: HttpAnswer): Key[] {
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Error('oidc: failed to decode keys: the document is no JSON', { cause: error });
  }
  if (!isRecord(document) || !Array.isArray(document.keys)) throw new Error('oidc: failed to decode keys: the document has no keys');
  return document.keys.flatMap(readKey);
}

/** Of a kind that nobody here can use, a key is none (RFC 7517, section 5). */
function readKey(jwk: unknown): Key[] {
  if (!isRecord(jwk) || (jwk.kty !== 'RSA' && jwk.kty !== 'EC')) return [];
  try {
    return [{ id: typeof jwk.kid === 'string' ? jwk.kid : '', key: createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }) }];
  } catch {
    // One key that cannot be read must not lock out the tokens of the others.
    return [];
  }
}

type JsonWebKey = import('node:crypto').JsonWebKey;

/** Until when an answer may be kept, by its headers. Without any, it is stale at once. */
function freshUntil({ headers }: HttpAnswer, nowMs: number): number {
  const cacheControl = headers['cache-control'] ?? '';
  const seconds = /\bs-maxage=(\d+)/i.exec(cacheControl)?.[1] ?? /\bmax-age=(\d+)/i.exec(cacheControl)?.[1];
  if (seconds !== undefined) return nowMs + Number(seconds) * 1000;
  const expires = Date.parse(headers.expires ?? '');
  return Number.isNaN(expires) ? nowMs : Math.max(nowMs, expires);
}
