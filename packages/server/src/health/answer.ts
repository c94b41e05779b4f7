/** Health in the reference's words. */
import { goQuote } from '@apiserver-kit/machinery';
import { type ApiResponse, type ErrorLog, type Handler, text } from '@apiserver-kit/pipeline';
import type { HealthCheck } from './check.js';

type Verdict = Error | undefined;

/** Runs a check. A promise only if the check makes one. */
function verdictOf(run: () => void | Promise<void>): Verdict | Promise<Verdict> {
  const failed = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
  try {
    const result = run();
    return result instanceof Promise ? result.then(() => undefined, failed) : undefined;
  } catch (error) {
    return failed(error);
  }
}

/**
 * Answers for all checks together: `/healthz`, `/livez` or `/readyz`.
 *
 * Says `ok`, or with `?verbose` a line per check; `?exclude=NAME` leaves out a check, or a group of them. A failure lists the checks, without
 * the reasons: those are logged.
 */
export const allChecks =
  (endpoint: string, checks: () => readonly HealthCheck[], { log, onHealthy }: { log: ErrorLog; onHealthy: () => void }): Handler =>
  (ctx) => {
    const excluded = new Set(ctx.request.rawQuery.includes('exclude') ? ctx.query.getAll('exclude') : []);
    const used = new Set<string>();
    const all = checks();
    const isExcluded = (name: string | undefined): name is string => name !== undefined && excluded.has(name);
    const answer = (verdicts: readonly Verdict[]): ApiResponse => {
      let lines = '';
      const failed: string[] = [];
      all.forEach(({ name, group }, at) => {
        if (isExcluded(name)) {
          used.add(name);
          lines += `[+]${name} excluded: ok\n`;
        } else if (isExcluded(group)) {
          used.add(group);
          lines += `[+]${name} excluded with ${group}: ok\n`;
        } else if (verdicts[at] === undefined) {
          lines += `[+]${name} ok\n`;
        } else {
          failed.push(name);
          lines += `[-]${name} failed: reason withheld\n`;
          log(`${endpoint}: the check ${name} failed`, verdicts[at]);
        }
      });
      const unknown = [...excluded].filter((name) => !used.has(name)).sort();
      if (unknown.length > 0) lines += `warn: some health checks cannot be excluded: no matches for ${unknown.map(goQuote).join(',')}\n`;
      if (failed.length > 0) return text(500, `${lines}${endpoint} check failed\n`);
      onHealthy();
      return text(200, ctx.request.rawQuery.includes('verbose') && ctx.query.has('verbose') ? `${lines}${endpoint} check passed\n` : 'ok');
    };
    const verdicts = all.map(({ name, group, check }) => (isExcluded(name) || isExcluded(group) ? undefined : verdictOf(() => check(ctx))));
    return verdicts.some((verdict) => verdict instanceof Promise) ? Promise.all(verdicts).then(answer) : answer(verdicts as Verdict[]);
  };

/** Answers for one check, with its reason: `/livez/ping`. */
export const singleCheck =
  ({ check }: HealthCheck): Handler =>
  (ctx) => {
    const answer = (verdict: Verdict): ApiResponse =>
      verdict === undefined
        ? { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' }
        : text(500, `internal server error: ${verdict.message}\n`);
    const verdict = verdictOf(() => check(ctx));
    return verdict instanceof Promise ? verdict.then(answer) : answer(verdict);
  };
