/** What is known of one request while it is answered: its events are made from it (k8s.io/apiserver/pkg/audit/request.go). */
import { byteLength, isRecord, microTimestamp, parseJson } from '@apiserver-kit/machinery';
import { type ApiRequest, type ApiResponse, bodyBytes, isWatchStream, type RequestContext, type UserInfo } from '@apiserver-kit/pipeline';
import { type AuditEvent, type AuditObjectReference, type AuditStatus, auditUser, sorted } from './event.js';
import type { AuditConfig, AuditStage } from './policy.js';
import { sourceIPs } from './source-ips.js';

/** An object from the bytes of a body; undefined, or an error, where it cannot be read. */
export type BodyDecoder = (bytes: Uint8Array, contentType: string) => unknown;

/** Reads JSON, and YAML that is JSON. */
export const decodeJsonBody: BodyDecoder = (bytes) => parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));

const writingVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const maxUserAgentBytes = 1024;
const statusStart = Buffer.from('{"kind":"Status"');

const orUndefined = (text: string): string | undefined => (text === '' ? undefined : text);

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}

let lastTime = Number.NaN;
let lastTimestamp = '';

/** Many events are of one millisecond, and printing a date takes as long as the rest of an event. */
function timestamps(ms: number): string {
  if (ms !== lastTime) {
    lastTime = ms;
    lastTimestamp = microTimestamp(ms);
  }
  return lastTimestamp;
}

export class Trail {
  readonly #ctx: RequestContext;
  readonly #config: AuditConfig;
  readonly #decode: BodyDecoder;
  /** Who asked; impersonation puts another into the context. */
  readonly #user: UserInfo | undefined;
  readonly #receivedAt: number;
  #body: Uint8Array | undefined = undefined;
  #requestObject: unknown = undefined;
  #responseStatus: AuditStatus | undefined = undefined;
  #responseObject: unknown = undefined;

  constructor(ctx: RequestContext, config: AuditConfig, decode: BodyDecoder, now: number) {
    this.#ctx = ctx;
    this.#config = config;
    this.#decode = decode;
    this.#user = ctx.user;
    this.#receivedAt = ctx.receivedAt || now;
    if (writingVerbs.has(ctx.info!.verb)) this.#listenToBody(ctx.request);
  }

  /** Whether the policy wants an event of this stage. */
  wants(stage: AuditStage): boolean {
    return !this.#config.omitStages.includes(stage);
  }

  noteResponse(response: ApiResponse): void {
    this.#responseStatus = { metadata: {}, code: response.status };
    const { body, headers } = response;
    if (body === undefined || isWatchStream(body)) return;
    const isKept = this.#config.level === 'RequestResponse';
    const type = headers['content-type'];
    const contentType = typeof type === 'string' ? type : (type?.[0] ?? '');
    if (contentType.startsWith('text/')) return;
    if (!isKept && response.status < 400 && !startsWithStatus(body)) return;
    const object = this.#read(bodyBytes(body), contentType);
    if (!isRecord(object) || typeof object.kind !== 'string') return;
    if (object.kind === 'Status') this.#responseStatus = statusOf(object as AuditStatus, response.status);
    if (isKept) this.#responseObject = object;
  }

  noteStatus(status: AuditStatus): void {
    this.#responseStatus = statusOf(status, status.code ?? 0);
  }

  event(stage: AuditStage, now: number): AuditEvent {
    const { request, info, user, impersonator, audit } = this.#ctx;
    this.#readRequestObject();
    const received = timestamps(this.#receivedAt);
    const userAgent = truncatedUserAgent(request.headers['user-agent'] ?? '');
    const ips = sourceIPs(request);
    const { level } = this.#config;
    const { annotations = {}, impersonationConstraint = '' } = audit ?? {};
    const isOther = impersonator !== undefined;
    // What is undefined is not printed; one shape for all events is quicker to make, and to print, than one for each.
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level,
      auditID: audit?.id ?? '',
      stage,
      requestURI: requestURI(request),
      verb: info!.verb,
      user: auditUser(this.#user),
      impersonatedUser: isOther ? auditUser(user) : undefined,
      authenticationMetadata: isOther && impersonationConstraint !== '' ? { impersonationConstraint } : undefined,
      sourceIPs: ips.length > 0 ? ips : undefined,
      userAgent: orUndefined(userAgent),
      objectRef: info!.isResourceRequest ? this.#objectRef() : undefined,
      responseStatus: this.#responseStatus,
      requestObject: level === 'Metadata' ? undefined : this.#presented(this.#requestObject),
      responseObject: level === 'RequestResponse' ? this.#presented(this.#responseObject) : undefined,
      requestReceivedTimestamp: received,
      stageTimestamp: stage === 'RequestReceived' ? received : timestamps(now),
      annotations: isEmpty(annotations) ? undefined : sorted(annotations),
    };
  }

  /** Whoever reads the body lets us see it; nobody reads it for us. */
  #listenToBody(request: ApiRequest): void {
    const read = request.body;
    (request as { body: ApiRequest['body'] }).body = async (limit) => {
      const bytes = await read.call(request, limit);
      this.#body = bytes;
      return bytes;
    };
  }

