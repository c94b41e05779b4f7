/** Who did what and when: the filters that write it down. */
import { type AuditBackend, type AuditPolicy, audit, auditFailedAuthentication, auditInit, auditPolicy } from '@apiserver-kit/audit';
import { unauthorizedResponse } from '@apiserver-kit/authn';
import type { Clock } from '@apiserver-kit/machinery';
import type { Filter, Handler } from '@apiserver-kit/pipeline';

export interface ServerAuditOptions {
  readonly policy: AuditPolicy;
  /** Where events go. The server closes them. */
  readonly backends: readonly AuditBackend[];
}

export interface ServerAudit {
  /** Outermost: names requests. */
  readonly init: Filter;
  /** Behind authentication, before impersonation. */
  readonly filter: Filter;
  /** Answers who is not known. */
  readonly failed: Handler;
  /** Keeps what has been taken, and ends: when no request is left. */
  close(): Promise<void>;
}

/** What the chain needs in order to audit. */
export function serverAudit({ policy, backends }: ServerAuditOptions, clock: Clock): ServerAudit {
  const options = { policy: auditPolicy(policy), backends, clock };
  return {
    init: auditInit(),
    filter: audit(options),
    failed: auditFailedAuthentication(options)(unauthorizedResponse),
    close: async () => {
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}
