/** A registry of custom resources behind a handler, for tests. */
import { fakeClock, isRecord, type KubeObject } from '@apiserver-kit/machinery';
import { type Body, bodyBytes, createContext, isWatchStream, named, pageNotFound, pipeline, recover, requestInfo } from '@apiserver-kit/pipeline';
import { ApiRegistry, resourceHandler } from '@apiserver-kit/rest';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import type { Storage } from '@apiserver-kit/storage';
import { createCRDRegistry } from './crd-registry.js';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from './validation/custom-resource-definition.js';

/** JSON of which a test knows the shape. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly warnings: readonly string[];
}

export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const widgetsPath = '/apis/example.com/v1/namespaces/default/widgets';

const widgetSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: { size: { type: 'integer', maximum: 10 }, color: { type: 'string', default: 'red' }, replicas: { type: 'integer' } },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
  },
};

export const version = (more: Partial<CustomResourceDefinitionVersion> = {}): CustomResourceDefinitionVersion => ({
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: structuredClone(widgetSchema) },
  ...more,
});

/** A definition as a client sends it. */
export const definition = ({
  plural = 'widgets',
  kind = 'Widget',
  group = 'example.com',
  scope = 'Namespaced',
  shortNames,
  versions = [version()],
  annotations,
}: {
  plural?: string;
  kind?: string;
  group?: string;
  scope?: string;
  shortNames?: string[];
  versions?: CustomResourceDefinitionVersion[];
  annotations?: Record<string, string>;
} = {}): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}`, ...(annotations && { annotations }) },
  spec: { group, scope, names: { plural, kind, ...(shortNames && { shortNames }) }, versions },
});

export const widget = (name: string, spec: Json = {}, more: Json = {}): Json => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, ...more },
  spec,
});

/** A server of custom resources over a storage. */
export function serveCustomResources({ storage = memoryStorage(), clock = fakeClock() }: { storage?: Storage; clock?: ReturnType<typeof fakeClock> } = {}) {
  const registry = new ApiRegistry();
  const logged: string[] = [];
  const crds = createCRDRegistry({ storage, registry, clock, log: (message, error) => logged.push(`${message}: ${String(error)}`) });
  registry.add(crds.definitions);
  let uids = 0;
  const handler = pipeline(
    [
      named(
        'recover',
        recover((message, error) => logged.push(`${message}: ${String(error)}`)),
      ),
      named('requestInfo', requestInfo()),
      named('resources', resourceHandler({ registry, clock, uid: () => `uid-${++uids}` })),
    ],
    () => pageNotFound(),
  );
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const [pathname = '', rawQuery = ''] = path.split('?');
    const bytes = body === undefined ? new Uint8Array(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const ctx = createContext({
      method,
      path: pathname,
      rawQuery,
      headers: { ...(body === undefined ? {} : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }), ...headers },
      isSecure: true,
      protocol: 'HTTP/1.1',
      remoteAddress: '',
      peerCertificate: () => undefined,
      body: async () => bytes,
    });
    return { ctx, response: await handler(ctx) };
  };
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const { ctx, response } = await send(method, path, body, headers);
    const text = Buffer.from(bodyBytes(response.body as Exclude<Body, { start: unknown }>)).toString();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text, warnings: ctx.warnings ?? [] };
  };
  const watch = async (path: string) => {
    const { response } = await send('GET', path);
    if (!isWatchStream(response.body)) throw new Error(`no stream: ${response.status}`);
    const state = { events: [] as { type: string; object: KubeObject }[], hasEnded: false };
    response.body.start({
      write: (frames) => void state.events.push(...frames.map((frame) => JSON.parse(Buffer.from(frame).toString()))),
      end: () => {
        state.hasEnded = true;
      },
      bufferedBytes: 0,
    });
    return state;
  };
  /** Creates a definition and waits until all is done for it. */
  const define = async (crd: CustomResourceDefinition): Promise<Answer> => {
    const answer = await ask('POST', definitionsPath, crd);
    await crds.settled();
    return answer;
  };
  /** A definition as it is now. */
  const look = async (name = 'widgets.example.com'): Promise<Json> => (await ask('GET', `${definitionsPath}/${name}`)).body;
  const conditions = async (name?: string): Promise<string[]> => {
    const { status } = await look(name);
    return (isRecord(status) && Array.isArray(status.conditions) ? status.conditions : []).map((one: Json) => `${one.type}=${one.status} ${one.reason}`);
  };
  return { registry, crds, storage, clock, logged, ask, watch, define, look, conditions };
}
