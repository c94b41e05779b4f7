/** The live objects that tokens are measured against. */
import { type KubeObject, notFound } from '@apiserver-kit/machinery';

/** What a getter answers; undefined where there is no such object. */
export type Found = KubeObject | undefined | Promise<KubeObject | undefined>;

/** Gets the objects that tokens are bound to: from a cache, and from the store where the cache has none. */
export interface TokenObjects {
  serviceAccount(namespace: string, name: string): Found;
  secret(namespace: string, name: string): Found;
  pod(namespace: string, name: string): Found;
  node(name: string): Found;
}

/** The object, or the failure of which the reference's client tells. @throws StatusError NotFound. */
export async function existing(found: Found, resource: string, name: string): Promise<KubeObject> {
  const object = await found;
  if (object === undefined) throw notFound({ group: '', resource }, name);
  return object;
}

/** Whether it was deleted before that time; what waits for its finalizers was. */
export function isDeletedBefore({ metadata: { deletionTimestamp } }: KubeObject, ms: number): boolean {
  return typeof deletionTimestamp === 'string' && Date.parse(deletionTimestamp) < ms;
}
