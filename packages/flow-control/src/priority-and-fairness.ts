/** The filter that shares a server out fairly (k8s.io/apiserver/pkg/server/filters/priority-and-fairness.go). */
import {
  type ApiResponse,
  type Filter,
  type FrameSink,
  type Handler,
  isLongRunning,
  isWatchStream,
  type LongRunningCheck,
  type RequestContext,
  type WatchStream,
} from '@apiserver-kit/pipeline';
import { misplacedResponse, tooManyRequestsResponse } from './answers.js';
import { DroppedRequests } from './dropped-requests.js';
import type { Classification, FlowControl } from './levels/flow-control.js';
import type { Ticket } from './queues/queue-set.js';
import { oneSeat, widthOf } from './work/estimate.js';
import { estimateOf, type ObjectStatsOf } from './work/index.js';

export interface PriorityAndFairnessOptions {
  readonly flowControl: FlowControl;
  /** How many objects of a resource there are, and how large: lists take seats by it. Default: nobody knows, a list takes one. */
  readonly objectStats?: ObjectStatsOf;
  readonly longRunning?: LongRunningCheck;
  /** How long a request without a deadline may wait: a quarter of the request timeout. Default 15 s. */
  readonly waitMs?: number;
  /** Told of each request that was refused. */
  readonly dropped?: (ctx: RequestContext) => void;
}

const maxWaitMs = 60_000;

/**
 * Lets requests through as their priority level has seats for them, has them wait in fair queues, and refuses with 429 what would wait for
 * too long.
 *
 * Needs `ctx.info`, `ctx.user` and `ctx.receivedAt`. Sets `ctx.priority` and the headers `X-Kubernetes-PF-FlowSchema-UID` and
 * `X-Kubernetes-PF-PriorityLevel-UID`. Long-running requests pass, but for watches: those hold seats until they have begun, and count as
 * watchers of what is written while they last.
 */
export function priorityAndFairness(options: PriorityAndFairnessOptions): Filter {
  const { flowControl, objectStats = () => undefined, longRunning = isLongRunning, waitMs = 15_000, dropped } = options;
  const { clock, observer, watches } = flowControl;
  const drops = new Map<string, DroppedRequests>();

  const refuse = (ctx: RequestContext, where: Classification): ApiResponse => {
    const { name } = where.level;
    let recent = drops.get(name);
    if (recent === undefined) drops.set(name, (recent = new DroppedRequests(clock)));
    recent.record();
    dropped?.(ctx);
    return marked(tooManyRequestsResponse(recent.retryAfter), where);
  };

  const run = (ctx: RequestContext, where: Classification, ticket: Ticket, next: Handler): ApiResponse | Promise<ApiResponse> => {
    const startedAt = clock.now();
    const done = (): void => {
      observer.executed?.(where.level.name, ticket.flowSchema, (clock.now() - startedAt) / 1000);
      ticket.finish();
      flowControl.noteIdle(where.level);
    };
    const forget = ctx.info!.verb === 'watch' ? watches.add(ctx.info!) : undefined;
    const answered = (response: ApiResponse): ApiResponse => {
      done();
      if (forget !== undefined) {
        if (isWatchStream(response.body)) response.body = countedStream(response.body, forget);
        else forget();
      }
      return marked(response, where);
    };
    const failed = (error: unknown): never => {
      done();
      forget?.();
      throw error;
    };
    let response: ApiResponse | Promise<ApiResponse>;
    try {
      response = next(ctx);
    } catch (error) {
      return failed(error);
    }
    return response instanceof Promise ? response.then(answered, failed) : answered(response);
  };

  /** Until when the request may wait: a quarter of what it has. */
  const waitUntil = ({ receivedAt, deadline }: RequestContext): number => {
    const arrivedAt = receivedAt || clock.now();
    return arrivedAt + Math.min(deadline === 0 ? waitMs : (deadline - arrivedAt) / 4, maxWaitMs);
  };

  const wait = async (ctx: RequestContext, where: Classification, ticket: Ticket, next: Handler): Promise<ApiResponse> => {
    const queuedAt = clock.now();
    const isDispatched = await dispatched(ctx, ticket, waitUntil(ctx) - queuedAt, (ms, then) => clock.after(ms, then));
    observer.waited?.(where.level.name, ticket.flowSchema, isDispatched, (clock.now() - queuedAt) / 1000);
    if (isDispatched) return run(ctx, where, ticket, next);
    flowControl.noteIdle(where.level);
    return refuse(ctx, where);
  };

  return (next) => (ctx) => {
    const { info, user } = ctx;
    if (info === undefined || user === undefined) return misplacedResponse(ctx);
    if (info.verb !== 'watch' && longRunning(ctx)) return next(ctx);
    const where = flowControl.classify(info, user);
    const { schema, level, distinguisher } = where;
    const name = schema.metadata.name ?? '';
    ctx.priority = level.name;
    const estimate = level.isExempt ? oneSeat : estimateOf(ctx, objectStats, watches, level.requestSeats);
    observer.estimated?.(level.name, name, widthOf(estimate));
    const ticket = level.queues.start(name, distinguisher, estimate);
    if (ticket === undefined) {
      flowControl.noteIdle(level);
      return refuse(ctx, where);
    }
    return ticket.state === 'waiting' ? wait(ctx, where, ticket, next) : run(ctx, where, ticket, next);
  };
}

/** Waits for the ticket's turn; false when the time is up or the client has gone before it. */
function dispatched(ctx: RequestContext, ticket: Ticket, ms: number, after: (ms: number, then: () => void) => () => void): Promise<boolean> {
  const { signal } = ctx;
  return new Promise((resolve) => {
    const settle = (isDispatched: boolean): void => {
      cancel();
      signal.removeEventListener('abort', giveUp);
      resolve(isDispatched);
    };
    const giveUp = (): void => {
      if (ticket.giveUp()) settle(false);
    };
    const cancel = after(Math.max(0, ms), giveUp);
    ticket.onDispatch = () => settle(true);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** Uids, not names: what a cluster calls its levels is nobody's business, and how low one stands neither. */
function marked(response: ApiResponse, { schema, level }: Classification): ApiResponse {
  response.headers['x-kubernetes-pf-flowschema-uid'] = schema.metadata.uid ?? '';
  response.headers['x-kubernetes-pf-prioritylevel-uid'] = level.object.metadata.uid ?? '';
  return response;
}

/** A watch that counts as one until it ends, whichever side ends it. */
function countedStream(stream: WatchStream, forget: () => void): WatchStream {
  return {
    start(sink: FrameSink) {
      stream.start({
        write: (frames) => sink.write(frames),
        end() {
          forget();
          sink.end();
        },
        get bufferedBytes() {
          return sink.bufferedBytes;
        },
      });
    },
    stop() {
      forget();
      stream.stop();
    },
  };
}
