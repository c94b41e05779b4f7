/** Service accounts as users (k8s.io/apiserver/pkg/authentication/serviceaccount). */
import { nameIsDNSLabel, nameIsDNSSubdomain } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import { credentialIdKey } from '../x509/subject-user.js';

const prefix = 'system:serviceaccount:';
export const allServiceAccounts = 'system:serviceaccounts';

/** `system:serviceaccount:NAMESPACE:NAME`. */
export const serviceAccountUsername = (namespace: string, name: string): string => `${prefix}${namespace}:${name}`;

/** The namespace and name in the user's name; undefined when it is no service account's. */
export function splitServiceAccountUsername(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(prefix)) return undefined;
  const [namespace, name, ...more] = username.slice(prefix.length).split(':');
  if (namespace === undefined || name === undefined || more.length > 0) return undefined;
  return nameIsDNSLabel(namespace).length === 0 && nameIsDNSSubdomain(name).length === 0 ? { namespace, name } : undefined;
}

/** An object that a token is bound to, or was issued with. */
export interface ObjectRef {
  readonly name?: string;
  readonly uid?: string;
}

/** What a token says of a service account. */
export interface ServiceAccountInfo {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pod?: ObjectRef;
  readonly node?: ObjectRef;
  /** The token's own id. */
  readonly tokenId?: string;
}

/** The name of a token in audit logs and in a user's extra. Empty without an id. */
export const credentialId = (tokenId: string): string => (tokenId === '' ? '' : `JTI=${tokenId}`);

/** A service account as a user, with the objects that its token is bound to as extra. */
export function serviceAccountUser({ namespace, name, uid, pod, node, tokenId = '' }: ServiceAccountInfo): UserInfo {
  const extra: Record<string, readonly string[]> = {};
  const add = (key: string, value: string): void => {
    extra[key] = [value];
  };
  if (pod?.name && pod.uid) {
    add('authentication.kubernetes.io/pod-name', pod.name);
    add('authentication.kubernetes.io/pod-uid', pod.uid);
  }
  if (tokenId !== '') add(credentialIdKey, credentialId(tokenId));
  if (node?.name) {
    add('authentication.kubernetes.io/node-name', node.name);
    if (node.uid) add('authentication.kubernetes.io/node-uid', node.uid);
  }
  return {
    name: serviceAccountUsername(namespace, name),
    uid,
    groups: [allServiceAccounts, `${allServiceAccounts}:${namespace}`],
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}
