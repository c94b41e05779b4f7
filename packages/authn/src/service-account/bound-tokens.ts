/** Tokens that expire, and that end with the objects they are bound to (pkg/serviceaccount/claims.go). */
import { type Clock, type KubeObject, notFound, systemClock } from '@apiserver-kit/machinery';
import type { TokenAuthenticator } from '../bearer.js';
import { leewaySeconds, type TimeFailure, timeFailure } from '../jwt/claims.js';
import { annotate, type SignedToken, signedTokens, type TokenUse } from './authenticator.js';
import { type KubernetesClaim, kubernetesClaim } from './claims.js';
import type { PublicKeys } from './keys.js';
import { type Found, isDeletedBefore, type TokenObjects } from './objects.js';
import type { ObjectRef } from './user.js';

export interface ServiceAccountTokensOptions {
  /** `--service-account-issuer`: tokens of any of them hold. */
  readonly issuers: readonly string[];
  readonly keys: PublicKeys;
  /** `--api-audiences`; the issuers, where there are none. */
  readonly audiences: readonly string[];
  readonly objects: TokenObjects;
  readonly clock?: Clock;
  /** Told what the reference counts. */
  readonly observe?: (use: TokenUse) => void;
}

const timeFailures: Record<TimeFailure, string> = {
  expired: 'service account token has expired',
  notYetValid: 'service account token is not valid yet',
  issuedInTheFuture: 'service account token is issued in the future',
};
const invalidated = 'service account token has been invalidated';

/** Knows service accounts by tokens of the TokenRequest API. Asks for the account, and for what the token is bound to, each time. */
export function serviceAccountTokens(options: ServiceAccountTokensOptions): TokenAuthenticator {
  const { issuers, keys, audiences, objects, clock = systemClock, observe } = options;
  return signedTokens({
    name: 'serviceAccount',
    issuers,
    keys,
    audiences,
    observe,
    async validate(token) {
      const nowMs = clock.now();
      const failure = timeFailure(token.registered, nowMs);
      if (failure !== undefined) throw new Error(timeFailures[failure]);
      const claim = kubernetesClaim(token.claims);
      const { namespace = '', serviceaccount: { name = '', uid = '' } = {}, pod, node } = claim;
      // Waiting for what is there already would cost each token a turn of the event queue.
      const found = objects.serviceAccount(namespace, name);
      judgeAccount(found instanceof Promise ? await found : found, namespace, name, uid, nowMs);
      if (isBound(claim)) await judgeBindings(claim, objects, nowMs);
      reportAge(token, claim, nowMs, observe);
      return { namespace, name, uid, pod, node, tokenId: token.registered.id };
    },
  });
}

/** What was deleted within the leeway may still be used, as tokens may after their end. */
const lastDeletion = (nowMs: number): number => nowMs - leewaySeconds * 1000;

function judgeAccount(account: KubeObject | undefined, namespace: string, name: string, uid: string, nowMs: number): void {
  if (account === undefined) throw notFound({ group: '', resource: 'serviceaccounts' }, name);
  const liveUid = account.metadata.uid ?? '';
  if (liveUid !== uid) throw new Error(`service account UID (${liveUid}) does not match claim (${uid})`);
  if (isDeletedBefore(account, lastDeletion(nowMs))) throw new Error(`service account ${namespace}/${name} has been deleted`);
}

const isBound = ({ secret, pod, node, validatingwebhookconfiguration, mutatingwebhookconfiguration }: KubernetesClaim): boolean =>
  (secret ?? pod ?? node ?? validatingwebhookconfiguration ?? mutatingwebhookconfiguration) !== undefined;

async function judgeBindings(claim: KubernetesClaim, objects: TokenObjects, nowMs: number): Promise<void> {
  const { namespace = '', secret, pod, node, validatingwebhookconfiguration, mutatingwebhookconfiguration } = claim;
  const judge = (kind: string, ref: ObjectRef, found: () => Found) => judgeBinding(kind, ref, found, nowMs);
  if (secret !== undefined) await judge('secret', secret, () => objects.secret(namespace, secret.name ?? ''));
  if (pod !== undefined) await judge('pod', pod, () => objects.pod(namespace, pod.name ?? ''));
  // The node of a pod's token says where the pod ran: the token does not depend on it.
  if (node !== undefined && pod === undefined) await judge('node', node, () => objects.node(node.name ?? ''));
  if (validatingwebhookconfiguration !== undefined || mutatingwebhookconfiguration !== undefined)
    throw new Error('feature gate "APIServerWebhookAuthenticationToken" is disabled, but token is webhook bound');
}

async function judgeBinding(kind: string, ref: ObjectRef, found: () => Found, nowMs: number): Promise<void> {
  let object: KubeObject | undefined;
  try {
    object = await found();
  } catch (error) {
    // Who cannot be asked cannot vouch: the token ends, as if the object were gone.
    throw new Error(invalidated, { cause: error });
  }
  if (object === undefined) throw new Error(invalidated);
  const uid = object.metadata.uid ?? '';
  if (uid !== (ref.uid ?? '')) throw new Error(`${kind} UID (${uid}) does not match service account ${kind} ref claim (${ref.uid ?? ''})`);
  if (isDeletedBefore(object, lastDeletion(nowMs))) throw new Error(invalidated);
}

/** Tells of tokens that were extended beyond what was asked for, once they are used beyond it. */
function reportAge({ ctx, registered }: SignedToken, { warnafter = 0 }: KubernetesClaim, nowMs: number, observe?: (use: TokenUse) => void): void {
  if (warnafter === 0) return;
  if (nowMs <= warnafter * 1000) {
    observe?.('serviceaccount_valid_tokens_total');
    return;
  }
  const seconds = Math.floor(nowMs / 1000) - warnafter;
  annotate(ctx, 'authentication.k8s.io/stale-token', `subject: ${registered.subject}, seconds after warning threshold: ${seconds}`);
  observe?.('serviceaccount_stale_tokens_total');
}