  #readRequestObject(): void {
    const body = this.#body;
    if (body === undefined) return;
    this.#body = undefined;
    const { verb } = this.#ctx.info!;
    // At Metadata only the name, and what else is in the metadata of the object that is written, is of interest.
    const isNeeded = this.#config.level !== 'Metadata' || verb === 'create' || verb === 'update';
    if (isNeeded && body.length > 0) this.#requestObject = this.#read(body, this.#ctx.request.headers['content-type'] ?? '');
  }

  #read(bytes: Uint8Array, contentType: string): unknown {
    try {
      return this.#decode(bytes, contentType);
    } catch {
      // The client, or whoever reads what we answered, has been told: the trail keeps what it knows.
      return undefined;
    }
  }

  #objectRef(): AuditObjectReference {
    const { verb, resource, namespace, name, apiGroup, apiVersion, subresource } = this.#ctx.info!;
    const object = (verb === 'create' || verb === 'update') && isRecord(this.#requestObject) ? this.#requestObject.metadata : undefined;
    const of = isRecord(object) ? object : {};
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    return {
      resource: orUndefined(resource),
      namespace: orUndefined(namespace || text(of.namespace)),
      name: orUndefined(name || text(of.name)),
      uid: orUndefined(text(of.uid)),
      apiGroup: orUndefined(apiGroup),
      apiVersion: orUndefined(apiVersion),
      resourceVersion: orUndefined(text(of.resourceVersion)),
      subresource: orUndefined(subresource),
    };
  }

  #presented(object: unknown): unknown {
    return this.#config.omitManagedFields ? withoutManagedFields(object) : object;
  }
}

function startsWithStatus(body: Exclude<ApiResponse['body'], undefined>): boolean {
  const first = Array.isArray(body) ? body[0] : body;
  if (typeof first === 'string') return first.startsWith('{"kind":"Status"');
  return first instanceof Uint8Array && statusStart.compare(first, 0, Math.min(first.length, statusStart.length)) === 0;
}

/** What is kept of a Status: never its kind, nor what lists have. */
const statusOf = ({ status, message, reason, details, code }: AuditStatus, httpCode: number): AuditStatus => ({
  metadata: {},
  ...(status && { status }),
  ...(message && { message }),
  ...(reason && { reason }),
  ...(details !== undefined && { details }),
  code: code ?? httpCode,
});

function withoutManagedFields(object: unknown): unknown {
  if (!isRecord(object)) return object;
  const out: Record<string, unknown> = { ...object };
  if (isRecord(out.metadata) && 'managedFields' in out.metadata) {
    const { managedFields: _, ...metadata } = out.metadata;
    out.metadata = metadata;
  }
  if (Array.isArray(out.items)) out.items = out.items.map(withoutManagedFields);
  if (out.kind === 'Table' && Array.isArray(out.rows))
    out.rows = out.rows.map((row: unknown) => (isRecord(row) ? { ...row, object: withoutManagedFields(row.object) } : row));
  return out;
}

function truncatedUserAgent(text: string): string {
  return byteLength(text) > maxUserAgentBytes ? `${Buffer.from(text).subarray(0, maxUserAgentBytes).toString('utf8')}...TRUNCATED` : text;
}

/** The path as it stands in a URL, with the query as it was sent. */
export function requestURI({ path, rawQuery }: ApiRequest): string {
  const escaped = /^[\w/.~!$&'()*+,;=:@-]*$/.test(path) ? path : encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F');
  return rawQuery === '' ? escaped : `${escaped}?${rawQuery}`;
}
