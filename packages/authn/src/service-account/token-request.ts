/** The subresource `token` of service accounts (pkg/registry/core/serviceaccount/storage/token.go). */
import {
  badRequest,
  type Clock,
  conflict,
  goQuote,
  internalError,
  invalid,
  invalidValue,
  isReason,
  type KubeObject,
  systemClock,
  timestamp,
} from '@apiserver-kit/machinery';
import { boundClaims } from './claims.js';
import type { TokenIssuer } from './issuer.js';
import type { TokenObjects } from './objects.js';
import { existing } from './objects.js';
import { type BoundObjectReference, isWebhookReference, type TokenRequestSpec, validateTokenRequest } from './token-request-validation.js';
import { credentialId } from './user.js';

const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' };

/** Projected volumes ask for this many seconds: such a token may live longer, and says so when it does. */
const extendedExpirationSeconds = 60 * 60 + 7;
const defaultExpirationSeconds = 60 * 60;

export interface TokenRequestOptions {
  readonly issuer: TokenIssuer;
  /** `--api-audiences`: for requests that ask for none. */
  readonly audiences: readonly string[];
  readonly objects: TokenObjects;
  /** `--service-account-max-token-expiration`; 0 for none. */
  readonly maxExpirationSeconds?: number;
  /** `--service-account-extend-token-expiration`. Default true. */
  readonly extendExpiration?: boolean;
  /** How long extended tokens live. Default one year. */
  readonly maxExtendedExpirationSeconds?: number;
  readonly clock?: Clock;
  /** Names the token. */
  readonly uuid: () => string;
}

/** The request, and what it may do besides being answered. */
export interface TokenRequestCall {
  readonly namespace: string;
  /** The service account's. */
  readonly name: string;
  /** Admission's last word on the request. */
  readonly admit?: (request: KubeObject) => void | Promise<void>;
  readonly warn?: (text: string) => void;
  readonly annotate?: (key: string, value: string) => void;
}

type TokenRequest = KubeObject & { spec?: TokenRequestSpec };

/**
 * Issues a token for a service account. The request is not changed.
 * @returns it with its status: the token, and when it ends.
 * @throws StatusError NotFound without the account or the object to bind to; Invalid, BadRequest or Conflict for what cannot be.
 */
export async function tokenRequest(asked: TokenRequest, call: TokenRequestCall, options: TokenRequestOptions): Promise<KubeObject> {
  const { clock = systemClock, issuer, uuid } = options;
  judgePlace(asked, call);
  const account = await existing(options.objects.serviceAccount(call.namespace, call.name), 'serviceaccounts', call.name);
  const { uid = '' } = asked.metadata ?? {};
  if (uid !== '' && uid !== account.metadata.uid)
    throw conflict(
      { group: kind.group, resource: kind.kind },
      call.name,
      `the UID in the token request (${uid}) does not match the UID of the service account (${account.metadata.uid ?? ''})`,
    );
  const nowMs = clock.now();
  const request = completed(asked, account, options.audiences, nowMs);
  const errors = validateTokenRequest(request.spec);
  if (errors.length > 0) throw invalid(kind, '', errors);
  await call.admit?.(structuredClone(request));

  const bound = await boundObjects(request.spec.boundObjectRef ?? undefined, call, options.objects);
  const expirationSeconds = shortened(Number(request.spec.expirationSeconds), call, options);
  const isExtended =
    options.extendExpiration !== false &&
    bound.pod !== undefined &&
    expirationSeconds === extendedExpirationSeconds &&
    request.spec.audiences.every((audience) => options.audiences.includes(audience));
  const tokenId = uuid();
  const claims = boundClaims({
    serviceAccount: account,
    audiences: request.spec.audiences,
    expirationSeconds: isExtended ? (options.maxExtendedExpirationSeconds ?? 365 * 24 * 60 * 60) : expirationSeconds,
    warnAfterSeconds: isExtended ? expirationSeconds : 0,
    ...bound,
    nowMs,
    tokenId,
  });
  const token = await issuer.issue(claims).catch((error: Error) => {
    throw internalError(`failed to generate token: ${error.message}`);
  });
  call.annotate?.('authentication.kubernetes.io/issued-credential-id', credentialId(tokenId));
  const status = { token, expirationTimestamp: timestamp(nowMs + expirationSeconds * 1000) };
  return { ...request, spec: { ...request.spec, expirationSeconds }, status } as KubeObject;
}

