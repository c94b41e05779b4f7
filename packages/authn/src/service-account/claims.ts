/** What service-account tokens claim (pkg/serviceaccount/claims.go). */
import { isRecord, type JsonObject, type KubeObject } from '@apiserver-kit/machinery';
import { type ObjectRef, serviceAccountUsername } from './user.js';

/** The claim `kubernetes.io` of bound tokens. */
export interface KubernetesClaim {
  readonly namespace?: string;
  readonly serviceaccount?: ObjectRef;
  readonly pod?: ObjectRef;
  readonly secret?: ObjectRef;
  readonly node?: ObjectRef;
  readonly validatingwebhookconfiguration?: ObjectRef;
  readonly mutatingwebhookconfiguration?: ObjectRef;
  /** Seconds since the epoch, after which use is told to auditors. */
  readonly warnafter?: number;
}

/** The claim of a verified token. What has another type than it should is missing. */
export function kubernetesClaim({ 'kubernetes.io': claim }: JsonObject): KubernetesClaim {
  if (!isRecord(claim)) return {};
  const ref = (name: string): ObjectRef | undefined => {
    const value = claim[name];
    return isRecord(value) ? { name: text(value.name), uid: text(value.uid) } : undefined;
  };
  return {
    namespace: text(claim.namespace),
    serviceaccount: ref('serviceaccount'),
    pod: ref('pod'),
    secret: ref('secret'),
    node: ref('node'),
    validatingwebhookconfiguration: ref('validatingwebhookconfiguration'),
    mutatingwebhookconfiguration: ref('mutatingwebhookconfiguration'),
    warnafter: typeof claim.warnafter === 'number' ? Math.trunc(claim.warnafter) : undefined,
  };
}

/** What a bound token is to say. */
export interface BoundTokenContents {
  readonly serviceAccount: KubeObject;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** With a node, that on which it runs. */
  readonly pod?: KubeObject;
  readonly secret?: KubeObject;
  readonly node?: KubeObject;
  /** Seconds after which use is told to auditors; 0 for never. */
  readonly warnAfterSeconds?: number;
  readonly nowMs: number;
  readonly tokenId: string;
}

/** The claims of a bound token, but for the issuer. @throws Error when it is bound to a secret and to something else. */
export function boundClaims(contents: BoundTokenContents): JsonObject {
  const { serviceAccount, audiences, expirationSeconds, pod, secret, node, warnAfterSeconds = 0, nowMs, tokenId } = contents;
  if (secret !== undefined && (node !== undefined || pod !== undefined)) throw new Error('internal error, token can only be bound to one object type');
  const now = Math.floor(nowMs / 1000);
  const { namespace = '', name = '' } = serviceAccount.metadata;
  return {
    ...(audiences.length > 0 && { aud: audiences }),
    exp: now + expirationSeconds,
    iat: now,
    ...(tokenId !== '' && { jti: tokenId }),
    'kubernetes.io': {
      namespace,
      ...(node && { node: refTo(node) }),
      ...(pod && { pod: refTo(pod) }),
      ...(secret && { secret: refTo(secret) }),
      serviceaccount: refTo(serviceAccount),
      ...(warnAfterSeconds !== 0 && { warnafter: now + warnAfterSeconds }),
    },
    nbf: now,
    sub: serviceAccountUsername(namespace, name),
  };
}

/** The claims of a token that lives in a secret, for ever. */
export const legacyClaims = (serviceAccount: KubeObject, secret: KubeObject): JsonObject => {
  const { namespace = '', name = '', uid = '' } = serviceAccount.metadata;
  return {
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': secret.metadata.name,
    'kubernetes.io/serviceaccount/service-account.name': name,
    'kubernetes.io/serviceaccount/service-account.uid': uid,
    sub: serviceAccountUsername(namespace, name),
  };
};

const refTo = ({ metadata: { name, uid } }: KubeObject): ObjectRef => ({ ...(name && { name }), ...(uid && { uid }) });
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
