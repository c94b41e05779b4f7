/** What a server asks itself whether it is well. */
import type { Clock } from '@apiserver-kit/machinery';
import type { Drain, ErrorLog } from '@apiserver-kit/pipeline';
import type { Storage } from '@apiserver-kit/storage';
import { type HealthChecks, healthCheck, healthChecks, shutdownCheck } from '../health/index.js';

export interface ServerHealthOptions {
  readonly storage: Storage;
  /** The tasks of the start, by the reference's names, and whether they are done. */
  readonly startTasks: Readonly<Record<string, () => boolean>>;
  readonly drain: Drain;
  readonly clock: Clock;
  readonly log: ErrorLog;
}

/** A storage that is elsewhere knows how to find out whether it is well; one in this process answers what its revision is. */
async function isWell(storage: Storage & { health?(): Promise<void> }): Promise<void> {
  if (storage.health) await storage.health();
  else await storage.revision();
}

/** The checks of a server: it answers, its storage does, its start is done, it does not stop. */
export function serverHealth({ storage, startTasks, drain, clock, log }: ServerHealthOptions): HealthChecks {
  const health = healthChecks({ log, clock });
  health.add(
    // The reference's name for storage, whatever it is: probes leave it out by this name.
    healthCheck('etcd', () => isWell(storage)),
  );
  for (const [name, isDone] of Object.entries(startTasks)) {
    health.add(
      healthCheck(`poststarthook/${name}`, () => {
        if (!isDone()) throw new Error('not finished');
      }),
    );
  }
  health.add(
    shutdownCheck(() => drain.isDraining),
    { to: ['readyz'] },
  );
  return health;
}
