/** Keeps the condition Available of APIServices. */
import { WorkQueue } from '@apiserver-kit/client/work-queue';
import type { KubeObject } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';
import type { ResourceStore } from '@apiserver-kit/rest';
import { type Availability, asAPIService, localAvailability, withAvailability } from '../api-service.js';
import type { Remotes } from '../remote.js';
import { type CheckParts, checkAvailability } from './check.js';

export interface AvailabilityOptions extends CheckParts {
  readonly store: ResourceStore;
  readonly remotes: Remotes;
  readonly log: ErrorLog;
}

/** How long what was found out is believed: servers come and go without a word to us. */
const recheckMs = 30_000;
const maxBackoffMs = 30_000;
const writeAttempts = 5;
/** In whose name the server writes: as the reference, whose clients tell managers by it. */
const serverName = 'kube-apiserver';

/** Finds out about APIServices by name: a few at a time, again when a server is away, and every half minute. */
export class AvailabilityController {
  readonly #queue: WorkQueue;
  readonly #options: AvailabilityOptions;
  readonly #stopListening: (() => void) | undefined;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
    const { clock, log, services, remotes } = options;
    this.#queue = new WorkQueue((name, signal) => this.#sync(name, signal), { clock, log, name: 'APIService availability', maxBackoffMs, concurrency: 5 });
    this.#stopListening = services?.onChange?.((namespace, service) => {
      for (const { name, service: of } of remotes.all()) if (of.namespace === namespace && of.name === service) this.add(name);
    });
  }

  /** Has an APIService looked at now. */
  add(name: string): void {
    this.#queue.add(name);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  close(): Promise<void> {
    this.#stopListening?.();
    return this.#queue.close();
  }

  async #sync(name: string, signal: AbortSignal) {
    const remote = this.#options.remotes.get(name);
    if (!remote) {
      await this.#write(name, localAvailability, true);
      return undefined;
    }
    const found = await checkAvailability(remote, this.#options, signal);
    // Another service stands there by now: what was found out is of the old one, and the new one is looked at next.
    if (this.#options.remotes.get(name)?.transport !== remote.transport) return { againInMs: 0 };
    await this.#write(name, found, false);
    if (found.reason === 'FailedDiscoveryCheck') throw new Error(found.message);
    return { againInMs: recheckMs };
  }

  async #write(name: string, availability: Availability, isLocal: boolean): Promise<void> {
    const { store, clock } = this.#options;
    for (let attempt = 0; attempt < writeAttempts; attempt++) {
      const entry = await store.get('', name);
      if (!entry) return;
      const service = asAPIService(entry.object());
      if ((service.spec.service == null) !== isLocal) return;
      const next = withAvailability(service, availability, clock.now());
      if (next === service) return;
      const { apiServiceStatusFieldManager } = await import('../resource/field-management.js');
      const accounted = await apiServiceStatusFieldManager.update(entry.object(), next as KubeObject, serverName, clock.now());
      if (await store.update(entry, store.print(accounted))) return;
    }
    throw new Error(`the status of APIService ${name} keeps changing`);
  }
}
