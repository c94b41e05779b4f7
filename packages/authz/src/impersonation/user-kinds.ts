/** What a user's name says that the user is: a node, a service account, or neither. */
import { nameIsDNSLabel, nameIsDNSSubdomain } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';

const nodePrefix = 'system:node:';
const serviceAccountPrefix = 'system:serviceaccount:';
const nodeNameExtra = 'authentication.kubernetes.io/node-name';

/** The node in `system:node:NAME`; undefined when it is no node's name. */
export function nodeOfUsername(username: string): string | undefined {
  if (!username.startsWith(nodePrefix)) return undefined;
  const name = username.slice(nodePrefix.length);
  return nameIsDNSSubdomain(name).length === 0 ? name : undefined;
}

/** The service account in `system:serviceaccount:NAMESPACE:NAME`; undefined when it is none's name. */
export function serviceAccountOfUsername(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(serviceAccountPrefix)) return undefined;
  const [namespace = '', name = '', ...more] = username.slice(serviceAccountPrefix.length).split(':');
  if (more.length > 0 || nameIsDNSLabel(namespace).length > 0 || nameIsDNSSubdomain(name).length > 0) return undefined;
  return { namespace, name };
}

/** The groups that every service account of a namespace is in. */
export const serviceAccountGroups = (namespace: string): string[] => ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];

/** The node whose pod the token of a service account is bound to; undefined for others, and where there is not exactly one. */
export function nodeOfServiceAccount({ name, extra }: UserInfo): string | undefined {
  const nodes = extra?.[nodeNameExtra];
  return nodes?.length === 1 && serviceAccountOfUsername(name) !== undefined ? nodes[0] : undefined;
}
