import { createHash } from 'node:crypto';
import type { GroupVersionKind } from '@apiserver-kit/machinery';

/** Discovery's `storageVersionHash` of objects that are stored in this version: tells clients whether two resources are stored alike. */
export const storageVersionHash = ({ group, version, kind }: GroupVersionKind): string =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
