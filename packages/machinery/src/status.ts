/** Failures that a client can cause, as the Status they are answered with (k8s.io/apimachinery/pkg/api/errors). */
import { type FieldError, fieldErrorBody, fieldErrorText } from './field-path.js';
import { goQuote } from './go-text.js';
import { type GroupKind, type GroupResource, groupKindText, groupResourceText } from './gvk.js';

/** Every reason the reference gives, with the HTTP code that goes with it. */
export const reasonCodes = {
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Invalid: 422,
  ServerTimeout: 500,
  StoreReadError: 500,
  Timeout: 504,
  TooManyRequests: 429,
  BadRequest: 400,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  Expired: 410,
  ServiceUnavailable: 503,
} as const;

export type StatusReason = keyof typeof reasonCodes;

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** metav1.Status, in the reference's field order. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status?: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code?: number;
}

const brand = Symbol.for('@apiserver-kit/StatusError');

/** A failure with the Status it is answered with. Made by the factories below. */
export class StatusError extends Error {
  readonly [brand] = true;
  readonly status: Status;
  constructor(fields: { code: number; reason?: StatusReason; message: string; details?: StatusDetails }, options?: ErrorOptions) {
    super(fields.message, options);
    this.name = 'StatusError';
    const { code, reason, message, details } = fields;
    this.status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details: details && compact(details), code };
  }
  get code(): number {
    return this.status.code!;
  }
  get reason(): StatusReason | undefined {
    return this.status.reason;
  }
}

/** Drops empty members, as the reference's omitempty does. */
function compact(details: StatusDetails): StatusDetails {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(details))
    if (value !== undefined && value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0)) out[name] = value;
  return out as StatusDetails;
}

/** True for a StatusError of any copy of this package. Looks through `cause`. */
export function asStatusError(error: unknown): StatusError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) if (brand in at) return at as StatusError;
  return undefined;
}

/** True when the error, or what caused it, is a StatusError of that reason. */
export const isReason = (error: unknown, reason: StatusReason): boolean => asStatusError(error)?.reason === reason;

const detailsOf = ({ group, resource }: GroupResource, name = ''): StatusDetails => ({ name, group, kind: resource });
const make = (reason: StatusReason, message: string, details?: StatusDetails): StatusError =>
  new StatusError({ code: reasonCodes[reason], reason, message, details });

export const notFound = (of: GroupResource, name: string): StatusError =>
  make('NotFound', `${groupResourceText(of)} ${goQuote(name)} not found`, detailsOf(of, name));

export const alreadyExists = (of: GroupResource, name: string): StatusError =>
  make('AlreadyExists', `${groupResourceText(of)} ${goQuote(name)} already exists`, detailsOf(of, name));

export const generateNameConflict = (of: GroupResource, name: string, retryAfterSeconds = 1): StatusError =>
  make('AlreadyExists', `${groupResourceText(of)} ${goQuote(name)} already exists, the server was not able to generate a unique name for the object`, {
    ...detailsOf(of, name),
    retryAfterSeconds,
  });

export const unauthorized = (message = 'not authorized'): StatusError => make('Unauthorized', message);

/** `why` is the sentence after the colon. An empty resource means a non-resource path. */
export function forbidden(of: GroupResource, name: string, why: string): StatusError {
  const subject =
    of.group === '' && of.resource === ''
      ? 'forbidden'
      : name === ''
        ? `${groupResourceText(of)} is forbidden`
        : `${groupResourceText(of)} ${goQuote(name)} is forbidden`;
  return make('Forbidden', `${subject}: ${why}`, detailsOf(of, name));
}

/** Said of a write that lost a race. */
export const modifiedMessage = 'the object has been modified; please apply your changes to the latest version and try again';

export const conflict = (of: GroupResource, name: string, why: string = modifiedMessage): StatusError =>
  make('Conflict', `Operation cannot be fulfilled on ${groupResourceText(of)} ${goQuote(name)}: ${why}`, detailsOf(of, name));

export const applyConflict = (causes: StatusCause[], message: string): StatusError => make('Conflict', message, { causes });

export const gone = (message: string): StatusError => make('Gone', message);

/** 410: the resourceVersion or continue token is older than what is kept. */
export const expired = (message: string): StatusError => make('Expired', message);

/** 422 with a cause per field error; equal sentences are said once in the message. */
export function invalid(of: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const sentences = [...new Set(errors.map(fieldErrorText))];
  const all = sentences.length === 0 ? '' : sentences.length === 1 ? `: ${sentences[0]}` : `: [${sentences.join(', ')}]`;
  return make('Invalid', `${groupKindText(of)} ${goQuote(name)} is invalid${all}`, {
    name,
    group: of.group,
    kind: of.kind,
    causes: errors.map((error) => ({ reason: error.type, message: fieldErrorBody(error), field: error.field })),
  });
}

export const badRequest = (message: string): StatusError => make('BadRequest', message);

export const tooManyRequests = (message: string, retryAfterSeconds: number): StatusError => make('TooManyRequests', message, { retryAfterSeconds });

export const serviceUnavailable = (message: string): StatusError => make('ServiceUnavailable', message);

export const methodNotSupported = (of: GroupResource, action: string): StatusError =>
  make('MethodNotAllowed', `${action} is not supported on resources of kind ${goQuote(groupResourceText(of))}`, detailsOf(of));

export const serverTimeout = (of: GroupResource, operation: string, retryAfterSeconds = 0): StatusError =>
  make('ServerTimeout', `The ${operation} operation against ${groupResourceText(of)} could not be completed at this time, please try again.`, {
    ...detailsOf(of, operation),
    retryAfterSeconds,
  });

/** 500. `message` reaches the client: never put a secret or a stack into it. */
export const internalError = (message: string, options?: ErrorOptions): StatusError =>
  new StatusError({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${message}`, details: { causes: [{ message }] } }, options);

/** 500 without a reason: how the reference answers an error that it did not expect (its ErrorToAPIStatus). */
export const unknownError = (message: string): StatusError => new StatusError({ code: 500, message });

export const timeoutError = (message: string, retryAfterSeconds = 0): StatusError => make('Timeout', `Timeout: ${message}`, { retryAfterSeconds });

export const requestEntityTooLarge = (message: string): StatusError => make('RequestEntityTooLarge', `Request entity too large: ${message}`);

export const unsupportedMediaType = (message: string): StatusError => make('UnsupportedMediaType', message);

export const notAcceptable = (message: string): StatusError => make('NotAcceptable', message);
