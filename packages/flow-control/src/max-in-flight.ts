/** So many requests at a time, whoever makes them (k8s.io/apiserver/pkg/server/filters/maxinflight.go). */
import { type ApiResponse, type Filter, isLongRunning, type LongRunningCheck } from '@apiserver-kit/pipeline';
import { isMaster, isMutating, misplacedResponse, tooManyRequestsResponse } from './answers.js';

export interface MaxInFlightOptions {
  /** Requests that read: `--max-requests-inflight`. 0: no limit. Default 400. */
  readonly reading?: number;
  /** Requests that change something: `--max-mutating-requests-inflight`. 0: no limit. Default 200. */
  readonly mutating?: number;
  readonly longRunning?: LongRunningCheck;
  /** Told how many requests are under way, each time that changes, and of those that were refused. */
  readonly observe?: (kind: 'readOnly' | 'mutating', inFlight: number) => void;
  readonly dropped?: (kind: 'readOnly' | 'mutating') => void;
}

class Gate {
  inFlight = 0;
  constructor(
    readonly kind: 'readOnly' | 'mutating',
    readonly limit: number,
  ) {}
}

/**
 * Refuses requests beyond a number with 429; system:masters and long-running requests always pass.
 *
 * Needs `ctx.info`, and `ctx.user` for masters. What stands here when priority and fairness does not.
 */
export function maxInFlight({ reading = 400, mutating = 200, longRunning = isLongRunning, observe, dropped }: MaxInFlightOptions = {}): Filter {
  const readGate = new Gate('readOnly', reading);
  const writeGate = new Gate('mutating', mutating);
  return (next) => {
    const count = (gate: Gate, change: 1 | -1): void => {
      gate.inFlight += change;
      observe?.(gate.kind, gate.inFlight);
    };
    return (ctx) => {
      const { info } = ctx;
      if (info === undefined) return misplacedResponse(ctx);
      if (longRunning(ctx)) return next(ctx);
      const gate = isMutating(info.verb) ? writeGate : readGate;
      if (gate.limit === 0) return next(ctx);
      if (gate.inFlight >= gate.limit) {
        if (isMaster(ctx.user)) return next(ctx);
        dropped?.(gate.kind);
        return tooManyRequestsResponse(1);
      }
      count(gate, 1);
      let response: ApiResponse | Promise<ApiResponse>;
      try {
        response = next(ctx);
      } catch (error) {
        count(gate, -1);
        throw error;
      }
      if (response instanceof Promise) return response.finally(() => count(gate, -1));
      count(gate, -1);
      return response;
    };
  };
}
