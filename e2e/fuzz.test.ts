import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { cluster, within } from './environment.js';
import { HttpClient } from './http.js';
import { configMap, pod, widget, widgets } from './manifests.js';

interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

interface FuzzAnswer {
  readonly status: number;
  readonly type: string;
  /** What came of the body before it ended or was cut off. */
  readonly text: string;
}

// ---- what is sent: mostly near the truth, so that it gets past the first check and into the next ------------------------------------------

const names = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'default', 'kube-system', 'widgets.example.com', 'cluster-admin') },
  { weight: 2, arbitrary: fc.string({ maxLength: 12 }).map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.constantFrom('..', '.', '%2e%2e', '%', '%zz', 'A_B', 'a'.repeat(300), '%00', '%ff', 'é', 'a b') },
);
const prefixes = fc.constantFrom(
  '/api/v1',
  '/apis/apps/v1',
  '/apis/batch/v1',
  '/apis/rbac.authorization.k8s.io/v1',
  '/apis/apiextensions.k8s.io/v1',
  '/apis/coordination.k8s.io/v1',
  '/apis/example.com/v1',
  '/apis/authorization.k8s.io/v1',
  '/apis/nope.example.com/v1',
  '/api/v2',
);
const resources = fc.constantFrom(
  'configmaps',
  'pods',
  'namespaces',
  'secrets',
  'deployments',
  'jobs',
  'roles',
  'rolebindings',
  'clusterroles',
  'leases',
  'widgets',
  'customresourcedefinitions',
  'nodes',
  'events',
  'subjectaccessreviews',
  'nothings',
);
const subresources = fc.constantFrom('', '', '', '', 'status', 'scale', 'log', 'nope', 'finalize');
const resourcePaths = fc
  .record({
    prefix: prefixes,
    watch: fc.constantFrom('', '', '', '', '', '/watch'),
    namespace: fc.option(names),
    resource: resources,
    name: fc.option(names),
    subresource: subresources,
  })
  .map(({ prefix, watch, namespace, resource, name, subresource }) =>
    [
      prefix + watch,
      ...(namespace === null ? [] : ['namespaces', namespace]),
      resource,
      ...(name === null ? [] : [name]),
      ...(name !== null && subresource ? [subresource] : []),
    ].join('/'),
  );
const paths = fc.oneof(
  { weight: 12, arbitrary: resourcePaths },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '/',
      '/api',
      '/apis',
      '/apis/',
      '/apis/apps',
      '/api/v1/',
      '/version',
      '/openapi/v2',
      '/openapi/v3',
      '/openapi/v3/api/v1',
      '/healthz',
      '/livez/ping',
      '/readyz',
      '/metrics',
      '//',
      '/apis/apps/v1/watch',
    ),
  },
  { weight: 1, arbitrary: fc.webPath().map((path) => (path.startsWith('/') ? path : `/${path}`)) },
);