function judgePlace({ metadata = {} }: TokenRequest, { namespace, name }: TokenRequestCall): void {
  const refuse = (field: string, value: string, what: string) =>
    invalid(kind, name, [invalidValue(`metadata.${field}`, value, `must match the service account ${what} if specified`)]);
  if (namespace === '') throw badRequest('namespace is required');
  if (metadata.name && metadata.name !== name) throw refuse('name', metadata.name, 'name');
  if (metadata.namespace && metadata.namespace !== namespace) throw refuse('namespace', metadata.namespace, 'namespace');
}

type Completed = TokenRequest & { spec: TokenRequestSpec & { audiences: readonly string[]; expirationSeconds: number | bigint } };

function completed(
  { kind: of, apiVersion, metadata = {}, spec = {} }: TokenRequest,
  { metadata: account }: KubeObject,
  audiences: readonly string[],
  nowMs: number,
): Completed {
  return {
    kind: of,
    apiVersion,
    metadata: { ...metadata, name: account.name, namespace: account.namespace, uid: account.uid, creationTimestamp: timestamp(nowMs) },
    spec: {
      ...spec,
      audiences: spec.audiences?.length ? spec.audiences : audiences,
      expirationSeconds: spec.expirationSeconds ?? defaultExpirationSeconds,
      boundObjectRef: spec.boundObjectRef ?? null,
    },
  };
}

function shortened(seconds: number, { warn }: TokenRequestCall, { maxExpirationSeconds = 0 }: TokenRequestOptions): number {
  if (maxExpirationSeconds <= 0 || seconds <= maxExpirationSeconds) return seconds;
  warn?.(`requested expiration of ${seconds} seconds shortened to ${maxExpirationSeconds} seconds`);
  return maxExpirationSeconds;
}

interface Bound {
  readonly pod?: KubeObject;
  readonly node?: KubeObject;
  readonly secret?: KubeObject;
}

async function boundObjects(ref: BoundObjectReference | undefined, { namespace, name }: TokenRequestCall, objects: TokenObjects): Promise<Bound> {
  if (ref === undefined) return {};
  const { group, version } = groupVersionOf(ref.apiVersion ?? '');
  const target = ref.name ?? '';
  const of = `${group}/${version}, Kind=${ref.kind ?? ''}`;
  const bindings: Readonly<Record<string, () => Promise<Bound>>> = {
    Pod: async () => bindPod(await existing(objects.pod(namespace, target), 'pods', target), name, objects),
    Node: async () => ({ node: await existing(objects.node(target), 'nodes', target) }),
    Secret: async () => ({ secret: await existing(objects.secret(namespace, target), 'secrets', target) }),
  };
  const bind = group === '' && Object.hasOwn(bindings, ref.kind ?? '') ? bindings[ref.kind!] : undefined;
  if (bind === undefined) {
    const gate = isWebhookReference(ref) ? ' (feature gate APIServerWebhookAuthenticationToken is disabled)' : '';
    throw badRequest(`cannot bind token to object of type ${of}${gate}`);
  }
  const bound = await bind();
  const uid = (bound.pod ?? bound.secret ?? bound.node)?.metadata.uid;
  if (ref.uid && ref.uid !== uid)
    throw conflict(
      { group, resource: ref.kind ?? '' },
      target,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  return bound;
}

async function bindPod(
  pod: KubeObject & { spec?: { serviceAccountName?: string; nodeName?: string } },
  account: string,
  objects: TokenObjects,
): Promise<Bound> {
  if (pod.spec?.serviceAccountName !== account)
    throw badRequest(`cannot bind token for serviceaccount ${goQuote(account)} to pod running with different serviceaccount name.`);
  const { nodeName } = pod.spec;
  return nodeName ? { pod, node: await nodeOfPod(nodeName, objects) } : { pod };
}

/** A node that does not exist is still named: the token says where the pod runs. */
async function nodeOfPod(name: string, objects: TokenObjects): Promise<KubeObject> {
  try {
    return await existing(objects.node(name), 'nodes', name);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw internalError(`${(error as Error).message}`);
    return { apiVersion: 'v1', kind: 'Node', metadata: { name } };
  }
}

function groupVersionOf(apiVersion: string): { group: string; version: string } {
  const [first = '', second, ...more] = apiVersion.split('/');
  if (more.length > 0) return { group: '', version: '' };
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}
