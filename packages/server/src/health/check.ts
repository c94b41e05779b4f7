/** What a server asks itself (k8s.io/apiserver/pkg/server/healthz). */
import type { RequestContext } from '@apiserver-kit/pipeline';

/** One thing that may be well or not. */
export interface HealthCheck {
  /** As in `/readyz/NAME`; may hold slashes. */
  readonly name: string;
  /** Checks of a group can be excluded together. */
  readonly group?: string;
  /** @throws Error when it is not well. The text reaches only those who may ask for the single check. */
  readonly check: (ctx: RequestContext) => void | Promise<void>;
}

/** A check by name. */
export const healthCheck = (name: string, check: HealthCheck['check'], group?: string): HealthCheck => ({ name, group, check });

/** Well as long as the process answers. */
export const pingCheck: HealthCheck = healthCheck('ping', () => {});

/** Well as long as log lines can be written, which nothing here can block. */
export const logCheck: HealthCheck = healthCheck('log', () => {});

/** Fails once the server stops, so that load balancers look elsewhere: for readyz. */
export const shutdownCheck = (isShuttingDown: () => boolean): HealthCheck =>
  healthCheck('shutdown', () => {
    if (isShuttingDown()) throw new Error('process is shutting down');
  });

/** A task of the start, and the check that it is done: `poststarthook/NAME`. */
export interface PostStartHook {
  readonly check: HealthCheck;
  /** The task is done: the check passes from now on. */
  done(): void;
}

export function postStartHook(name: string): PostStartHook {
  let isDone = false;
  const check = healthCheck(`poststarthook/${name}`, () => {
    if (!isDone) throw new Error('not finished');
  });
  return {
    check,
    done: () => {
      isDone = true;
    },
  };
}
