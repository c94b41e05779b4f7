/** From the bytes that a webhook answers with to an object (k8s.io/client-go/rest). */
import { goJsonError, goQuote, isRecord, type JsonObject, parseJson } from '@apiserver-kit/machinery';

/** What a webhook has sent. */
export interface WebhookAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

const typeMeta = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const maxTextBytes = 2048;

/** What an HTTP code means that no Status comes with. */
const meanings: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

function failureText({ status, contentType, body }: WebhookAnswer): string {
  const isText = contentType === '' || contentType.startsWith('text/');
  const said = isText ? body.subarray(0, maxTextBytes).toString('utf8').trim() : 'unknown';
  if (status === 403 || status === 415) return said;
  if (status === 406) return said === '' || said === 'unknown' ? 'the server was unable to respond with a content type that the client supports' : said;
  const meaning = meanings[status];
  if (meaning !== undefined) return meaning;
  return status >= 500
    ? `an error on the server (${goQuote(said)}) has prevented the request from succeeding`
    : `the server responded with the status code ${status} but did not return more information`;
}

const goType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'number' : typeof value;

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    if (text.trimStart().startsWith('{')) throw new Error(`couldn't get version/kind; json parse error: ${goJsonError(text)}`);
    // The reference reads it as YAML then: a text.
    return text;
  }
}

const isFailure = (value: unknown): value is JsonObject => isRecord(value) && value.kind === 'Status' && value.status !== 'Success';

/**
 * Reads the object of an answer.
 * @throws Error when the answer is a failure, or holds no object of the wanted version.
 */
export function readAnswer(answer: WebhookAnswer, version: string): JsonObject {
  const { status, contentType, body } = answer;
  const isGood = status >= 200 && status <= 206;
  if (!isGood) throw new Error(statusMessage(body) ?? failureText(answer));
  if (body.length === 0) throw new Error(`0-length response with status code: ${status} and content type: ${contentType}`);
  const value = parse(body.toString('utf8'));
  if (!isRecord(value))
    throw new Error(`couldn't get version/kind; json parse error: json: cannot unmarshal ${goType(value)} into Go value of type ${typeMeta}`);
  if (isFailure(value)) throw new Error(String(value.message ?? ''));
  checkVersion(value, version);
  return value;
}

function statusMessage(body: Buffer): string | undefined {
  if (body.length === 0) return undefined;
  try {
    const value = parseJson(body.toString('utf8'));
    return isFailure(value) ? String(value.message ?? '') : undefined;
  } catch {
    return undefined;
  }
}

/** Answers in the other version that there is are of no use. */
function checkVersion({ apiVersion, kind }: JsonObject, version: string): void {
  const other = version === 'v1' ? 'v1beta1' : 'v1';
  if (kind === 'AdmissionReview' && apiVersion === `admission.k8s.io/${other}`)
    throw new Error(`converting (${other}.AdmissionReview) to (${version}.AdmissionReview): unknown conversion`);
}
