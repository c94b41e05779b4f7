/** Roles and bindings for RBAC, out of the caches that serve them. */
import { type RbacKind, rbacKinds, type RbacStore, rbacStore } from '@apiserver-kit/authz';
import { type Controller, closable } from '@apiserver-kit/controllers';
import type { Clock } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import { follow } from '@apiserver-kit/watch-cache';

export interface RbacFeed extends Controller {
  readonly store: RbacStore;
  /** Settled when all roles and bindings are known. */
  readonly ready: Promise<unknown>;
}

/**
 * An RBAC store that has what the four resources have. A write of one counts before it is acknowledged, where the storage is in this process.
 */
export function rbacFeed(stores: Readonly<Record<RbacKind, ResourceStore>>, clock: Clock): RbacFeed {
  const store = rbacStore();
  const followings = rbacKinds.map((kind) =>
    follow(
      stores[kind].cacher,
      {
        onReplace: (entries) =>
          store.replace(
            kind,
            entries.map((entry) => entry.object()),
          ),
        onEvent: (type, entry) => {
          if (type === 'DELETED') store.remove(kind, entry.namespace, entry.name);
          else store.apply(kind, entry.object());
        },
      },
      { clock },
    ),
  );
  return {
    store,
    ready: Promise.all(followings.map(({ ready }) => ready)),
    ...closable(async () => {
      for (const following of followings) following.close();
    }),
  };
}
