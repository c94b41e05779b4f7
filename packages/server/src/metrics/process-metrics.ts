/** Metrics of the process and of node, by prom-client. */

/** Gives Prometheus text. */
export type Collector = () => string | Promise<string>;

/**
 * Collects what prom-client knows of the process: CPU, memory, file descriptors, event loop, garbage collection.
 *
 * It is loaded by the first scrape: loading it takes longer than all the rest of a start, and a server that nobody scrapes never does.
 */
export function processMetrics(): Collector {
  let registry: Promise<{ metrics(): Promise<string> }> | undefined;
  const load = async (): Promise<{ metrics(): Promise<string> }> => {
    const { Counter, Registry, collectDefaultMetrics } = await import('prom-client');
    const register = new Registry();
    const usage = process.cpuUsage();
    collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 100 });
    // It counts from now on; the counters are to start with the process.
    const add = (name: string, microseconds: number): void => {
      const counter = register.getSingleMetric(name);
      if (counter instanceof Counter) counter.inc(microseconds / 1e6);
    };
    add('process_cpu_user_seconds_total', usage.user);
    add('process_cpu_system_seconds_total', usage.system);
    add('process_cpu_seconds_total', usage.user + usage.system);
    return register;
  };
  return async () => {
    registry ??= load();
    return (await registry).metrics();
  };
}
