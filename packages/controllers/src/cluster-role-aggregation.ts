/** ClusterRoles that gather the rules of others (pkg/controller/clusterroleaggregation). */
import { follow } from '@apiserver-kit/watch-cache';
import { aggregateRules, type Role } from '@apiserver-kit/authz';
import { systemClock } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import { closable, type Controller, type ControllerOptions } from './controller.js';
import { WorkQueue } from '@apiserver-kit/client/work-queue';

/** Keeps the rules of each ClusterRole with an aggregationRule what its selectors select. Told by the cache of ClusterRoles. */
export function clusterRoleAggregation(clusterRoles: ResourceStore, { clock = systemClock, log }: ControllerOptions = {}): Controller {
  const { cacher } = clusterRoles;

  const sync = async (name: string): Promise<undefined> => {
    const before = await clusterRoles.get('', name);
    if (before === undefined) return;
    const role = before.object() as Role;
    const rules = aggregateRules(
      role,
      cacher.list({}).entries.map((entry) => entry.object() as Role),
    );
    // A write that loses to another is followed by the event of that one.
    if (rules !== undefined) await clusterRoles.update(before, clusterRoles.print({ ...role, rules }));
  };

  const queue = new WorkQueue(sync, { clock, log, name: 'cluster role aggregation' });
  // There are few roles that aggregate, and who is selected by whom changes with labels: all are looked at each time.
  const aggregating = new Set<string>();
  const learn = (role: Role): void => {
    const name = role.metadata.name!;
    if (role.aggregationRule) aggregating.add(name);
    else aggregating.delete(name);
  };
  const syncAll = (): void => {
    for (const name of aggregating) queue.add(name);
  };
  const following = follow(
    cacher,
    {
      onReplace: (entries) => {
        aggregating.clear();
        for (const entry of entries) learn(entry.object() as Role);
        syncAll();
      },
      onEvent: (type, entry) => {
        if (type === 'DELETED') aggregating.delete(entry.name);
        else learn(entry.object() as Role);
        syncAll();
      },
    },
    { clock },
  );
  return closable(async () => {
    following.close();
    await queue.close();
  });
}
