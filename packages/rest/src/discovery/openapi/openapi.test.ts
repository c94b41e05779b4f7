import { fakeClock } from '@apiserver-kit/machinery';
import { type ApiResponse, type Body, bodyBytes, createContext, pageNotFound } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { ApiRegistry, type RegisteredResource } from '../../api-registry.js';
import { openapiV2 } from './openapi-v2.js';
import { openapiV3 } from './openapi-v3.js';
import type { SchemaSource } from './schema-source.js';

/** Whatever a server may answer. */
type Json = ReturnType<typeof JSON.parse>;

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const part = ['get', 'patch', 'update'];

const registered = (description: Partial<RegisteredResource['description']>, subresources: RegisteredResource['subresources'] = {}): RegisteredResource => ({
  description: {
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    kind: 'Deployment',
    listKind: 'DeploymentList',
    singularName: 'deployment',
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs,
    family: 'builtin',
    ...description,
  },
  subresources,
  load: () => Promise.reject(new Error('documents load nothing')),
});

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const deployment = registered({}, { scale: { verbs: part, kind: scaleKind } });
const widget = (choices: Partial<RegisteredResource['description']> = {}) =>
  registered({ group: 'sub.example.com', resource: 'widgets', kind: 'Widget', listKind: 'WidgetList', family: 'custom', namespaced: false, ...choices });

const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const schema = (...kinds: object[]) => ({ type: 'object', 'x-kubernetes-group-version-kind': kinds });
const meta = { [`${metaPrefix}Status`]: schema({ group: '', version: 'v1', kind: 'Status' }), [`${metaPrefix}Patch`]: { type: 'object' } };
const apps = {
  'io.k8s.api.apps.v1.Deployment': schema({ group: 'apps', version: 'v1', kind: 'Deployment' }),
  'io.k8s.api.apps.v1.DeploymentList': schema({ group: 'apps', version: 'v1', kind: 'DeploymentList' }),
  'io.k8s.api.autoscaling.v1.Scale': schema(scaleKind),
};

function server() {
  const registry = new ApiRegistry();
  registry.add(deployment, widget());
  const clock = fakeClock(Date.UTC(2026, 4, 5, 6, 7, 8, 900));
  const asked: string[] = [];
  const failures: Error[] = [];
  const builtin: SchemaSource = {
    v3: async ({ group, version }) => {
      asked.push(`${group}/${version}`);
      const failure = failures.pop();
      if (failure) throw failure;
      return group === 'apps' ? { ...meta, ...apps } : meta;
    },
    v2: () => ({ ...meta, ...apps }),
  };
  const custom: SchemaSource = {
    v3: ({ group }) => (group === 'apps' ? {} : { 'com.example.sub.v1.Widget': schema({ group, version: 'v1', kind: 'Widget' }) }),
    v2: () => ({ 'com.example.sub.v1.Widget': schema({ group: 'sub.example.com', version: 'v1', kind: 'Widget' }) }),
  };
  const options = { registries: [registry], schemas: [builtin, custom], version: 'v1.37.2', clock };
  const handler = openapiV3(options)(openapiV2(options)(pageNotFound));
  const ask = async (target: string, headers: Record<string, string> = {}): Promise<ApiResponse & { text: string; json: Json }> => {
    const [path = '', rawQuery = ''] = target.split('?');
    const rest = { isSecure: true, protocol: 'HTTP/2.0', remoteAddress: '', peerCertificate: () => undefined, body: () => Promise.resolve(new Uint8Array(0)) };
    const response = await handler(createContext({ method: 'GET', path, rawQuery, headers, ...rest }));
    const text = Buffer.from(bodyBytes(response.body as Exclude<Body, { start: unknown }>)).toString();
    return {
      ...response,
      text,
      get json() {
        return JSON.parse(text);
      },
    };
  };
  return { ask, registry, clock, asked, failures };
}

const appsPath = '/openapi/v3/apis/apps/v1';
const names = (parameters: Json): string[] => parameters.map((parameter: Json) => parameter.name);

