/** Bytes that a client may keep: served with the conditions of RFC 9110 §13, as Go's http.ServeContent does, without ranges. */
import { stringifyJson } from '@apiserver-kit/machinery';
import type { ApiResponse, RequestContext, ResponseHeaders } from '@apiserver-kit/pipeline';
import { covers, parseAccept } from '../../negotiation/accept.js';
import { hashOf } from '../page.js';

export interface Content {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** Bytes as content, as of now. */
export const contentOf = (bytes: Buffer, mediaType: string, nowMs: number): Content => ({ bytes, mediaType, hash: hashOf(bytes), modifiedAt: nowMs });

/** JSON as content, as of now. */
export const jsonContent = (document: unknown, nowMs: number): Content => contentOf(Buffer.from(stringifyJson(document)), 'application/json', nowMs);

/** Whether a client takes JSON: the one form that there is. */
export function takesJson(ctx: RequestContext): boolean {
  const { accept } = ctx.request.headers;
  return !accept || parseAccept(accept).some((clause) => covers(clause, 'application', 'json'));
}

/** Weak and strong tags are compared alike. */
const names = (header: string, etag: string): boolean =>
  header.split(',').some((each) => {
    const tag = each.trim();
    return tag === '*' || (tag.startsWith('W/') ? tag.slice(2) : tag) === etag;
  });

function isUnchanged({ headers }: RequestContext['request'], etag: string, modifiedAt: number): boolean {
  const noneMatch = headers['if-none-match'];
  if (noneMatch) return names(noneMatch, etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  // Dates in headers are whole seconds.
  return Math.floor(modifiedAt / 1000) * 1000 <= since;
}

/** Answers with content, or with 304 where the client has it. @param headers besides those of content. */
export function serveContent(ctx: RequestContext, { bytes, mediaType, hash, modifiedAt }: Content, headers: ResponseHeaders = {}): ApiResponse {
  const etag = `"${hash}"`;
  if (isUnchanged(ctx.request, etag, modifiedAt)) return { status: 304, headers: { ...headers, etag }, body: undefined };
  const lastModified = new Date(modifiedAt).toUTCString();
  return { status: 200, headers: { ...headers, 'content-type': mediaType, etag, 'last-modified': lastModified }, body: bytes };
}
