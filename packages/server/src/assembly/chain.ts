/** The filters of a server, in the reference's order (k8s.io/apiserver/pkg/server/config.go). */
import { authentication, type Authenticator, type RequestHeaderNames } from '@apiserver-kit/authn';
import { authorization, type Authorizer, impersonation } from '@apiserver-kit/authz';
import type { Clock } from '@apiserver-kit/machinery';
import {
  cacheControl,
  cors,
  deadline,
  type Drain,
  type ErrorLog,
  hsts,
  type NamedFilter,
  named,
  readyGate,
  receivedTime,
  recover,
  requestInfo,
  warnings,
} from '@apiserver-kit/pipeline';
import { metricsFilter, type RequestMetrics } from '../metrics/index.js';
import type { ServerAudit } from './audit.js';

export interface ChainParts {
  readonly authenticator: Authenticator;
  /** Who writes down what happens; none: nobody. */
  readonly audit?: ServerAudit;
  /** The headers of front proxies, where they are not the usual ones. */
  readonly requestHeaders?: RequestHeaderNames;
  readonly authorizer: Authorizer;
  readonly drain: Drain;
  readonly metrics: RequestMetrics;
  /** Until it says so, only health is answered. */
  readonly isReady: () => boolean;
  /** Whether browsers of an origin may call. */
  readonly isOriginAllowed: (origin: string) => boolean;
  /** As in the header Strict-Transport-Security; none: no header. */
  readonly hstsDirectives: readonly string[];
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly log: ErrorLog;
}

/** The chain as a list: to look at, to leave something out, to put something in. Outermost first. */
export function serverFilters(parts: ChainParts): NamedFilter[] {
  const { audit, clock, log } = parts;
  return [
    ...(audit ? [named('auditInit', audit.init)] : []),
    named('recover', recover(log)),
    named('readyGate', readyGate(parts.isReady)),
    named('receivedTime', receivedTime(clock)),
    named('requestInfo', requestInfo()),
    named('metrics', metricsFilter(parts.metrics)),
    named('hsts', hsts(parts.hstsDirectives)),
    named('cacheControl', cacheControl()),
    named('drain', parts.drain.filter),
    named('deadline', deadline({ maxMs: parts.requestTimeoutMs, clock })),
    named('warnings', warnings()),
    named('cors', cors(parts.isOriginAllowed)),
    named('authentication', authentication(parts.authenticator, { log, requestHeaders: parts.requestHeaders, failed: audit?.failed })),
    ...(audit ? [named('audit', audit.filter)] : []),
    named('impersonation', impersonation(parts.authorizer, { clock })),
    named('authorization', authorization(parts.authorizer)),
  ];
}