const values = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    'true',
    'false',
    'All',
    'Strict',
    'Ignore',
    '-1',
    '99999999999999999999',
    'metadata.name=a',
    'spec.nope=1',
    'a=b',
    'a in (b',
    '!a',
    'Exact',
    'NotOlderThan',
    'Foreground',
    'x',
  ),
  fc.string({ maxLength: 10 }),
);
const parameters = fc.constantFrom(
  'watch',
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'labelSelector',
  'fieldSelector',
  'timeoutSeconds',
  'timeout',
  'allowWatchBookmarks',
  'sendInitialEvents',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'pretty',
  'gracePeriodSeconds',
  'propagationPolicy',
  'orphanDependents',
  'includeObject',
  'verbose',
  'exclude',
  'nope',
);
const queries = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.tuple(parameters, values), { maxLength: 4 })
      .map((pairs) => `?${pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('?%', '?a=%zz', '?&&==', '?watch', '?limit=1&limit=2', `?labelSelector=${'a,'.repeat(500)}`) },
);

const mediaTypes = fc.constantFrom(
  'application/json',
  'application/json',
  'application/yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/vnd.kubernetes.protobuf',
  'application/cbor',
  'text/plain',
  'nonsense',
  '',
  ';;;',
);
const accepts = fc.constantFrom(
  '*/*',
  'application/json',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io',
  'application/vnd.kubernetes.protobuf, application/json;q=0.5',
  'text/html',
  'a/b;q=x',
  ',',
);
const objects = fc.oneof(
  fc.constantFrom<unknown>(
    configMap('a', { a: 'b' }),
    pod('a'),
    widget('a', 1),
    widgets,
    { kind: 'ConfigMap', apiVersion: 'v1' },
    { kind: 'Pod', apiVersion: 'v2', metadata: { name: 'a' } },
    { metadata: { generateName: 'a-' } },
    { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'x', resourceVersion: '1' }, propagationPolicy: 'Nope' },
    [{ op: 'add', path: '/metadata/labels/a', value: 'b' }],
    [{ op: 'nope' }, { op: 'move', from: '/a', path: '/b' }],
    { metadata: null, spec: [], data: 1 },
    { metadata: { labels: { 'bad key!': 1 }, annotations: [], finalizers: 'x', ownerReferences: [{}], deletionTimestamp: 'soon' } },
    { spec: { containers: [{ name: 1 }], resourceAttributes: { verb: 'get' } } },
    { rules: [{ verbs: null }], roleRef: { name: 5 }, subjects: [{ kind: 'Nope' }] },
  ),
  fc.jsonValue(),
);
const broken = fc.constantFrom(
  '{',
  '{"a":1}}',
  '[[[['.repeat(3000),
  '{"a":'.repeat(3000),
  '\u0000',
  'a: [b',
  'a: &x [*x, *x]\nb: *y',
  '{"kind":"ConfigMap","kind":"Pod"}',
  '{"metadata":{"name":"a","__proto__":{"x":1}},"__proto__":{"y":2},"constructor":{"prototype":{"z":3}}}',
  '1e999',
  '\ufeff{}',
  '"\\ud800"',
);
const bodies = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 6, arbitrary: objects.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 2, arbitrary: broken.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
);
const headers = fc
  .record({
    'content-type': fc.option(mediaTypes, { nil: undefined }),
    accept: fc.option(accepts, { nil: undefined }),
    'accept-encoding': fc.option(fc.constantFrom('identity', 'br', 'gzip;q=0', ''), { nil: undefined }),
    authorization: fc.option(fc.constantFrom('Bearer nope', 'Basic eDp5', 'Bearer', ''), { nil: undefined, freq: 30 }),
    'impersonate-user': fc.option(fc.constantFrom('jane', ''), { nil: undefined, freq: 20 }),
    'content-encoding': fc.option(fc.constantFrom('gzip', 'nope'), { nil: undefined, freq: 20 }),
    'if-none-match': fc.option(fc.constantFrom('"x"', '*'), { nil: undefined, freq: 20 }),
    origin: fc.option(fc.constantFrom('https://example.com'), { nil: undefined, freq: 20 }),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>);

const requests: fc.Arbitrary<FuzzRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'NOPE'),
    path: paths,
    query: queries,
    headers,
    body: bodies,
  })
  .map(({ method, path, query, headers: some, body }) => ({
    method,
    path: path + query,
    headers: some,
    body: method === 'GET' || method === 'HEAD' ? undefined : body,
  }));

// ---- what may come back -------------------------------------------------------------------------------------------------------------------

const isUrlPath = (path: string): boolean => /^(?:[^%\s]|%[0-9a-f]{2})*$/i.test(path.split('?')[0]!);

/** Says what is wrong with an answer; undefined when it is one that a Kubernetes API server may give. */
function complaint({ method, path }: FuzzRequest, { status, type, text }: FuzzAnswer): string | undefined {
  if (status < 200 || status > 599) return 'is no HTTP status';
  if (status < 400 || method === 'HEAD') return undefined;
  if (type.startsWith('text/plain')) {
    if (status === 404 && text === '404 page not found\n') return undefined;
    // A path that names a verb and nothing more: RequestInfo cannot be made of it.
    if (status === 500 && text.startsWith('Internal Server Error: "')) return undefined;
    if (status === 403 && text.startsWith('Forbidden: "')) return undefined;
    // A path that no URL has: refused before anybody looks at what it asks for.
    if (status === 400 && /^(400 Bad Request)?$/.test(text) && !isUrlPath(path)) return undefined;
    // Health checks and paths that are read-only say so in plain text.
    if (/^\/(healthz|livez|readyz|metrics|version|openapi)/.test(path)) return undefined;
    return 'is plain text';
  }
  // Of its documents, the reference says with nothing but the status that there is none of that form or name.
  if ((status === 404 || status === 406) && text === '' && path.startsWith('/openapi/')) return undefined;
  // The reference, too, has no code for these mistakes of a client.
  if (status === 500 && /resourceVersion: Invalid value: |content is not a list/.test(text)) return undefined;
  if (status >= 500) return 'is a failure of the server';
  if (type.startsWith('application/yaml')) return text.includes('kind: Status') ? undefined : 'is no Status';
  // The envelope names the kind; what is in it is for the tests of that codec.
  if (type.startsWith('application/vnd.kubernetes.protobuf'))
    return text.startsWith('k8s') && text.slice(0, 20).includes('Status') ? undefined : 'is no Status';
  if (!type.startsWith('application/json')) return `has the media type ${type}`;
  const body = JSON.parse(text) as Record<string, unknown>;
  // Outside of the APIs, a path that is not there is answered with those that are.
  if (status === 404 && Array.isArray(body.paths) && !/^\/apis?(\/|$)/.test(path)) return undefined;
  if (body.kind !== 'Status' || body.apiVersion !== 'v1' || body.status !== 'Failure') return 'is no Status';
  if (body.code !== status) return `says code ${String(body.code)}`;
  if (typeof body.message !== 'string' || body.message === '') return 'has no message';
  return undefined;
}

/** Sends a request on a stream of its own; a stream that goes on, as a watch does, is cut off. */
function send(session: ClientHttp2Session, { method, path, headers: some, body }: FuzzRequest): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ...some, ':method': method, ':path': path }, { endStream: body === undefined });
    const chunks: Buffer[] = [];
    let head: Record<string, unknown> | undefined;
    let failure: unknown;
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => {
      failure = error;
    });
    stream.on('response', (found) => {
      head = found as Record<string, unknown>;
      if (/[?&]watch|\/watch\//.test(path) && head[':status'] === 200) stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on('close', () => {
      if (head !== undefined) resolve({ status: Number(head[':status']), type: String(head['content-type'] ?? ''), text: Buffer.concat(chunks).toString() });
      // A path that cannot stand in a frame: the protocol refuses the stream, and only that.
      else if (stream.rstCode === constants.NGHTTP2_PROTOCOL_ERROR) resolve({ status: 400, type: 'text/plain', text: '' });
      else reject(failure instanceof Error ? failure : new Error('the stream ended without an answer'));
    });
    if (body !== undefined) stream.end(body);
  });
}

const describeRequest = ({ method, path, headers: some, body }: FuzzRequest): string =>
  `${method} ${path.slice(0, 300)} ${JSON.stringify(some)} ${body?.toString().slice(0, 300) ?? ''}`;

describe('a server under requests that nobody should send', () => {
  const c = cluster({ backend: 'memory' });
  let client: HttpClient;
  beforeAll(async () => {
    client = new HttpClient(c.server.url, c.server.credentials());
    await client.ask('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { method: 'POST', body: widgets });
  });

  /** It still runs, serves, and has logged no failure of its own. */
  async function expectWell(): Promise<void> {
    expect(c.server.isRunning()).toBe(true);
    expect((await client.ask('/readyz')).text).toBe('ok');
    expect(c.server.stderr()).not.toMatch(/unhandled|^\s+at .+:\d+:\d+\)?$/im);
  }

  it('answers ten thousand of them, every failure a Status', async () => {
    const { ca, cert, key } = c.server.credentials();
    const session = connect(c.server.url, { ca, cert, key });
    let bad: string | undefined;
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(requests, { minLength: 20, maxLength: 20 }), async (batch) => {
          const answers = await Promise.all(
            batch.map(async (request) => {
              const answer = send(session, request).catch((error: unknown) => {
                bad ??= `${describeRequest(request)}\nwas not answered: ${String(error)}`;
                throw error;
              });
              return { request, answer: await within(10_000, 'the answer', answer, () => describeRequest(request)) };
            }),
          );
          for (const { request, answer } of answers) {
            const problem = complaint(request, answer);
            if (problem !== undefined) {
              bad = `${describeRequest(request)}\nanswered ${answer.status} ${answer.type}: ${answer.text.slice(0, 500)}\nwhich ${problem}`;
              throw new Error(bad);
            }
          }
        }),
        { numRuns: Number(process.env.FUZZ_BATCHES ?? 500), endOnFailure: true },
      );
    } catch (error) {
      throw bad === undefined ? error : new Error(`${bad}\n${(error as Error).message.slice(0, 200)}`);
    } finally {
      session.destroy();
    }
    await expectWell();
  }, 1_800_000);

  it('refuses a body over 3 MiB with 413', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const { status, json } = await client.ask(path, { method: 'POST', body: configMap('huge', { a: 'x'.repeat((3 << 20) + 1) }) });
    expect(status).toBe(413);
    expect(json()).toMatchObject({ kind: 'Status', reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' });
    await expectWell();
  });

  it('survives bytes that are no HTTP, and clients that go away in the middle of a body', async () => {
    const { ca, cert, key } = c.server.credentials();
    const { hostname, port } = new URL(c.server.url);
    const junk = [
      '\u0000\u0001\u0002\r\n\r\n',
      'GET\r\n\r\n',
      'POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"kind"',
      'GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ];
    for (const text of junk) {
      const socket = connectTls({ host: hostname, port: Number(port), ca, cert, key, ALPNProtocols: ['http/1.1'] });
      socket.on('error', () => {}); // the server may cut it off while it is written to
      await once(socket, 'secureConnect');
      await new Promise<void>((resolve) => {
        socket.write(text, () => resolve());
      });
      socket.destroy();
    }
    await expectWell();
  });

  it('lets go of a watch that is never read', async () => {
    const { ca, cert, key } = c.server.credentials();
    const session = connect(c.server.url, { ca, cert, key });
    const path = '/api/v1/namespaces/default/configmaps';
    const stream = session.request({ ':path': `${path}?watch=true` });
    await once(stream, 'response'); // and no 'data' listener: nothing is read from here on
    for (let at = 0; at < 200; at++) await client.ask(path, { method: 'POST', body: configMap(`big-${at}`, { a: 'x'.repeat(20_000) }) });
    await expectWell();
    session.destroy();
    await expectWell();
  });
});
