/** Keeps the APIServices of what a server serves itself in step with its registries. */
import { WorkQueue } from '@apiserver-kit/client/work-queue';
import { type Clock, jsonEqual, type KubeObject, timestamp } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';
import type { ApiRegistry, ResourceStore } from '@apiserver-kit/rest';
import type { Entry } from '@apiserver-kit/watch-cache';
import { asAPIService, localAvailability, withAvailability } from '../api-service.js';
import { type DesiredAPIService, desiredAPIServices, managedLabel } from './desired.js';

export interface RegistrationOptions {
  readonly store: ResourceStore;
  readonly registries: readonly ApiRegistry[];
  readonly uid: () => string;
  readonly clock: Clock;
  readonly log: ErrorLog;
}

const managementOf = (object: KubeObject): string | undefined => object.metadata.labels?.[managedLabel];

/**
 * Makes the APIServices that are missing, brings those up to date that it looks after, and deletes those of them whose group version is not served
 * any more. APIServices without its label are left alone.
 *
 * Those of built-in groups are seen to once: an administrator may change or delete them until the next start.
 */
export class LocalRegistration {
  readonly #options: RegistrationOptions;
  readonly #queue: WorkQueue;
  readonly #synced = new Set<string>();
  #atStart: ReadonlySet<string> = new Set();
  #desired: ReadonlyMap<string, DesiredAPIService> = new Map();
  #stopListening: (() => void)[] = [];
  #isDue = false;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#queue = new WorkQueue((name) => this.#sync(name), { clock, log, name: 'registration of APIServices' });
  }

  /** Begins. @param existing the names of the APIServices that are there. Settled when all are in step. */
  start(existing: readonly string[]): Promise<void> {
    this.#atStart = new Set(existing);
    this.#stopListening = this.#options.registries.map((registry) => registry.onChange(() => this.#later()));
    this.#compare();
    for (const name of existing) this.#queue.add(name);
    return this.#queue.idle();
  }

  /** An APIService has changed. */
  add(name: string): void {
    this.#queue.add(name);
  }

  async idle(): Promise<void> {
    // What is due is compared in the next microtask.
    while (this.#isDue) await Promise.resolve();
    await this.#queue.idle();
  }

  close(): Promise<void> {
    for (const stop of this.#stopListening) stop();
    return this.#queue.close();
  }

  // A registry may change a thousand times in a turn.
  #later(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#compare();
    });
  }

  #compare(): void {
    const before = this.#desired;
    this.#desired = desiredAPIServices(this.#options.registries);
    for (const [name, desired] of this.#desired) if (!jsonEqual(before.get(name), desired)) this.#queue.add(name);
    for (const name of before.keys()) if (!this.#desired.has(name)) this.#queue.add(name);
  }

  async #sync(name: string): Promise<undefined> {
    await this.#bringInStep(name, this.#desired.get(name));
    this.#synced.add(name);
  }

  async #bringInStep(name: string, desired: DesiredAPIService | undefined): Promise<void> {
    const { store } = this.#options;
    const entry = await store.get('', name);
    if (desired?.management === 'onstart' && this.#synced.has(name)) return;
    if (!entry) {
      if (desired) await store.create('', name, store.print(this.#created(name, desired)));
      return;
    }
    const current = asAPIService(entry.object());
    const management = managementOf(current);
    if (management !== 'onstart' && management !== 'true') return;
    if (management === 'onstart' && (!this.#atStart.has(name) || this.#synced.has(name))) return;
    if (!desired) await store.delete(entry);
    else if (!jsonEqual(current.spec, desired.spec)) await this.#update(entry, desired);
  }

  // Another writer's change, where it was faster, has this one looked at again.
  async #update(entry: Entry, { spec }: DesiredAPIService): Promise<void> {
    const { store, clock } = this.#options;
    const updated = withAvailability({ ...asAPIService(entry.object()), spec }, localAvailability, clock.now());
    await store.update(entry, store.print(updated));
  }

  /** As the strategy would have it, with the account of who wrote it. Written past the API: the server needs them before it answers anybody. */
  #created(name: string, { spec, management }: DesiredAPIService): KubeObject {
    const { uid, clock } = this.#options;
    const now = timestamp(clock.now());
    const fieldsOf = (object: object): Record<string, object> => Object.fromEntries(Object.keys(object).map((key) => [`f:${key}`, {}]));
    const fieldsV1 = { 'f:metadata': { 'f:labels': { '.': {}, [`f:${managedLabel}`]: {} } }, 'f:spec': fieldsOf(spec) };
    const managed = { manager: 'kube-apiserver', operation: 'Update', apiVersion: 'apiregistration.k8s.io/v1', time: now, fieldsType: 'FieldsV1', fieldsV1 };
    const object = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name, uid: uid(), creationTimestamp: now, labels: { [managedLabel]: management }, managedFields: [managed] },
      spec,
    };
    return withAvailability(object as unknown as Parameters<typeof withAvailability>[0], localAvailability, clock.now());
  }
}
