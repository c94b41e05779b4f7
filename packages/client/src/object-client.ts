/** Sends API objects and reads the ones that come back: what webhooks, and other API servers, are asked with. */
import { isRecord, type JsonObject, type KubeObject, parseJson, type Status, StatusError, type StatusReason, stringifyJson } from '@apiserver-kit/machinery';
import type { HttpAnswer, HttpClient } from './http-client.js';

/** Where objects are, or are posted to, and as whom. */
export interface ObjectTarget {
  readonly url: string;
  readonly client: HttpClient;
  /** Asked for each request: credentials change. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** The target at a path below another: of a server, one of its resources. */
export const below = (target: ObjectTarget, path: string): ObjectTarget => ({ ...target, url: `${target.url.replace(/\/+$/, '')}${path}` });

/**
 * Posts an object.
 * @returns the one that came back, of the same kind and version.
 * @throws StatusError when the answer is a failure; Error when there is none, or it is something else.
 */
export async function postObject(target: ObjectTarget, object: KubeObject, signal?: AbortSignal): Promise<KubeObject> {
  const found = await exchange(target, 'POST', signal, stringifyJson(object));
  const { apiVersion, kind } = object;
  if (found.apiVersion !== apiVersion || found.kind !== kind) throw new Error(`the answer is no ${kind} of ${apiVersion}`);
  return found as unknown as KubeObject;
}

/**
 * Gets an object.
 * @throws StatusError when the answer is a failure, such as NotFound; Error when there is none, or it is no object.
 */
export const getObject = async (target: ObjectTarget, signal?: AbortSignal): Promise<KubeObject> =>
  (await exchange(target, 'GET', signal)) as unknown as KubeObject;

async function exchange({ url, client, headers }: ObjectTarget, method: string, signal?: AbortSignal, body?: string): Promise<JsonObject> {
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await client.request({
    method,
    url,
    headers: { accept: 'application/json, */*', 'user-agent': 'apiserver-kit', ...type, ...headers?.() },
    body,
    signal,
  });
  if (answer.status < 200 || answer.status > 206) throw failureOf(answer);
  const found = parsed(answer);
  if (!isRecord(found)) throw new Error('the answer is no JSON object');
  if (isFailure(found)) throw statusError(found, answer.status);
  return found;
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
