import { asStatusError, internalError } from '@apiserver-kit/machinery';
import { type ApiRequest, type ApiResponse, type ErrorLog, statusResponse } from '@apiserver-kit/pipeline';

/**
 * What a handler threw, as an answer. The `recover` filter does this within the pipeline; this is for a handler without one, and for what
 * fails around it.
 */
export function failureResponse(log: ErrorLog, { method, path }: ApiRequest, error: unknown): ApiResponse {
  const known = asStatusError(error);
  if (known) return statusResponse(known);
  log(`${method} ${path} failed`, error);
  return statusResponse(internalError('the server could not handle the request'));
}
