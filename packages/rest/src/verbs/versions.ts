/** The resourceVersion that a read asks for (k8s.io/apiserver/pkg/storage). */
import { goQuote, StatusError } from '@apiserver-kit/machinery';

/** Undefined for none; 0 for any. Throws the sentence of Go's parser. */
export function parseResourceVersion(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d+$/.test(text))
    throw new ResourceVersionError(`resourceVersion: Invalid value: ${goQuote(text)}: strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`);
  const version = Number(text);
  if (version >= 2 ** 64)
    throw new ResourceVersionError(`resourceVersion: Invalid value: ${goQuote(text)}: strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
  return version;
}

/** A resourceVersion that is no number. The verbs say it in their own ways. */
export class ResourceVersionError extends Error {}

/** 504 for a version that the server has not reached, with the cause by which clients know to try again. */
export const tooLargeResourceVersion = (asked: number, current: number): StatusError =>
  new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  });

/** How long a read waits for a version that is still to come, in ms. */
const maxWaitMs = 3_000;

interface Waiting {
  readonly cacher: { readonly resourceVersion: number; reached(revision: number, signal?: AbortSignal): Promise<unknown> };
  readonly clock: { after(ms: number, run: () => void): () => void };
}

/** Waits until the cache has seen a version. @throws StatusError Timeout after three seconds. */
export async function waitForVersion(version: number, { cacher, clock }: Waiting): Promise<void> {
  const controller = new AbortController();
  const cancel = clock.after(maxWaitMs, () => controller.abort());
  try {
    await cacher.reached(version, controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw tooLargeResourceVersion(version, cacher.resourceVersion);
  } finally {
    cancel();
  }
}
