/** How requests that are too many are answered. */
import { type ApiResponse, groupMasters, type RequestContext, text, type UserInfo } from '@apiserver-kit/pipeline';

/** 429 in plain text, as the reference says it. */
export function tooManyRequestsResponse(retryAfterSeconds: number): ApiResponse {
  const response = text(429, 'Too many requests, please try again later.\n');
  response.headers['retry-after'] = String(retryAfterSeconds);
  return response;
}

/** 500 for a filter that stands in the wrong place. */
export function misplacedResponse({ request }: RequestContext): ApiResponse {
  const uri = request.rawQuery === '' ? request.path : `${request.path}?${request.rawQuery}`;
  return text(500, `Internal Server Error: ${JSON.stringify(uri)}\n`);
}

const readingVerbs = new Set(['get', 'list', 'watch']);

/** Whether a verb changes something, as far as limits go. */
export const isMutating = (verb: string): boolean => !readingVerbs.has(verb);

export const isMaster = (user: UserInfo | undefined): boolean => user?.groups.includes(groupMasters) ?? false;
