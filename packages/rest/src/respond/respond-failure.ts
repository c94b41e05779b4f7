/** Tells a failure in the form that the client speaks. */
import { asStatusError, type KubeObject } from '@apiserver-kit/machinery';
import { type ApiResponse, type RequestContext, statusResponse } from '@apiserver-kit/pipeline';
import { failureFormat } from '../negotiation/accept.js';
import type { ProtobufCodec } from '../negotiation/protobuf.js';
import { respondObject } from './respond.js';

/** Whether a client may want failures in another form than JSON: looked at before anything fails, so it must be cheap. */
export function speaksOtherThanJson({ request }: RequestContext): boolean {
  const { accept } = request.headers;
  return accept !== undefined && (accept.includes('yaml') || accept.includes('protobuf'));
}

/**
 * Answers with the Status of an error.
 * @throws the error itself where it is none that a client can cause.
 */
export function respondFailure(ctx: RequestContext, error: unknown, protobuf: ProtobufCodec | undefined): ApiResponse | Promise<ApiResponse> {
  const known = asStatusError(error);
  if (!known) throw error;
  const plain = statusResponse(known);
  const format = failureFormat(ctx, protobuf !== undefined);
  if (format === 'json') return plain;
  const { status } = known;
  const representation = { format, pretty: false, as: undefined, version: 'v1' } as const;
  const told = respondObject(plain.status, status as unknown as KubeObject, representation, protobuf);
  const withHeaders = (response: ApiResponse): ApiResponse => ({ ...response, headers: { ...plain.headers, ...response.headers } });
  return told instanceof Promise ? told.then(withHeaders) : withHeaders(told);
}
