/** Tokens that live in secrets and do not expire (pkg/serviceaccount/legacy.go). */
import { timingSafeEqual } from 'node:crypto';
import { type Clock, isRecord, type KubeObject, systemClock } from '@apiserver-kit/machinery';
import { type RequestContext, warn } from '@apiserver-kit/pipeline';
import type { TokenAuthenticator } from '../bearer.js';
import { annotate, type SignedToken, signedTokens, type TokenUse } from './authenticator.js';
import { legacyIssuer } from './issuer.js';
import type { PublicKeys } from './keys.js';
import { existing, type TokenObjects } from './objects.js';
import { type ServiceAccountInfo, splitServiceAccountUsername } from './user.js';

export interface LegacyTokensOptions {
  readonly keys: PublicKeys;
  /** `--api-audiences`. */
  readonly audiences: readonly string[];
  /** `--service-account-lookup`: asks for the secret and the account. Undefined: what is signed holds, for ever. */
  readonly objects: Pick<TokenObjects, 'serviceAccount' | 'secret'> | undefined;
  /** Sets labels of a secret, by which its last use is known; not waited for. */
  readonly labelSecret?: (secret: KubeObject, labels: Readonly<Record<string, string>>) => Promise<void> | void;
  readonly clock?: Clock;
  readonly observe?: (use: TokenUse) => void;
  readonly log?: (message: string, error: unknown) => void;
}

const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since';
const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';

/** Knows service accounts by the tokens of their secrets. */
export const legacyServiceAccountTokens = (options: LegacyTokensOptions): TokenAuthenticator =>
  signedTokens({
    name: 'legacyServiceAccount',
    issuers: [legacyIssuer],
    keys: options.keys,
    audiences: options.audiences,
    observe: options.observe,
    async validate(token) {
      const named = namesOf(token);
      const { objects } = options;
      if (objects !== undefined) await lookUp(token, named, objects, options);
      return named;
    },
  });

interface Named extends ServiceAccountInfo {
  readonly secretName: string;
}

function namesOf({ claims, registered }: SignedToken): Named {
  const claim = (key: string, name: string): string => {
    const value = claims[`kubernetes.io/serviceaccount/${key}`];
    if (typeof value !== 'string' || value === '') throw new Error(`${name} claim is missing`);
    return value;
  };
  if (registered.subject === '') throw new Error('sub claim is missing');
  const namespace = claim('namespace', 'namespace');
  const secretName = claim('secret.name', 'secretName');
  const name = claim('service-account.name', 'serviceAccountName');
  const uid = claim('service-account.uid', 'serviceAccountUID');
  const subject = splitServiceAccountUsername(registered.subject);
  if (subject?.namespace !== namespace || subject.name !== name) throw new Error('sub claim is invalid');
  return { namespace, name, uid, secretName };
}

async function lookUp(token: SignedToken, named: Named, objects: NonNullable<LegacyTokensOptions['objects']>, options: LegacyTokensOptions): Promise<void> {
  const { namespace, name, uid, secretName } = named;
  const secret = await secretOf(named, objects);
  if (!holdsToken(secret, token.token)) throw new Error("Token does not match server's copy");

  const account = await existing(objects.serviceAccount(namespace, name), 'serviceaccounts', name);
  if (account.metadata.deletionTimestamp) throw new Error(`ServiceAccount ${namespace}/${name} has been deleted`);
  const liveUid = account.metadata.uid ?? '';
  if (liveUid !== uid) throw new Error(`ServiceAccount UID (${liveUid}) does not match claim (${uid})`);

  if (secret.metadata.labels?.[invalidSinceLabel]) {
    annotate(token.ctx, 'authentication.k8s.io/legacy-token-invalidated', `${secretName}/${namespace}`);
    options.observe?.('serviceaccount_invalid_legacy_auto_token_uses_total');
    trackUse(secret, options);
    throw new Error(
      `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' label from the secret to temporarily allow use of this token`,
    );
  }
  tellOrigin(token.ctx, account, secretName, options);
  trackUse(secret, options);
}

async function secretOf({ namespace, secretName }: Named, objects: Pick<TokenObjects, 'secret'>): Promise<KubeObject> {
  let secret: KubeObject | undefined;
  try {
    secret = await objects.secret(namespace, secretName);
  } catch (error) {
    // Who cannot be asked cannot vouch: the token ends, as if the secret were gone.
    throw new Error('Token has been invalidated', { cause: error });
  }
  if (secret === undefined || secret.metadata.deletionTimestamp) throw new Error('Token has been invalidated');
  return secret;
}

/** How long this takes tells nothing of how much of the token is right. */
function holdsToken({ data }: KubeObject & { readonly data?: unknown }, token: string): boolean {
  const kept = Buffer.from(isRecord(data) && typeof data.token === 'string' ? data.token : '', 'base64');
  const shown = Buffer.from(token);
  return kept.length === shown.length && timingSafeEqual(kept, shown);
}

function tellOrigin(ctx: RequestContext, account: KubeObject & { readonly secrets?: unknown }, secretName: string, { observe }: LegacyTokensOptions): void {
  const listed = Array.isArray(account.secrets) && account.secrets.some((ref) => isRecord(ref) && ref.name === secretName);
  if (!listed) {
    annotate(ctx, 'authentication.k8s.io/legacy-token-manual-secret', secretName);
    observe?.('serviceaccount_legacy_manual_token_uses_total');
    return;
  }
  warn(ctx, 'Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.');
  annotate(ctx, 'authentication.k8s.io/legacy-token-autogenerated-secret', secretName);
  observe?.('serviceaccount_legacy_auto_token_uses_total');
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Once a day. A label of tomorrow is of a server whose clock is ahead. */
function trackUse(secret: KubeObject, { labelSecret, clock = systemClock, log }: LegacyTokensOptions): void {
  if (labelSecret === undefined) return;
  const today = dayOf(clock.now());
  const last = secret.metadata.labels?.[lastUsedLabel];
  if (last === today || last === dayOf(clock.now() + 86_400_000)) return;
  Promise.resolve()
    .then(() => labelSecret(secret, { [lastUsedLabel]: today }))
    .catch((error: unknown) =>
      log?.(`Failed to label legacy service account token ${secret.metadata.name}/${secret.metadata.namespace} with last-used date`, error),
    );
}
