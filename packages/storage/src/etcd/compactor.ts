import type { Clock } from '@apiserver-kit/machinery';
import type { EtcdClient } from './etcd-client.js';

/** Where the replicas of a server, ours and Go's, agree on who compacts. */
export const compactRevisionKey = 'compact_rev_key';

const key = Buffer.from(compactRevisionKey);

/** Which compaction a replica believes to be the last, and the revision that was the newest then: what the next one compacts to. */
export interface CompactionState {
  readonly version: number;
  readonly revision: number;
}

/**
 * One round of the reference's protocol (apiserver/pkg/storage/etcd3/compact.go). The version of a key counts the compactions; a replica may
 * compact if nobody has since its own last round, and then to the revision that was the newest in that round. So there is one compaction per
 * interval however many replicas there are, each forgets what is older than one interval, and when one dies another takes over.
 *
 * @returns the state for the next round, and what was compacted: 0 for nothing, which is also so in the first round of all.
 */
export async function compactOnce(client: EtcdClient, { version, revision }: CompactionState): Promise<CompactionState & { readonly compacted: number }> {
  const { header, succeeded, responses } = await client.txn({
    compare: [{ key, target: 'Version', result: 'Equal', version }],
    success: [{ request_put: { key, value: Buffer.from(String(revision)) } }],
    failure: [{ request_range: { key } }],
  });
  const newest = Number(header.revision);
  if (!succeeded) {
    const found = responses[0]!.response_range.kvs[0];
    return { version: Number(found?.version ?? 0), revision: newest, compacted: revisionIn(found?.value) };
  }
  if (revision > 0) await client.compact({ revision });
  return { version: version + 1, revision: newest, compacted: revision };
}

/** The revision that the key's value says; 0 for none, and for what is no number. */
export function revisionIn(value: Uint8Array | undefined): number {
  const revision = Number(Buffer.from(value ?? []).toString());
  return Number.isSafeInteger(revision) && revision > 0 ? revision : 0;
}

export interface CompactorSink {
  onCompacted(revision: number): void;
  onFailed(error: Error): void;
}

/** Takes part in the compaction of an etcd, a round per interval. The answer ends it. */
export function runCompactor(client: EtcdClient, intervalMs: number, clock: Clock, sink: CompactorSink): () => void {
  let state: CompactionState = { version: 0, revision: 0 };
  let isOpen = true;
  let cancel = (): void => {};
  const round = async (): Promise<void> => {
    try {
      const { compacted, ...next } = await compactOnce(client, state);
      state = next;
      if (compacted > 0) sink.onCompacted(compacted);
    } catch (error) {
      if (isOpen) sink.onFailed(error as Error);
    }
    wait();
  };
  const wait = (): void => {
    if (isOpen) cancel = clock.after(intervalMs, () => void round());
  };
  wait();
  return () => {
    isOpen = false;
    cancel();
  };
}