describe('the index of OpenAPI v3', () => {
  it('has an address with a hash for each group version', async () => {
    const { ask } = server();
    const { json, headers } = await ask('/openapi/v3');
    expect(Object.keys(json.paths)).toEqual(['apis/apps/v1', 'apis/sub.example.com/v1']);
    const address = json.paths['apis/apps/v1'].serverRelativeURL;
    expect(address).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
    expect(headers).toEqual({ 'content-type': 'application/json', etag: expect.any(String), 'last-modified': 'Tue, 05 May 2026 06:07:08 GMT' });
    expect((await ask(address)).status).toBe(200);
  });

  it('is not sent again to those who have it, until a resource comes or goes', async () => {
    const { ask, registry, asked } = server();
    const { headers } = await ask('/openapi/v3');
    const condition = { 'if-none-match': `"other", W/${headers.etag}` };
    expect(await ask('/openapi/v3', condition)).toMatchObject({ status: 304, text: '', headers: { etag: headers.etag } });
    registry.add(widget({ version: 'v2' }));
    expect((await ask('/openapi/v3', condition)).status).toBe(200);
    // What has not changed has not been made again.
    expect(asked).toEqual(['apps/v1', 'sub.example.com/v1', 'sub.example.com/v2']);
  });
});

describe('the document of a group version', () => {
  it('may be kept for ever under the hash of the index', async () => {
    const { ask } = server();
    const address = (await ask('/openapi/v3')).json.paths['apis/apps/v1'].serverRelativeURL;
    const { status, headers } = await ask(`${address}&timeout=32s`);
    expect(status).toBe(200);
    expect(headers).toEqual({
      'content-type': 'application/json',
      vary: 'Accept',
      'cache-control': 'public, immutable',
      expires: 'Wed, 05 May 2027 06:07:08 GMT',
      'last-modified': 'Tue, 05 May 2026 06:07:08 GMT',
      etag: `"${address.split('=')[1]}"`,
    });
    expect((await ask(appsPath)).headers).not.toHaveProperty('cache-control');
  });

  it('leads from an old hash to the one that it has', async () => {
    const { ask } = server();
    const address = (await ask('/openapi/v3')).json.paths['apis/apps/v1'].serverRelativeURL;
    expect(await ask(`${appsPath}?hash=OLD`)).toMatchObject({ status: 301, text: '', headers: { location: address } });
  });

  it('is not sent again to those who have it', async () => {
    const { ask } = server();
    const { headers } = await ask(appsPath);
    expect((await ask(appsPath, { 'if-none-match': String(headers.etag) })).status).toBe(304);
    expect((await ask(appsPath, { 'if-none-match': '"other"', 'if-modified-since': String(headers['last-modified']) })).status).toBe(200);
    expect((await ask(appsPath, { 'if-modified-since': String(headers['last-modified']) })).status).toBe(304);
    expect((await ask(appsPath, { 'if-modified-since': 'Tue, 05 May 2026 06:07:07 GMT' })).status).toBe(200);
  });

  it('is JSON, and nothing else', async () => {
    const { ask } = server();
    const protobuf = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf';
    expect(await ask(appsPath, { accept: protobuf })).toMatchObject({ status: 406, text: '', headers: { vary: 'Accept' } });
    expect((await ask(appsPath, { accept: `${protobuf}, application/json;q=0.5` })).status).toBe(200);
  });

  it('is there for what is served only', async () => {
    const { ask, registry } = server();
    expect((await ask('/openapi/v3/apis/other/v1')).status).toBe(404);
    registry.remove(deployment.description);
    expect((await ask(appsPath)).status).toBe(404);
  });

  it('is made again after a failure', async () => {
    const { ask, failures } = server();
    failures.push(new Error('out of reach'));
    await expect(ask(appsPath)).rejects.toThrow('out of reach');
    expect((await ask(appsPath)).status).toBe(200);
  });

  it('has a path for each place of a resource', async () => {
    const { ask } = server();
    const { json } = await ask(appsPath);
    expect(json).toMatchObject({ openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.37.2' } });
    expect(Object.keys(json.components.schemas)).toContain('io.k8s.api.apps.v1.Deployment');
    const of = Object.fromEntries(Object.entries(json.paths as Json).map(([path, item]) => [path, Object.keys(item as Json).sort()]));
    expect(of).toEqual({
      '/apis/apps/v1/': ['get'],
      '/apis/apps/v1/deployments': ['get', 'parameters'],
      '/apis/apps/v1/namespaces/{namespace}/deployments': ['delete', 'get', 'parameters', 'post'],
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}': ['delete', 'get', 'parameters', 'patch', 'put'],
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale': ['get', 'parameters', 'patch', 'put'],
    });
  });

  it('says of each operation what it does to which kind', async () => {
    const { ask } = server();
    const { paths } = (await ask(appsPath)).json;
    const item = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    expect(item.patch).toMatchObject({
      operationId: 'patchAppsV1NamespacedDeployment',
      description: 'partially update the specified Deployment',
      tags: ['apps_v1'],
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
      requestBody: { required: true, content: { 'application/strategic-merge-patch+json': { schema: { $ref: `#/components/schemas/${metaPrefix}Patch` } } } },
      responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/io.k8s.api.apps.v1.Deployment' } } } } },
    });
    const collection = paths['/apis/apps/v1/namespaces/{namespace}/deployments'];
    expect(collection.delete.operationId).toBe('deleteAppsV1CollectionNamespacedDeployment');
    expect(paths['/apis/apps/v1/deployments'].get.operationId).toBe('listAppsV1DeploymentForAllNamespaces');
    const scale = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale'].get;
    expect(scale).toMatchObject({ operationId: 'readAppsV1NamespacedDeploymentScale', description: 'read scale of the specified Deployment' });
    expect(scale['x-kubernetes-group-version-kind']).toEqual(scaleKind);
  });

  it('lists what kubectl looks for with the operation, and what all operations of a path take with the path', async () => {
    const { ask } = server();
    const item = (await ask(appsPath)).json.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    expect(names(item.parameters)).toEqual(['name', 'namespace', 'pretty']);
    expect(names(item.patch.parameters)).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(item.get).not.toHaveProperty('parameters');
  });

  it('of custom resources takes no strategic merge patches', async () => {
    const { ask } = server();
    const { json } = await ask('/openapi/v3/apis/sub.example.com/v1');
    expect(json.info).toEqual({ title: 'Kubernetes CRD Swagger', version: 'v0.1.0' });
    const { patch } = json.paths['/apis/sub.example.com/v1/widgets/{name}'];
    expect(patch.operationId).toBe('patchSubExampleComV1Widget');
    expect(Object.keys(patch.requestBody.content)).toEqual(['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']);
    // No source has a schema for it.
    expect(json.paths['/apis/sub.example.com/v1/widgets'].get.responses[200].content['application/json'].schema).toEqual({ type: 'object' });
  });
});

describe('the document of OpenAPI v2', () => {
  it('has the operations and the schemas of all group versions', async () => {
    const { ask } = server();
    const { json, headers } = await ask('/openapi/v2');
    expect(headers).toMatchObject({ 'content-type': 'application/json', vary: 'Accept', etag: expect.any(String) });
    expect(json).toMatchObject({ swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.37.2' } });
    expect(Object.keys(json.definitions)).toEqual(expect.arrayContaining(['com.example.sub.v1.Widget', 'io.k8s.api.apps.v1.Deployment']));
    const { post } = json.paths['/apis/sub.example.com/v1/widgets'];
    expect(names(post.parameters)).toEqual(['body', 'dryRun', 'fieldManager', 'fieldValidation']);
    expect(post.parameters[0]).toEqual({ name: 'body', in: 'body', required: true, schema: { $ref: '#/definitions/com.example.sub.v1.Widget' } });
  });

  it('is JSON or protobuf, whichever the client would rather have, and nothing else', async () => {
    const { ask } = server();
    const protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const mediaType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
    for (const accept of [protobuf, mediaType, `application/json;q=0.5, ${protobuf}`]) {
      expect(await ask('/openapi/v2', { accept })).toMatchObject({ status: 200, headers: { 'content-type': mediaType } });
    }
    expect(await ask('/openapi/v2', { accept: 'application/json, */*' })).toMatchObject({ headers: { 'content-type': 'application/json' } });
    expect((await ask('/openapi/v2', { accept: 'application/xml' })).status).toBe(406);
  });
});
