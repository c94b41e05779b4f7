import type { KeyValue, ListOptions, ListResult } from '../storage.js';
import { type EtcdClient, type IKeyValue, revisionOf, ownValue } from './etcd-client.js';
import { rangeOf } from './range.js';

/** What one answer of etcd should not be much larger than. */
const pageBytes = 4 << 20;
const firstPage = 250;
const largestPage = 10_000;

export const entryOf = (kv: IKeyValue): KeyValue => ({
  key: kv.key.toString(),
  value: ownValue(kv),
  createRevision: Number(kv.create_revision),
  modRevision: revisionOf(kv),
});

/** How many entries of the size of these make a page. */
function pageOf(kvs: readonly KeyValue[]): number {
  let bytes = 1;
  for (const { key, value } of kvs) bytes += key.length + value.length;
  return Math.min(Math.max(Math.floor((pageBytes * kvs.length) / bytes), 1), largestPage);
}

/** Lists in pages, all of them as of one revision: etcd answers with one message, which must be made, sent and read as a whole. */
export async function listPages(client: EtcdClient, prefix: string, { revision, limit = 0, startKey }: ListOptions): Promise<ListResult> {
  const { key, range_end } = rangeOf(prefix, startKey);
  const found: KeyValue[] = [];
  let from = key;
  let at = revision || 0;
  for (let size = firstPage; ; ) {
    const wanted = limit > 0 ? Math.min(size, limit - found.length) : size;
    const { revision: read, kvs, count } = await client.range({ key: from, range_end, limit: wanted, revision: at });
    for (const kv of kvs) found.push(kv);
    // A read of the newest says of which revision it was.
    at ||= read;
    const remaining = count - kvs.length;
    const last = kvs.at(-1);
    if (!last || remaining <= 0 || found.length === limit) return { kvs: found, revision: at, remaining: Math.max(remaining, 0) };
    from = Buffer.from(`${last.key}\0`);
    size = pageOf(kvs);
  }
}
