/** Compresses large answers for clients that ask for it, as the reference does (endpoints/handlers/responsewriters). */
import type { ResponseHeaders } from '@apiserver-kit/pipeline';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { pieces } from './write-chunks.js';

/** Bodies up to this size go as they are. */
export const compressionThreshold = 128 * 1024;
/** The least work, and yet most of the gain. */
const level = 1;
/** What the reference's serializers write; other handlers compress for themselves, or not. */
const compressible = /^application\/(?:json|yaml|cbor|apply-patch\+yaml|vnd\.kubernetes\.protobuf)(?:;|$)/;

/** Whether the client takes gzip. A weight (`gzip;q=1`) is not understood, as in the reference. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined || !acceptEncoding.includes('gzip')) return false;
  return acceptEncoding.split(',').some((token) => token.trim() === 'gzip');
}

/** Whether this answer is one to compress. */
export function isCompressible(acceptEncoding: string | undefined, headers: ResponseHeaders, length: number): boolean {
  if (length <= compressionThreshold || !acceptsGzip(acceptEncoding)) return false;
  const type = headers['content-type'];
  return typeof type === 'string' && compressible.test(type) && headers['content-encoding'] === undefined;
}

/** The headers of the compressed answer. */
export function compressedHeaders(headers: ResponseHeaders): ResponseHeaders {
  const { vary } = headers;
  const varies = vary === undefined ? 'Accept-Encoding' : [...(typeof vary === 'string' ? [vary] : vary), 'Accept-Encoding'];
  return { ...headers, 'content-encoding': 'gzip', vary: varies };
}

/**
 * Compresses chunks into a stream and ends it. The work is done on zlib's threads, piece by piece, and no faster than the client reads.
 * @param onEnd called once, when the stream has been ended or has gone.
 */
export function writeCompressed(out: Writable, chunks: readonly Uint8Array[], onEnd: (error?: Error) => void): void {
  const gzip = createGzip({ level, chunkSize: 64 * 1024 });
  const from = pieces(chunks);
  let isDone = false;
  const finish = (error?: Error): void => {
    if (isDone) return;
    isDone = true;
    out.off('close', gone);
    gzip.destroy();
    onEnd(error);
  };
  const gone = (): void => finish();
  out.once('close', gone);
  gzip.on('error', finish);
  gzip.on('data', (chunk: Buffer) => {
    if (out.destroyed || out.write(chunk)) return;
    gzip.pause();
    out.once('drain', () => gzip.resume());
  });
  gzip.on('end', () => {
    out.end();
    finish();
  });
  const feed = (): void => {
    for (;;) {
      if (isDone) return;
      const { value, done } = from.next();
      if (done) {
        gzip.end();
        return;
      }
      if (!gzip.write(value)) {
        gzip.once('drain', feed);
        return;
      }
    }
  };
  feed();
}
