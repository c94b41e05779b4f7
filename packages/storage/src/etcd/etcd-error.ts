/** What etcd or the way to it answers instead of a result. */
export class EtcdError extends Error {
  constructor(
    message: string,
    /** The gRPC status code. */
    readonly code: number,
    /** etcd's or the transport's own words. */
    readonly details: string,
  ) {
    super(message);
    this.name = 'EtcdError';
  }
}

// The codes of gRPC that matter here.
const cancelled = 1;
const unknown = 2;
const deadlineExceeded = 4;
const permissionDenied = 7;
const internal = 13;
const unavailable = 14;
const unauthenticated = 16;

const isEtcdsOwn = (details: string): boolean => details.startsWith('etcdserver: ') || details.startsWith('auth: ');

/** A sentence for whoever runs the server: which etcd, and what to look at. */
function messageOf(url: string, code: number, details: string): string {
  if (isEtcdsOwn(details)) return `etcd at ${url}: ${details}`;
  const reason = details.match(/Last error: (?:Error: )?(.*?)(?:\. Resolution note: .*)?$/s)?.[1] ?? details;
  if (/certificate|self.signed|altname|ssl|tls|alert|EPROTO/i.test(reason)) {
    return `etcd at ${url} cannot be trusted, or does not trust us: ${reason}; look at --etcd-cafile, --etcd-certfile and --etcd-keyfile`;
  }
  if (code === unavailable) return `etcd at ${url} cannot be reached: ${reason}`;
  if (code === deadlineExceeded) return `etcd at ${url} has not answered in time: ${reason}`;
  return `etcd at ${url}: ${reason}`;
}

/** The error of a call, as gRPC gives it, with a message that says where. */
export function etcdError(url: string, error: unknown): EtcdError {
  if (error instanceof EtcdError) return error;
  // What has no code is no answer, but a mistake of ours.
  const { code = internal, details = String(error) } = error as { code?: number; details?: string };
  return new EtcdError(messageOf(url, code, details), code, details);
}

export const isCompacted = (error: unknown): boolean => error instanceof EtcdError && error.details.includes('required revision has been compacted');
export const isFuture = (error: unknown): boolean => error instanceof EtcdError && error.details.includes('required revision is a future revision');
export const isLeaseGone = (error: unknown): boolean => error instanceof EtcdError && error.details.includes('requested lease not found');

/** Whether another try can go better: nobody answered, or etcd has no leader just now. */
export const isPassing = ({ code, details }: EtcdError): boolean =>
  code === unavailable ||
  code === cancelled ||
  (code === unknown && !isEtcdsOwn(details)) ||
  details.includes('leader changed') ||
  details.includes('etcdserver: request timed out');

/** Whether etcd cannot have seen the call, so that even a write may be sent again. */
export const isUnsent = ({ code, details }: EtcdError): boolean =>
  code === unavailable && /^(No connection established|Name resolution failed|Channel closed before call started)/.test(details);

/** Whether trying again is of no use until somebody has changed a permission. */
export const isRefusal = ({ code }: EtcdError): boolean => code === permissionDenied || code === unauthenticated;
