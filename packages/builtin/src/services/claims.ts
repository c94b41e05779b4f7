/**
 * Which addresses and ports services have: those of the stored services, and those that writes under way are about to store.
 *
 * The stored services are the truth, read from the cache anew for each allocation: nothing has to be repaired after a crash. A claim that is
 * under way ends with its write, or, where that fails, after a while. Servers that share an etcd do not see each other's claims under way.
 */
import type { JsonObject } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import type { Entry } from '@apiserver-kit/watch-cache';
import { numberAt, recordAt, recordsAt, textsAt } from '../types/read.js';
import { canonicalIP } from './ip-range.js';

/** Much longer than a write takes, and shorter than anybody waits before they try again. */
const underWayMs = 5_000;

/** What a service has. Ports as text too: no port looks like an address. */
export function claimsOf(service: JsonObject): string[] {
  const spec = recordAt(service, 'spec');
  const ips = textsAt(spec, 'clusterIPs').filter((ip) => ip !== '' && ip !== 'None');
  const ports = [...recordsAt(spec, 'ports').map((port) => numberAt(port, 'nodePort')), numberAt(spec, 'healthCheckNodePort')];
  return [...ips.map(canonicalIP), ...ports.filter((port) => port !== 0).map(String)];
}

/** Entries do not change, so what they claim is read once. */
const claimsOfEntry = new WeakMap<Entry, readonly string[]>();

export class Claims {
  readonly #underWay = new Map<string, number>();

  constructor(private readonly services: ResourceStore) {}

  /** Waits until the cache has seen every write. */
  async fresh(): Promise<void> {
    await this.services.cacher.fresh();
  }

  /** All that is taken now. Whoever waits for anything after this must ask again. */
  taken(nowMs: number): Set<string> {
    for (const [claim, until] of this.#underWay) if (until <= nowMs) this.#underWay.delete(claim);
    const taken = new Set(this.#underWay.keys());
    for (const entry of this.services.cacher.list({}).entries) {
      let claims = claimsOfEntry.get(entry);
      if (!claims) {
        claims = claimsOf(entry.object());
        claimsOfEntry.set(entry, claims);
      }
      for (const claim of claims) taken.add(claim);
    }
    return taken;
  }

  /** Keeps what a write is about to store from others. */
  hold(claims: Iterable<string>, nowMs: number): void {
    for (const claim of claims) this.#underWay.set(claim, nowMs + underWayMs);
  }

  /** A write is done: what a service has now can be read from the cache, and what it has no longer is free. */
  settle(...services: readonly (JsonObject | undefined)[]): void {
    for (const service of services) if (service) for (const claim of claimsOf(service)) this.#underWay.delete(claim);
  }
}
