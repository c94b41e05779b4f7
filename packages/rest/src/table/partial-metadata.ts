/** metav1.PartialObjectMetadata: any object, without all but its metadata (KEP-2334). */
import { isRecord, type KubeObject, type ListMeta, stringifyJson } from '@apiserver-kit/machinery';
import type { Entry } from '@apiserver-kit/watch-cache';
import type { ObjectCodec } from '../served-resource.js';

export type MetaVersion = 'v1' | 'v1beta1';

/** The metadata of an object, as an object. */
export const partialObjectMetadata = ({ metadata }: KubeObject, version: MetaVersion): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
});

/** The bytes of it, printed once per entry. */
export const partialMetadataBytes = (entry: Entry, codec: ObjectCodec, version: MetaVersion): Buffer =>
  entry.derived(`PartialObjectMetadata/${version}/${codec.id}`, () => Buffer.from(stringifyJson(partialObjectMetadata(codec.object(entry), version))));

/** The metadata of a list: members that are empty are left out. */
export function listMetaText({ resourceVersion, continue: token, remainingItemCount }: ListMeta): string {
  const meta: ListMeta = {};
  if (resourceVersion) meta.resourceVersion = resourceVersion;
  if (token) meta.continue = token;
  if (remainingItemCount !== undefined) meta.remainingItemCount = remainingItemCount;
  return stringifyJson(meta);
}

/** Whether an object is a Status, which has no metadata to show. */
export const isStatus = (object: unknown): boolean => isRecord(object) && object.kind === 'Status';
