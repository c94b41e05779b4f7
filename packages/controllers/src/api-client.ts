/** How controllers call the API: as requests like everybody's, so that strategies, finalizers and admission hold for them, too. */
import { asStatusError, isRecord, type KubeObject, type Status, StatusError } from '@apiserver-kit/machinery';

export interface ApiRequestOptions {
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Calls the API for somebody who may do all that the controller does. The in-process client of `server` is one. */
export interface ApiClient {
  request(options: ApiRequestOptions): Promise<{ readonly status: number; text(): string }>;
}

/**
 * Makes a request and gives what it is answered.
 * @throws StatusError when the answer is a failure.
 */
export async function callApi(client: ApiClient, options: ApiRequestOptions): Promise<KubeObject> {
  const answer = await client.request(options);
  const text = answer.text();
  const body = parsed(text);
  if (answer.status < 300 && body !== undefined) return body as unknown as KubeObject;
  const { code, reason, message, details } = (body?.kind === 'Status' ? body : {}) as Partial<Status>;
  throw new StatusError({ code: code ?? answer.status, reason, message: message ?? text.slice(0, 200), details });
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    // Plain text, which is said as it is.
    return undefined;
  }
}

export const isNotFound = (error: unknown): boolean => asStatusError(error)?.reason === 'NotFound';
export const isConflict = (error: unknown): boolean => asStatusError(error)?.reason === 'Conflict';

/** The path of a collection, or of an object in it. */
export function resourcePath(
  { group, version, resource }: { group: string; version: string; resource: string },
  namespace: string,
  ...names: string[]
): string {
  const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return [`${prefix}${scope}/${resource}`, ...names.map(encodeURIComponent)].join('/');
}
