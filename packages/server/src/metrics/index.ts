/** What a server counts, in Prometheus' format. */
import type { ApiResponse, Handler } from '@apiserver-kit/pipeline';
import { expositionType } from './exposition.js';
import type { Collector } from './process-metrics.js';
import { RequestMetrics } from './request-metrics.js';

export { Histogram } from './exposition.js';
export { metricsFilter } from './filter.js';
export { type Collector, processMetrics } from './process-metrics.js';
export { RequestMetrics } from './request-metrics.js';

export interface MetricsOptions {
  /** Milliseconds of a clock that only goes forward. Default: `performance.now`. */
  readonly now?: () => number;
}

/** The request metrics of a server: give them to `metricsFilter` and `metricsHandler`. */
export const createMetrics = ({ now }: MetricsOptions = {}): RequestMetrics => new RequestMetrics(now);

/**
 * Answers a scrape: the request metrics, then what the collectors give (`processMetrics()`, the `metrics` of a prom-client registry …).
 */
export const metricsHandler =
  (metrics: RequestMetrics, collectors: readonly Collector[] = []): Handler =>
  async (): Promise<ApiResponse> => {
    const parts = await Promise.all(collectors.map((collect) => collect()));
    return {
      status: 200,
      headers: { 'content-type': expositionType },
      body: [metrics.text(), ...parts.map((part) => (part.endsWith('\n') ? part : `${part}\n`))].join(''),
    };
  };
