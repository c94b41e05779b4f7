import type { Clock } from '@apiserver-kit/machinery';
import type { EtcdClient } from './etcd-client.js';

/** As the reference: a lease is shared by the writes of a twentieth of its time, at most of a minute, and by at most a thousand. */
const sharedPart = 0.05;
const longestSharedSeconds = 60;
const mostKeys = 1000;

/**
 * Leases for keys that go by themselves. Leases are dear to etcd, so writes with about the same time to live share one: keys live as long as
 * asked for, or up to a twentieth longer (apiserver/pkg/storage/etcd3/lease_manager.go).
 */
export class Leases {
  #last: { readonly id: string; readonly endsAtMs: number; keys: number } | undefined = undefined;
  #granting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: EtcdClient,
    private readonly clock: Clock,
  ) {}

  /** The id of a lease that lasts at least so long. Asked for one after the other, so that many writes at once share one too. */
  get(ttlSeconds: number): Promise<string> {
    const lease = this.#granting.then(() => this.#get(ttlSeconds));
    this.#granting = lease.catch(() => {});
    return lease;
  }

  /** The last lease is not there any more, whatever the clock says. */
  forget(id: string): void {
    if (this.#last?.id === id) this.#last = undefined;
  }

  async #get(ttlSeconds: number): Promise<string> {
    const shared = Math.min(Math.floor(ttlSeconds * sharedPart), longestSharedSeconds);
    const nowMs = this.clock.now();
    const last = this.#last;
    const lasts = last && nowMs + ttlSeconds * 1000 < last.endsAtMs && nowMs + (ttlSeconds + shared) * 1000 > last.endsAtMs;
    if (lasts && last.keys < mostKeys) {
      last.keys++;
      return last.id;
    }
    const granted = Math.ceil(ttlSeconds) + shared;
    const { ID: id } = await this.client.grantLease({ TTL: granted });
    this.#last = { id, endsAtMs: nowMs + granted * 1000, keys: 1 };
    return id;
  }
}
