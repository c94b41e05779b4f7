import type { Writable } from 'node:stream';

/** Bytes of one write. Larger ones hold the event loop while they are encrypted; smaller ones cost a pass through the stream each. */
const pieceBytes = 256 * 1024;

/**
 * A list of chunks as pieces: small chunks are copied together, large ones pass as they are. The pieces are made one at a time, so that a large
 * list is never in memory twice.
 */
export function* pieces(chunks: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
  let at = 0;
  while (at < chunks.length) {
    const first = at;
    let length = 0;
    do length += chunks[at++]!.length;
    while (at < chunks.length && length + chunks[at]!.length <= pieceBytes);
    if (at - first === 1) {
      yield* slices(chunks[first]!);
      continue;
    }
    const piece = Buffer.allocUnsafeSlow(length);
    for (let from = first, offset = 0; from < at; from++) {
      piece.set(chunks[from]!, offset);
      offset += chunks[from]!.length;
    }
    yield piece;
  }
}

function* slices(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
  if (chunk.length <= 2 * pieceBytes) {
    if (chunk.length > 0) yield chunk;
    return;
  }
  for (let from = 0; from < chunk.length; from += pieceBytes) yield chunk.subarray(from, from + pieceBytes);
}

/**
 * Writes pieces as fast as they leave, then ends the stream. A stream that is destroyed on the way is left alone: nothing more is made for it.
 * @param onEnd called once, when all of it has been handed on or the stream has gone.
 */
export function writePieces(out: Writable, from: Iterator<Uint8Array, void, undefined>, onEnd: () => void): void {
  const go = (): void => {
    for (;;) {
      if (out.destroyed) return;
      const { value, done } = from.next();
      if (done) {
        out.off('close', onEnd);
        out.end();
        onEnd();
        return;
      }
      if (!out.write(value)) {
        out.once('drain', go);
        return;
      }
    }
  };
  out.once('close', onEnd);
  go();
}

/** The bytes of all chunks. */
export function totalLength(chunks: readonly Uint8Array[]): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}
