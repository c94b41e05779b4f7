/** DELETE of a collection: each object that is selected, by the rules of a single deletion. */
import { isReason, type ListMeta } from '@apiserver-kit/machinery';
import { type ApiResponse, warn } from '@apiserver-kit/pipeline';
import { representationFor, type Target } from '../environment.js';
import { deleteObject } from './delete-object.js';
import { read } from './list.js';
import { respondList } from './print-list.js';
import { listOptionsOf, selectionOf } from './selection.js';
import { deleteOptionsOf } from './write-options.js';

/** So many deletions are under way at once: enough to fill a group commit of the storage. */
const concurrency = 16;

/** Answers with the list of what was there. */
export async function deleteCollection(target: Target): Promise<ApiResponse> {
  const representation = representationFor(target.ctx, target.environment, target.resource);
  const listOptions = listOptionsOf(target);
  const selection = selectionOf(target, listOptions);
  const options = await deleteOptionsOf(target);
  for (const text of target.resource.strategy.deletionWarnings?.(options) ?? []) warn(target.ctx, text);
  const { entries, resourceVersion } = await read(target, listOptions, selection);
  const waiting = entries.values();
  const work = async (): Promise<void> => {
    for (const { namespace, name } of waiting) {
      if (target.ctx.signal.aborted) return;
      try {
        await deleteObject({ ...target, namespace, name }, options);
      } catch (error) {
        // Somebody else was faster: it is gone, which is what was asked for.
        if (!isReason(error, 'NotFound')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, entries.length) }, work));
  const meta: ListMeta = { resourceVersion: String(resourceVersion) };
  return respondList(target, entries, meta, representation);
}
