/** The filter that writes down what happens (k8s.io/apiserver/pkg/endpoints/filters/audit.go). */
import { asStatusError, type Clock, goQuote, systemClock } from '@apiserver-kit/machinery';
import {
  type ApiResponse,
  type Filter,
  type Handler,
  isLongRunning,
  isWatchStream,
  type LongRunningCheck,
  type RequestContext,
  sinkEnding,
  text,
  type WatchStream,
} from '@apiserver-kit/pipeline';
import { type AuditBackend, allBackends } from './backend.js';
import type { AuditEvaluator, AuditLevel, AuditStage } from './policy.js';
import { type BodyDecoder, decodeJsonBody, requestURI, Trail } from './trail.js';

/** Told of what is written: the reference's metrics. */
export interface AuditObserver {
  /** `apiserver_audit_level_total`. */
  level?(level: AuditLevel): void;
  /** `apiserver_audit_event_total`. */
  event?(): void;
  /** `apiserver_audit_requests_rejected_total`: requests that were refused since they could not be written down. */
  rejected?(): void;
}

export interface AuditOptions {
  /** What to write: {@link auditPolicy} makes one of a policy. */
  readonly policy: AuditEvaluator;
  readonly backends: readonly AuditBackend[];
  /** Reads the bodies of requests and answers. Default: JSON only, other objects are left out. */
  readonly decode?: BodyDecoder;
  readonly longRunning?: LongRunningCheck;
  readonly clock?: Clock;
  readonly observer?: AuditObserver;
}

/**
 * Writes an event for each stage of a request that the policy wants: when it is there, when a long answer begins, when the answer is complete,
 * and when the server failed.
 *
 * Needs `ctx.info`, `ctx.user`, `ctx.receivedAt` and, for the id, `ctx.audit` (from {@link auditInit}). Stands behind authentication and before
 * impersonation. Answers 500 when the first event cannot be kept by a backend that insists on it (`blocking-strict`).
 */
export function audit(options: AuditOptions): Filter {
  const { policy, decode = decodeJsonBody, longRunning = isLongRunning, clock = systemClock, observer = {} } = options;
  const recorder = recorderOf(options.backends, clock, observer);

  return (next) => {
    const serve = (ctx: RequestContext, trail: Trail): ApiResponse | Promise<ApiResponse> => {
      const isLong = longRunning(ctx);
      const answered = (response: ApiResponse): ApiResponse | Promise<ApiResponse> => {
        trail.noteResponse(response);
        if (isWatchStream(response.body)) response.body = recordedStream(response.body, () => recorder.record(trail, 'ResponseComplete'));
        const started = isLong ? recorder.record(trail, 'ResponseStarted') : true;
        const complete = (): boolean | Promise<boolean> => (isWatchStream(response.body) ? true : recorder.record(trail, 'ResponseComplete'));
        const done = started instanceof Promise ? started.then(complete) : complete();
        return done instanceof Promise ? done.then(() => response) : response;
      };
      const failed = async (error: unknown): Promise<never> => {
        const known = asStatusError(error);
        trail.noteStatus(known?.status ?? panicStatus(error));
        if (known === undefined) await recorder.record(trail, 'Panic');
        else {
          if (isLong) await recorder.record(trail, 'ResponseStarted');
          await recorder.record(trail, 'ResponseComplete');
        }
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

    return (ctx) => {
      const trail = begin(ctx, policy, decode, clock, observer);
      if (trail === undefined) return next(ctx);
      const go = (isKept: boolean): ApiResponse | Promise<ApiResponse> => {
        if (isKept) return serve(ctx, trail);
        observer.rejected?.();
        return text(500, `Internal Server Error: ${goQuote(requestURI(ctx.request))}: failed to store audit event\n`);
      };
      const received = recorder.record(trail, 'RequestReceived');
      return received instanceof Promise ? received.then(go) : go(received);
    };
  };
}

/**
 * Writes down that somebody could not be authenticated: for the `failed` of authentication, which stands before {@link audit}.
 * @example authentication(authenticator, { failed: auditFailedAuthentication(options)(unauthorizedResponse) })
 */
export function auditFailedAuthentication(options: AuditOptions): (failed: Handler) => Handler {
  const { policy, decode = decodeJsonBody, clock = systemClock, observer = {} } = options;
  const recorder = recorderOf(options.backends, clock, observer);
  return (failed) => async (ctx) => {
    const trail = begin(ctx, policy, decode, clock, observer);
    const response = await failed(ctx);
    if (trail !== undefined) {
      trail.noteResponse(response);
      await recorder.record(trail, 'ResponseStarted');
    }
    return response;
  };
}

/** Undefined where nothing is to be written. */
function begin(ctx: RequestContext, policy: AuditEvaluator, decode: BodyDecoder, clock: Clock, observer: AuditObserver): Trail | undefined {
  if (ctx.info === undefined) throw new Error('no RequestInfo found in the context');
  const config = policy(ctx.info, ctx.user);
  observer.level?.(config.level);
  return config.level === 'None' ? undefined : new Trail(ctx, config, decode, clock.now());
}

interface Recorder {
  /** @returns false when it could not be kept, and that matters. */
  record(trail: Trail, stage: AuditStage): boolean | Promise<boolean>;
}

function recorderOf(backends: readonly AuditBackend[], clock: Clock, observer: AuditObserver): Recorder {
  const backend = allBackends(backends);
  return {
    record(trail, stage) {
      if (!trail.wants(stage)) return true;
      observer.event?.();
      return backend.process([trail.event(stage, clock.now())]);
    },
  };
}

const panicStatus = (error: unknown) => ({
  status: 'Failure' as const,
  message: `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`,
  reason: 'InternalError' as const,
  code: 500,
});

/** A stream that is complete when either side ends it. */
function recordedStream(stream: WatchStream, complete: () => boolean | Promise<boolean>): WatchStream {
  let isOpen = true;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    void complete();
  };
  return {
    start(sink) {
      stream.start(sinkEnding(sink, end));
    },
    stop() {
      end();
      stream.stop();
    },
  };
}
