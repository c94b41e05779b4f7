/** The few changes that the garbage collector makes to objects, each by the API (pkg/controller/garbagecollector/operations.go, patch.go). */
import { jsonEqual, type KubeObject, type OwnerReference } from '@apiserver-kit/machinery';
import { type ApiClient, callApi, isConflict, isNotFound, resourcePath } from '../api-client.js';
import { type Place, read } from './place.js';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

const maxAttempts = 5;
/** In whose name metadata is changed: the reference's collector runs in this program. */
const agent = { 'user-agent': 'kube-controller-manager' };
const mergePatch = { ...agent, 'content-type': 'application/merge-patch+json' };

export class Calls {
  constructor(
    private readonly client: ApiClient,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Deletes an object that is as it was read; also one that has changed since, where its owners have not, so that a busy object goes too.
   * One that is gone is no failure.
   */
  async remove(place: Place, { metadata: { uid, resourceVersion, ownerReferences } }: KubeObject, propagationPolicy: Propagation): Promise<void> {
    const attempt = async (preconditions: Readonly<Record<string, string | undefined>>): Promise<void> => {
      const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions, propagationPolicy };
      await callApi(this.client, { method: 'DELETE', path: pathOf(place), headers: agent, body, signal: this.signal });
    };
    try {
      await attempt({ uid, resourceVersion });
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) throw error;
      const live = await read(place);
      if (!live || live.metadata.uid !== uid) return;
      if (!jsonEqual(live.metadata.ownerReferences, ownerReferences)) throw error;
      await attempt({ uid }).catch(ignoreNotFound);
    }
  }

  /**
   * Changes the owners of an object, if it is still there: `change` gives those it is to have, or undefined for no change.
   * @returns the object as it is then; undefined when there is none.
   */
  changeOwners(
    place: Place,
    uid: string,
    change: (owners: readonly OwnerReference[]) => readonly OwnerReference[] | undefined,
  ): Promise<KubeObject | undefined> {
    return this.#patch(place, uid, ({ ownerReferences = [] }) => {
      const owners = change(ownerReferences);
      return owners && { ownerReferences: owners.length > 0 ? owners : null };
    });
  }

  /** Takes a finalizer from an object, if it is still there and has it. */
  async removeFinalizer(place: Place, uid: string, finalizer: string): Promise<void> {
    await this.#patch(place, uid, ({ finalizers = [] }) => {
      const kept = finalizers.filter((other) => other !== finalizer);
      return kept.length === finalizers.length ? undefined : { finalizers: kept.length > 0 ? kept : null };
    });
  }

  async #patch(place: Place, uid: string, change: (metadata: KubeObject['metadata']) => object | undefined): Promise<KubeObject | undefined> {
    for (let attempt = 1; ; attempt++) {
      const live = await read(place);
      if (!live || live.metadata.uid !== uid) return undefined;
      const changed = change(live.metadata);
      if (!changed) return live;
      const body = { metadata: { ...changed, uid, resourceVersion: live.metadata.resourceVersion } };
      try {
        return await callApi(this.client, { method: 'PATCH', path: pathOf(place), headers: mergePatch, body, signal: this.signal });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        if (!isConflict(error) || attempt === maxAttempts) throw error;
      }
    }
  }
}

const pathOf = ({ resource, namespace, name }: Place): string => resourcePath(resource, namespace, name);

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
