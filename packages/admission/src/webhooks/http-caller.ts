/** Webhooks over HTTPS: connections are kept, and shared by all webhooks of the same place (k8s.io/apiserver/pkg/util/webhook). */
import { type HttpAnswer, type HttpClient, type HttpClientOptions, type HttpRequest, goTransportError, httpClient } from '@apiserver-kit/client';
import { type JsonObject, stringifyJson } from '@apiserver-kit/machinery';
import { readAnswer } from './answer.js';
import type { WebhookCall, WebhookCaller } from './caller.js';
import type { WebhookClientConfig } from './configuration.js';

/** `host:port` of a service. @throws Error `service "x" not found`. */
export type ServiceResolver = (namespace: string, name: string, port: number) => string | Promise<string>;

/** How we are known to a webhook: what a kubeconfig says of it. */
export interface WebhookCredentials extends Pick<HttpClientOptions, 'caPem' | 'certPem' | 'keyPem' | 'insecureSkipTlsVerify' | 'serverName'> {
  readonly authorization?: () => string | undefined;
}

export interface HttpWebhookCallerOptions {
  /** Default: services are found by their names in DNS. */
  readonly resolveService?: ServiceResolver;
  /** The credentials for a webhook, by `host:port` (of services: `name.namespace.svc:port`). Default: none. */
  readonly credentialsFor?: (hostPort: string) => WebhookCredentials | undefined;
  /** Bytes of an answer. Default 8 MiB. */
  readonly maxAnswerBytes?: number;
}

/** A {@link WebhookCaller} with connections. */
export interface HttpWebhookCaller extends AsyncDisposable {
  readonly call: WebhookCaller;
  close(): Promise<void>;
}

/** Where to, and as whom. */
interface Place {
  readonly client: HttpClient;
  /** As it is shown in messages. */
  readonly url: URL;
  readonly credentials: WebhookCredentials | undefined;
  readonly serverName: string;
  /** Whether a connection may be one that is used again. */
  hasAnswered: boolean;
}

/** How many places are remembered; the reference's number. */
const maxPlaces = 200;
/** Longer than any webhook is given: the call's own timer ends it. */
const clientTimeoutMs = 120_000;

function urlOf({ url, service }: WebhookClientConfig): URL {
  if (service) {
    const { name, namespace, path = '/', port = 443 } = service;
    return clean(new URL(path.startsWith('/') ? path : `/${path}`, `https://${name}.${namespace}.svc:${port}`));
  }
  if (url === undefined || url === '') throw new Error('webhook configuration must have either service or URL');
  return clean(new URL(url));
}

/** Paths are joined by the reference: a slash at the end is lost. */
function clean(url: URL): URL {
  url.pathname = url.pathname.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
  return url;
}

const portOf = (url: URL): string => url.port || '443';

/** As Go prints it: with the port that was given, though it is the usual one. */
const shown = (url: URL, { service }: WebhookClientConfig, query: string): string =>
  `${url.protocol}//${url.hostname}${service ? `:${portOf(url)}` : url.port && `:${url.port}`}${url.pathname}${query}`;

/** Asks webhooks over HTTPS. Close it to end its connections. */
export function httpWebhookCaller({ resolveService, credentialsFor, maxAnswerBytes = 8 << 20 }: HttpWebhookCallerOptions = {}): HttpWebhookCaller {
  const places = new Map<string, Place>();

  const makePlace = (config: WebhookClientConfig): Place => {
    const url = urlOf(config);
    const credentials = credentialsFor?.(`${url.hostname}:${portOf(url)}`);
    const serverName = credentials?.serverName ?? url.hostname;
    const bundle = config.caBundle ? Buffer.from(config.caBundle, 'base64').toString('utf8') : undefined;
    const { authorization: _, ...tls } = credentials ?? {};
    const caPem = [tls.caPem, bundle].filter((pem) => pem !== undefined).join('\n');
    const client = httpClient({
      ...tls,
      caPem: caPem === '' ? undefined : caPem,
      serverName: serverNameOf(serverName),
      timeoutMs: clientTimeoutMs,
      maxAnswerBytes,
    });
    return { client, url, credentials, serverName, hasAnswered: false };
  };
  const placeOf = (config: WebhookClientConfig): Place => {
    const id = JSON.stringify([config.url, config.service, config.caBundle]);
    const known = places.get(id);
    if (known) return known;
    const place = makePlace(config);
    places.set(id, place);
    if (places.size > maxPlaces) {
      const [oldest, { client }] = places.entries().next().value!;
      places.delete(oldest);
      void client.close();
    }
    return place;
  };

  const call: WebhookCaller = async (asked) => {
    const { clientConfig, review } = asked;
    const place = placeOf(clientConfig);
    const query = asked.timeoutMs === undefined ? '' : `?timeout=${Math.max(1, Math.ceil(asked.timeoutMs / 1000))}s`;
    const failed = (why: string, cause: unknown): Error => new Error(`Post "${shown(place.url, clientConfig, query)}": ${why}`, { cause });
    const target = new URL(place.url);
    target.search = query;
    const body = stringifyJson(review);
    const answer = await withTimeout(asked, async (signal) => {
      try {
        if (clientConfig.service && resolveService) {
          const { namespace, name } = clientConfig.service;
          target.host = await resolveService(namespace, name, Number(portOf(place.url)));
        }
        return await post(place, { method: 'POST', url: target, headers: headersOf(place, clientConfig), body, signal });
      } catch (error) {
        const why = signal.aborted ? (signal.reason as Error).message : goTransportError(error as Error, place.serverName);
        throw failed(why, error);
      }
    });
    return readAnswer({ status: answer.status, contentType: answer.headers['content-type'] ?? '', body: answer.body }, versionOf(review));
  };
  const close = async (): Promise<void> => {
    await Promise.all([...places.values()].map(({ client }) => client.close()));
    places.clear();
  };
  return { call, close, [Symbol.asyncDispose]: close };
}

/** Posts once more where a kept connection turns out to have been closed while nobody looked. */
async function post(place: Place, request: HttpRequest): Promise<HttpAnswer> {
  const mayBeStale = place.hasAnswered;
  try {
    const answer = await place.client.request(request);
    place.hasAnswered = true;
    return answer;
  } catch (error) {
    place.hasAnswered = false;
    if (!mayBeStale || (error as { code?: string }).code !== 'ECONNRESET') throw error;
    return place.client.request(request);
  }
}

/** Addresses are no names that a client may ask a server for. */
const serverNameOf = (name: string): string | undefined => (/^[\d.]+$|:|^\[/.test(name) ? undefined : name);

const versionOf = ({ apiVersion }: JsonObject): string => String(apiVersion).slice('admission.k8s.io/'.length);

function headersOf({ url, credentials }: Place, { service }: WebhookClientConfig): Record<string, string> {
  const authorization = credentials?.authorization?.();
  return {
    accept: 'application/json, */*',
    'content-type': 'application/json',
    'user-agent': 'apiserver-kit',
    // The service is asked under its own name, wherever it is.
    ...(service && { host: `${url.hostname}:${portOf(url)}` }),
    ...(authorization !== undefined && { authorization }),
  };
}

/** Runs with a signal that is aborted when time is up, or the request is. */
async function withTimeout<Value>({ timeoutMs, signal }: WebhookCall, run: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const controller = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => controller.abort(new Error('context deadline exceeded')), timeoutMs);
  const end = (): void => controller.abort(new Error('context canceled'));
  signal?.addEventListener('abort', end, { once: true });
  try {
    if (signal?.aborted) end();
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}
