/** Tokens by which nodes join a cluster, kept in secrets (plugin/pkg/auth/authenticator/token/bootstrap). */
import { hash, timingSafeEqual } from 'node:crypto';
import { type Clock, goQuote, isRecord, type KubeObject, systemClock } from '@apiserver-kit/machinery';
import { chain } from '@apiserver-kit/pipeline';
import type { AuthResult } from '../authenticator.js';
import type { TokenAuthenticator } from '../bearer.js';

export interface BootstrapTokensOptions {
  readonly clock?: Clock;
  /** Told why a secret that bears a token's name does not hold. The token is not in it. */
  readonly log?: (message: string) => void;
}

/** Gets a secret of the namespace `kube-system`; undefined where there is none. */
export type SecretGetter = (name: string) => KubeObject | undefined | Promise<KubeObject | undefined>;

const secretType = 'bootstrap.kubernetes.io/token';
const namePrefix = 'bootstrap-token-';
const userPrefix = 'system:bootstrap:';
const defaultGroup = 'system:bootstrappers';
const tokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const groupPattern = '\\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\\z';

/** Knows `system:bootstrap:ID` by tokens `ID.SECRET`. Whatever does not hold is unknown: somebody else may know it. */
export function bootstrapTokens(getSecret: SecretGetter, { clock = systemClock, log }: BootstrapTokensOptions = {}): TokenAuthenticator {
  return {
    name: 'bootstrapToken',
    authenticateToken(token) {
      const [, id, secret] = tokenForm.exec(token) ?? [];
      if (id === undefined || secret === undefined) return undefined;
      return chain(getSecret(`${namePrefix}${id}`), (found) => {
        if (found === undefined) {
          log?.(`No secret of name ${namePrefix}${id} to match bootstrap bearer token`);
          return undefined;
        }
        const judged = judge(found, id, secret, clock.now());
        if (typeof judged !== 'string') return judged;
        log?.(`Bootstrap secret ${found.metadata.namespace ?? ''}/${found.metadata.name ?? ''} matching bearer token ${judged}`);
        return undefined;
      });
    },
  };
}

/** The user, or what is wrong with the secret. */
function judge(secret: KubeObject & { readonly type?: unknown; readonly data?: unknown }, id: string, tokenSecret: string, nowMs: number): AuthResult | string {
  if (secret.metadata.deletionTimestamp) return 'is deleted and awaiting removal';
  if (secret.type !== secretType || !isRecord(secret.data)) return `has invalid type, expected ${secretType}.`;
  const { data } = secret;
  const value = (key: string): string => {
    const encoded = data[key];
    return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : '';
  };
  if (!isSame(value('token-secret'), tokenSecret)) return 'has invalid value for key token-secret.';
  if (value('token-id') !== id) return 'has invalid value for key token-id.';
  if (isExpired(value('expiration'), nowMs)) return 'has expired.';
  if (value('usage-bootstrap-authentication') !== 'true') return 'not marked usage-bootstrap-authentication=true.';
  const groups = groupsOf(value('auth-extra-groups'));
  if (typeof groups === 'string') return `has invalid value for key auth-extra-groups: ${groups}.`;
  return { user: { name: `${userPrefix}${id}`, groups } };
}

/** Of digests: how long it takes tells nothing of the texts, nor of their lengths. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** A time that cannot be read has passed. */
function isExpired(expiration: string, nowMs: number): boolean {
  if (expiration === '') return false;
  const time = rfc3339.test(expiration) ? Date.parse(expiration.replace(',', '.')) : Number.NaN;
  return !(time > nowMs);
}

/** The groups, sorted, or what is wrong with them. */
function groupsOf(extra: string): string[] | string {
  const named = extra === '' ? [] : extra.split(',');
  const wrong = named.find((group) => !groupForm.test(group));
  if (wrong !== undefined) return `bootstrap group ${goQuote(wrong)} is invalid (must match ${groupPattern})`;
  return [...new Set([defaultGroup, ...named])].sort();
}
