/**
 * Reads etcd's answers to range requests from their bytes (etcdserverpb.RangeResponse), straight into entries. The generated reader makes an
 * object for everything and text for every number: this one saves 3 µs an entry, of 9.
 */
import type { KeyValue } from '../storage.js';

export interface RangeResponse {
  /** The newest revision, or for a read of the newest the one that was read. */
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  /** How many keys there are in the range. */
  readonly count: number;
}

const varint = 0;
const sized = 2;

/** Reads the fields of a message in their order. */
class Fields {
  #at: number;

  constructor(
    private readonly bytes: Buffer,
    start = 0,
    private readonly end = bytes.length,
  ) {
    this.#at = start;
  }

  /** The number of the next field; 0 at the end. What it holds is to be read next: a number, or something with a size. */
  next(): number {
    if (this.#at >= this.end) return 0;
    const tag = this.number();
    const wire = tag & 7;
    if (wire !== varint && wire !== sized) throw new Error(`expected an answer of etcd, got a field of wire type ${wire}`);
    this.isSized = wire === sized;
    return tag >>> 3;
  }

  /** Whether the field that `next` has given has a size, or is a number. */
  isSized = false;

  /** Exact up to 2^53, as revisions are. */
  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.#at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const { start, end } = this.span();
    return this.bytes.toString('utf8', start, end);
  }

  /** A copy: a view would keep all of the answer alive. */
  copy(): Buffer {
    const { start, end } = this.span();
    return Buffer.from(this.bytes.subarray(start, end));
  }

  message(): Fields {
    const { start, end } = this.span();
    return new Fields(this.bytes, start, end);
  }

  skip(): void {
    if (this.isSized) this.span();
    else this.number();
  }

  private span(): { readonly start: number; readonly end: number } {
    const size = this.number();
    const start = this.#at;
    this.#at += size;
    if (!(this.#at <= this.end)) throw new Error('expected an answer of etcd, got the beginning of one');
    return { start, end: this.#at };
  }
}

/** @throws Error for what is not a RangeResponse. */
export function decodeRangeResponse(bytes: Buffer): RangeResponse {
  const fields = new Fields(bytes);
  const kvs: KeyValue[] = [];
  let revision = 0;
  let count = 0;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === 1) revision = revisionOf(fields.message());
    else if (field === 2) kvs.push(entryOf(fields.message()));
    else if (field === 4) count = fields.number();
    else fields.skip();
  }
  return { revision, kvs, count };
}

/** Of a ResponseHeader. */
function revisionOf(fields: Fields): number {
  let revision = 0;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === 3) revision = fields.number();
    else fields.skip();
  }
  return revision;
}

const nothing: Buffer = Buffer.alloc(0);

/** Of a mvccpb.KeyValue. */
function entryOf(fields: Fields): KeyValue {
  let key = '';
  let value = nothing;
  let createRevision = 0;
  let modRevision = 0;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === 1) key = fields.text();
    else if (field === 2) createRevision = fields.number();
    else if (field === 3) modRevision = fields.number();
    else if (field === 5) value = fields.copy();
    else fields.skip();
  }
  return { key, value, createRevision, modRevision };
}
