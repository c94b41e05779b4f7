/** The one object that a request is, from the first filter to the last. */
import type { ApiRequest } from './request.js';
import type { RequestInfo } from './request-info.js';
import type { UserInfo } from './user.js';

/** What the authorization filter decided, kept for audit. */
export interface AuthorizationRecord {
  readonly decision: 'allow' | 'deny' | 'noOpinion';
  readonly reason: string;
}

/**
 * One request. All fields are there from birth so that engines keep one shape; a filter sets the one that bears its name.
 */
export interface RequestContext {
  readonly request: ApiRequest;
  /** The query, parsed on first use. */
  readonly query: URLSearchParams;
  /** Aborted when the client goes, the deadline passes, or the server ends the request. */
  readonly signal: AbortSignal;
  /** Ends the request: aborts `signal`. */
  abort(reason?: unknown): void;
  /** Set by requestInfo. */
  info: RequestInfo | undefined;
  /** Set by authentication. */
  user: UserInfo | undefined;
  /** Set by impersonation: who really asked. */
  impersonator: UserInfo | undefined;
  /** Set by authorization. */
  authorization: AuthorizationRecord | undefined;
  /** Set by audit. */
  audit: AuditRecord | undefined;
  /** Set by flow-control: the priority level's name. */
  priority: string | undefined;
  /** Milliseconds since the epoch at which the request arrived. */
  receivedAt: number;
  /** Milliseconds since the epoch at which it must be answered; 0 for none (watches). */
  deadline: number;
  /** Warnings for the client, in order, without duplicates. Use {@link warn}. */
  warnings: string[] | undefined;
}

/** What audit keeps of a request; filled in by the filters on the way. */
export interface AuditRecord {
  readonly id: string;
  readonly annotations: Record<string, string>;
  /** Set by impersonation: the constraint under which the user acts as another. */
  impersonationConstraint?: string;
}

/** Adds a warning that reaches the client as a `Warning: 299` header. Said twice, it is sent once. */
export function warn(ctx: RequestContext, message: string): void {
  ctx.warnings ??= [];
  if (!ctx.warnings.includes(message)) ctx.warnings.push(message);
}

class Context implements RequestContext {
  info: RequestInfo | undefined = undefined;
  user: UserInfo | undefined = undefined;
  impersonator: UserInfo | undefined = undefined;
  authorization: AuthorizationRecord | undefined = undefined;
  audit: AuditRecord | undefined = undefined;
  priority: string | undefined = undefined;
  receivedAt = 0;
  deadline = 0;
  warnings: string[] | undefined = undefined;
  #query: URLSearchParams | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #isAborted = false;
  #reason: unknown = undefined;

  constructor(readonly request: ApiRequest) {}

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.request.rawQuery));
  }

  // Made when somebody asks: most requests never wait, and an AbortController costs more than a cached GET's routing.
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** A fresh context for a request: what a listener calls. */
export const createContext = (request: ApiRequest): RequestContext => new Context(request);
