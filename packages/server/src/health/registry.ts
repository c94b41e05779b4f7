import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { ErrorLog, Filter, Handler } from '@apiserver-kit/pipeline';
import { allChecks, singleCheck } from './answer.js';
import { type HealthCheck, logCheck, pingCheck } from './check.js';

export type HealthEndpoint = 'healthz' | 'livez' | 'readyz';
const endpoints: readonly HealthEndpoint[] = ['healthz', 'livez', 'readyz'];

export interface HealthOptions {
  /** Told of the checks that fail, and why. Default: nobody. */
  readonly log?: ErrorLog;
  /** Called once, when readyz has been well for the first time. */
  readonly onReady?: () => void;
  readonly clock?: Clock;
}

export interface AddCheckOptions {
  /** Where the check counts. Default: all three. */
  readonly to?: readonly HealthEndpoint[];
  /** livez takes the check for well during this time: a start may be slow without being dead. Default 0. */
  readonly livezGraceMs?: number;
}

/** The checks of a server, and the paths on which they are asked for. */
export interface HealthChecks {
  /** Adds a check; the order is that of the answers. @throws Error when there is one of that name already. */
  add(check: HealthCheck, options?: AddCheckOptions): void;
  /** Answers `/healthz`, `/livez`, `/readyz` and their single checks; passes everything else on. */
  readonly filter: Filter;
  /** The handler of one endpoint, for a router of one's own. */
  handler(endpoint: HealthEndpoint): Handler;
}

/**
 * The health of a server: starts with `ping` and `log`, as the reference does.
 *
 * @example
 * const health = healthChecks();
 * health.add(healthCheck('etcd', () => storage.ping()));
 * health.add(shutdownCheck(() => drain.isDraining), { to: ['readyz'] });
 */
export function healthChecks({ log = () => {}, onReady = () => {}, clock = systemClock }: HealthOptions = {}): HealthChecks {
  const checks: Record<HealthEndpoint, HealthCheck[]> = { healthz: [], livez: [], readyz: [] };
  const handlers = new Map<string, Handler>();
  let hasBeenReady = false;

  for (const endpoint of endpoints) {
    const onHealthy = (): void => {
      if (endpoint !== 'readyz' || hasBeenReady) return;
      hasBeenReady = true;
      onReady();
    };
    handlers.set(
      `/${endpoint}`,
      allChecks(endpoint, () => checks[endpoint], { log, onHealthy }),
    );
  }

  const add = (check: HealthCheck, { to = endpoints, livezGraceMs = 0 }: AddCheckOptions = {}): void => {
    for (const endpoint of to) {
      const path = `/${endpoint}/${check.name}`;
      if (handlers.has(path)) throw new Error(`there is a health check ${check.name} in ${endpoint} already`);
      const added = endpoint === 'livez' && livezGraceMs > 0 ? delayed(check, clock.now() + livezGraceMs, clock) : check;
      checks[endpoint].push(added);
      handlers.set(path, singleCheck(added));
    }
  };
  add(pingCheck);
  add(logCheck);

  return {
    add,
    handler: (endpoint) => handlers.get(`/${endpoint}`)!,
    filter: (next) => (ctx) => {
      const { path } = ctx.request;
      // One comparison decides for nearly every request: h(ealthz), l(ivez), r(eadyz).
      const first = path.charCodeAt(1);
      if (first !== 0x68 && first !== 0x6c && first !== 0x72) return next(ctx);
      const handler = handlers.get(path);
      return handler === undefined ? next(ctx) : handler(ctx);
    },
  };
}

const delayed = (check: HealthCheck, until: number, clock: Clock): HealthCheck => ({
  ...check,
  check: (ctx) => (clock.now() > until ? check.check(ctx) : undefined),
});
