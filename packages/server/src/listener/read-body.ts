import { badRequest, requestEntityTooLarge } from '@apiserver-kit/machinery';
import type { Readable } from 'node:stream';

const empty = new Uint8Array(0);
const tooLarge = (limit: number): Error => requestEntityTooLarge(`limit is ${limit}`);

/** The body of a request that has none. */
export const noBody: Promise<Uint8Array> = Promise.resolve(empty);

/**
 * Reads a request's body to its end.
 * @param limit in bytes; 0 or less for none.
 * @param contentLength the header, if there is one: a body that says it is too large is refused unread.
 * @throws StatusError RequestEntityTooLarge beyond the limit; BadRequest when the client stops in the middle.
 */
export function readBody(source: Readable, limit: number, contentLength: string | undefined): Promise<Uint8Array> {
  if (limit > 0 && contentLength !== undefined && Number(contentLength) > limit) return Promise.reject(tooLarge(limit));
  if (source.destroyed) return Promise.reject(badRequest('unexpected EOF'));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (): void => {
      source.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (limit > 0 && length > limit) {
        stop();
        // The rest is read and dropped, so that the client comes to reading its answer.
        source.resume();
        reject(tooLarge(limit));
        return;
      }
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      stop();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
    };
    const onClose = (): void => {
      stop();
      reject(badRequest('unexpected EOF'));
    };
    source.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}
