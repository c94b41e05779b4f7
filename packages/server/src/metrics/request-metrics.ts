/**
 * Counts requests under the reference's names.
 *
 * Done by hand and not with a metrics library, because every request passes here: finding a series is one look-up by one string, counting is
 * two additions. Text is made when somebody asks for it.
 */
import type { RequestContext, RequestInfo } from '@apiserver-kit/pipeline';
import { Histogram, header, labelText } from './exposition.js';
import { dryRunOf, scopeOf, verbOf } from './labels.js';
import { Watermark } from './watermark.js';

const durationBounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const component = 'apiserver';

/** What the labels of a request name, without its code. */
interface Series {
  readonly labels: readonly (readonly [string, string])[];
  readonly byCode: Map<number, number>;
  readonly duration: Histogram;
  longRunning: number;
}

/** The metrics of a server. Make one with {@link createMetrics}. */
export class RequestMetrics {
  readonly #series = new Map<string, Series>();
  readonly readOnly = new Watermark();
  readonly mutating = new Watermark();

  /** @param now milliseconds of a clock that only goes forward. */
  constructor(readonly now: () => number = () => performance.now()) {}

  /**
   * The series of a request.
   * @param isKnown whether what it asks for exists: only then is a series made, or any client could make as many as it likes.
   */
  seriesOf(ctx: RequestContext, info: RequestInfo, isKnown: boolean): Series | undefined {
    const scope = scopeOf(info);
    const verb = verbOf(ctx, info, scope);
    const dryRun = dryRunOf(ctx);
    const subresource = info.isResourceRequest ? info.subresource : healthPaths.has(info.path) ? info.path : '';
    // What exists has no spaces in its name; a name that does finds no series, or at worst that of another.
    const key = `${verb} ${scope} ${dryRun} ${info.apiGroup} ${info.apiVersion} ${info.resource} ${subresource}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      if (!isKnown) return undefined;
      series = {
        labels: [
          ['component', component],
          ['dry_run', dryRun],
          ['group', info.apiGroup],
          ['resource', info.resource],
          ['scope', scope],
          ['subresource', subresource],
          ['verb', verb],
          ['version', info.apiVersion],
        ],
        byCode: new Map(),
        duration: new Histogram(durationBounds),
        longRunning: 0,
      };
      this.#series.set(key, series);
    }
    return series;
  }

  /** Counts an answer. */
  observe(series: Series, code: number, startedAt: number): void {
    series.byCode.set(code, (series.byCode.get(code) ?? 0) + 1);
    series.duration.observe((this.now() - startedAt) / 1000);
  }

  /** All of it as Prometheus text. */
  text(): string {
    const all = [...this.#series.values()];
    const counts = all.flatMap(({ labels, byCode }) =>
      [...byCode].map(([code, count]) => `apiserver_request_total{code="${code}",${labelText(labels)}} ${count}\n`),
    );
    const durations = all.map(({ labels, duration }) => duration.text('apiserver_request_duration_seconds', labelText(labels)));
    const longRunning = all
      .filter((series) => series.longRunning > 0)
      .map(({ labels, longRunning }) => `apiserver_longrunning_requests{${labelText(labels.filter(([name]) => name !== 'dry_run'))}} ${longRunning}\n`);
    const now = this.now();
    return [
      header('apiserver_current_inflight_requests', 'gauge', '[STABLE] The most requests under way at once in the last second, per request kind.'),
      `apiserver_current_inflight_requests{request_kind="mutating"} ${this.mutating.read(now)}\n`,
      `apiserver_current_inflight_requests{request_kind="readOnly"} ${this.readOnly.read(now)}\n`,
      header(
        'apiserver_longrunning_requests',
        'gauge',
        '[STABLE] Watches and other long-running requests that are open, per verb, group, version, resource and scope.',
      ),
      ...longRunning,
      header(
        'apiserver_request_duration_seconds',
        'histogram',
        '[STABLE] Seconds from request to answer, per verb, dry run value, group, version, resource and scope.',
      ),
      ...durations,
      header('apiserver_request_total', 'counter', '[STABLE] Requests answered, per verb, dry run value, group, version, resource, scope and HTTP code.'),
      ...counts,
    ].join('');
  }
}

const healthPaths = new Set(['/healthz', '/livez', '/readyz']);
