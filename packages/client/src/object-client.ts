/** Posts API objects and reads the ones that come back: what webhooks are asked with. */
import { isRecord, type JsonObject, type KubeObject, parseJson, type Status, StatusError, type StatusReason, stringifyJson } from '@apiserver-kit/machinery';
import type { HttpAnswer, HttpClient } from './http-client.js';

/** Where objects are posted to, and as whom. */
export interface ObjectTarget {
  readonly url: string;
  readonly client: HttpClient;
  /** Asked for each request: credentials change. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/**
 * Posts an object.
 * @returns the one that came back, of the same kind and version.
 * @throws StatusError when the answer is a failure; Error when there is none, or it is something else.
 */
export async function postObject({ url, client, headers }: ObjectTarget, object: KubeObject, signal?: AbortSignal): Promise<KubeObject> {
  const answer = await client.request({
    method: 'POST',
    url,
    headers: { accept: 'application/json, */*', 'content-type': 'application/json', 'user-agent': 'apiserver-kit', ...headers?.() },
    body: stringifyJson(object),
    signal,
  });
  if (answer.status < 200 || answer.status > 206) throw failureOf(answer);
  const found = parsed(answer);
  if (!isRecord(found)) throw new Error('the answer is no JSON object');
  if (isFailure(found)) throw statusError(found, answer.status);
  const { apiVersion, kind } = object;
  if (found.apiVersion !== apiVersion || found.kind !== kind) throw new Error(`the answer is no ${kind} of ${apiVersion}`);
  return found as unknown as KubeObject;
}

function parsed({ body }: HttpAnswer): unknown {
  try {
    return parseJson(body.toString('utf8'));
  } catch {
    // Its text may be of anybody, and hold anything: it is not repeated.
    return undefined;
  }
}

/** What the codes of answers mean that are no Status (NewGenericServerResponse). */
const generic: Readonly<Record<number, readonly [reason: StatusReason, message: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', 'the server does not allow access to the requested resource'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  409: ['Conflict', 'the server reported a conflict'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  500: ['InternalError', 'an error on the server ("unknown") has prevented the request from succeeding'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the server was unable to return a response in the time allotted, but may still be processing the request'],
};

const isFailure = (found: JsonObject): boolean => found.kind === 'Status' && found.status !== 'Success';

function statusError(status: JsonObject, httpCode: number): StatusError {
  const { code = httpCode, reason, message = 'unknown', details } = status as Partial<Status>;
  return new StatusError({ code, reason, message, details });
}

function failureOf(answer: HttpAnswer): StatusError {
  const found = parsed(answer);
  if (isRecord(found) && isFailure(found)) return statusError(found, answer.status);
  const retryAfterSeconds = Number.parseInt(answer.headers['retry-after'] ?? '', 10);
  const [reason, message] =
    generic[answer.status] ??
    (answer.status > 500 ? generic[500]! : [undefined, `the server responded with the status code ${answer.status} but did not return more information`]);
  return new StatusError({ code: answer.status, reason, message, details: retryAfterSeconds > 0 ? { retryAfterSeconds } : {} });
}
