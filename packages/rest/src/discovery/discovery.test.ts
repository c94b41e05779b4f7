import { type ApiResponse, type Body, bodyBytes, createContext, named, pageNotFound, pipeline, recover, requestInfo } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { ApiRegistry, type RegisteredResource } from '../api-registry.js';
import { discovery } from './discovery.js';
import { rootPaths } from './root-paths.js';
import { version } from './version.js';

/** Whatever a server may answer. */
type Json = ReturnType<typeof JSON.parse>;

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function registered(description: Partial<RegisteredResource['description']>, subresources: RegisteredResource['subresources'] = {}): RegisteredResource {
  const { kind = 'Widget' } = description;
  return {
    description: {
      group: '',
      version: 'v1',
      resource: `${kind.toLowerCase()}s`,
      kind,
      listKind: `${kind}List`,
      singularName: kind.toLowerCase(),
      namespaced: true,
      shortNames: [],
      categories: [],
      verbs,
      family: 'builtin',
      ...description,
    },
    subresources,
    load: () => Promise.reject(new Error('discovery loads nothing')),
  };
}

const part = ['get', 'patch', 'update'];
const scale = { verbs: part, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } };
const pod = registered({ kind: 'Pod', shortNames: ['po'], categories: ['all'], storageVersionHash: 'aGFzaA==' }, { status: { verbs: part } });
const deployment = registered({ group: 'apps', kind: 'Deployment' }, { status: { verbs: part }, scale });
const widget = (choices: Partial<RegisteredResource['description']> = {}) =>
  registered({ group: 'example.com', family: 'custom', shortNames: ['wd'], ...choices }, { scale, status: { verbs: part } });

function server() {
  const builtin = new ApiRegistry();
  const custom = new ApiRegistry();
  builtin.add(pod, deployment, registered({ group: 'batch', kind: 'Job' }), registered({ kind: 'Node', namespaced: false }));
  custom.add(widget());
  const registries = [builtin, custom];
  const routes = discovery({ registries, serverAddress: '10.0.0.1:6443' })(version()(rootPaths({ registries, paths: ['/livez', '/version'] })(pageNotFound)));
  const handler = pipeline([named('recover', recover()), named('requestInfo', requestInfo())], routes);
  const ask = async (target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<ApiResponse & { text: string; json: Json }> => {
    const [path = '', rawQuery = ''] = target.split('?');
    const response = await handler(
      createContext({
        method,
        path,
        rawQuery,
        headers,
        isSecure: true,
        protocol: 'HTTP/2.0',
        remoteAddress: '',
        peerCertificate: () => undefined,
        body: () => Promise.resolve(new Uint8Array(0)),
      }),
    );
    const text = Buffer.from(bodyBytes(response.body as Exclude<Body, { start: unknown }>)).toString();
    return {
      ...response,
      text,
      get json() {
        return JSON.parse(text);
      },
    };
  };
  return { ask, builtin, custom };
}

describe('the documents of one level', () => {
  it('tell the versions of the core group at /api, without apiVersion', async () => {
    const { ask } = server();
    const { text, headers } = await ask('/api');
    expect(text).toBe('{"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":"10.0.0.1:6443"}]}\n');
    expect(headers).toEqual({ 'content-type': 'application/json' });
  });

  it('list the groups by priority, and those of custom resources by name after all others', async () => {
    const { ask, custom } = server();
    custom.add(widget({ group: 'a.example.com' }), registered({ group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' }));
    const { json } = await ask('/apis');
    expect(json).toMatchObject({ kind: 'APIGroupList', apiVersion: 'v1' });
    expect(json.groups.map((group: Json) => group.name)).toEqual(['apps', 'batch', 'apiextensions.k8s.io', 'a.example.com', 'example.com']);
  });

  it('tell the versions of a group, the preferred one first, with resources of all registries', async () => {
    const { ask, builtin, custom } = server();
    custom.add(widget({ version: 'v1beta1' }), widget({ version: 'v2' }), widget({ version: 'v2alpha1' }), widget({ version: 'other' }));
    builtin.add(registered({ group: 'example.com', version: 'v10', kind: 'Gear' }));
    const { text, json } = await ask('/apis/example.com/');
    expect(json.versions.map((each: Json) => each.version)).toEqual(['v10', 'v2', 'v1', 'v1beta1', 'v2alpha1', 'other']);
    expect(text).toMatch(/^\{"kind":"APIGroup","apiVersion":"v1","name":"example.com","versions":\[\{"groupVersion":"example.com\/v10","version":"v10"\}/);
    expect(json.preferredVersion).toEqual({ groupVersion: 'example.com/v10', version: 'v10' });
  });

  it('list resources by name, each with its subresources, without members that say nothing', async () => {
    const { ask } = server();
    expect((await ask('/api/v1')).json).toEqual({
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [
        { name: 'nodes', singularName: 'node', namespaced: false, kind: 'Node', verbs },
        {
          name: 'pods',
          singularName: 'pod',
          namespaced: true,
          kind: 'Pod',
          verbs,
          shortNames: ['po'],
          categories: ['all'],
          storageVersionHash: 'aGFzaA==',
        },
        { name: 'pods/status', singularName: '', namespaced: true, kind: 'Pod', verbs: part },
      ],
    });
    const apps = await ask('/apis/apps/v1');
    expect(apps.json.resources.map((row: Json) => row.name)).toEqual(['deployments', 'deployments/scale', 'deployments/status']);
    expect(apps.text).toContain(
      '{"name":"deployments/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale","verbs":["get","patch","update"]}',
    );
  });

  it('list the verbs and subresources of custom resources in their own order', async () => {
    const { resources } = (await server().ask('/apis/example.com/v1')).json;
    expect(resources.map((row: Json) => row.name)).toEqual(['widgets', 'widgets/status', 'widgets/scale']);
    expect(resources[0].verbs).toEqual(['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']);
  });

  it('follow the registries', async () => {
    const { ask, custom } = server();
    expect((await ask('/apis/example.com/v2')).text).toBe('404 page not found\n');
    custom.add(widget({ version: 'v2' }));
    expect((await ask('/apis/example.com/v2')).json.groupVersion).toBe('example.com/v2');
    custom.remove(widget().description, widget({ version: 'v2' }).description);
    expect((await ask('/apis/example.com')).status).toBe(404);
    expect((await ask('/apis')).json.groups.map((group: Json) => group.name)).toEqual(['apps', 'batch']);
  });

  it('are the same bytes for all who ask', async () => {
    const { ask } = server();
    expect((await ask('/apis')).body).toBe((await ask('/apis/')).body);
  });

  it('come as YAML or indented to those who ask', async () => {
    const { ask } = server();
    const yaml = await ask('/apis/example.com', { accept: 'application/yaml' });
    expect(yaml.headers['content-type']).toBe('application/yaml');
    expect(yaml.text).toContain('name: example.com\n');
    expect((await ask('/apis/example.com?pretty=true')).text).toMatch(/^\{\n {2}"kind": "APIGroup",/);
    expect((await ask('/apis/example.com', { 'user-agent': 'curl/8' })).text).toMatch(/^\{\n/);
  });

  it('are refused to those who take nothing that there is', async () => {
    const { ask } = server();
    const types = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
    expect((await ask('/apis/example.com/v1', { accept: 'text/html' })).json).toMatchObject({
      code: 406,
      reason: 'NotAcceptable',
      message: `only the following media types are accepted: ${types}`,
    });
    expect((await ask('/api/v1', { accept: 'text/html' })).json).toMatchObject({
      code: 406,
      message: `406: Not Acceptable\n\nAvailable representations: ${types}`,
    });
    expect((await ask('/api/v1', { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' })).status).toBe(406);
  });

  it('are for GET alone where the reference has routes', async () => {
    const { ask } = server();
    const message = 'the server does not allow this method on the requested resource';
    expect((await ask('/api/v1', {}, 'POST')).json).toMatchObject({ code: 405, reason: 'MethodNotAllowed', message });
    expect((await ask('/apis', {}, 'POST')).status).toBe(200);
  });
});

describe('the aggregated document', () => {
  const accept = (apiVersion: string) => `application/json;g=apidiscovery.k8s.io;v=${apiVersion};as=APIGroupDiscoveryList`;
  const kubectl = `${accept('v2')},${accept('v2beta1')},application/json`;

  it('tells of all groups but the core group at /apis, and of that at /api', async () => {
    const { ask } = server();
    const { json } = await ask('/apis', { accept: kubectl });
    expect(json).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {} });
    expect(json.items.map((item: Json) => item.metadata.name)).toEqual(['apps', 'batch', 'example.com']);
    expect((await ask('/api', { accept: kubectl })).json.items).toEqual([
      {
        metadata: {},
        versions: [
          {
            version: 'v1',
            resources: [
              { resource: 'nodes', responseKind: { group: '', version: '', kind: 'Node' }, scope: 'Cluster', singularResource: 'node', verbs },
              {
                resource: 'pods',
                responseKind: { group: '', version: '', kind: 'Pod' },
                scope: 'Namespaced',
                singularResource: 'pod',
                verbs,
                shortNames: ['po'],
                categories: ['all'],
                subresources: [{ subresource: 'status', responseKind: { group: '', version: '', kind: 'Pod' }, verbs: part }],
              },
            ],
            freshness: 'Current',
          },
        ],
      },
    ]);
  });

  it('gives the kinds of custom resources with group and version', async () => {
    const { json } = await server().ask('/apis', { accept: kubectl });
    const [resource] = json.items[2].versions[0].resources;
    expect(resource.responseKind).toEqual({ group: 'example.com', version: 'v1', kind: 'Widget' });
    expect(resource.subresources).toEqual([
      { subresource: 'status', responseKind: { group: 'example.com', version: 'v1', kind: 'Widget' }, verbs: part },
      { subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: part },
    ]);
  });

  it('comes in the version that is asked for first', async () => {
    const { ask } = server();
    const beta = await ask('/apis', { accept: `${accept('v2beta1')},${accept('v2')}` });
    expect(beta.json.apiVersion).toBe('apidiscovery.k8s.io/v2beta1');
    expect(beta.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList');
    expect((await ask('/apis', { accept: `${accept('v3')},application/json` })).json.kind).toBe('APIGroupList');
    expect((await ask('/apis', { accept: accept('v3') })).status).toBe(406);
    expect((await ask('/apis/apps', { accept: kubectl })).json.kind).toBe('APIGroup');
  });

  it('is not sent again to those who have it', async () => {
    const { ask, custom } = server();
    const first = await ask('/apis', { accept: kubectl });
    expect(first.headers).toMatchObject({ etag: expect.stringMatching(/^"[0-9A-F]{128}"$/), vary: 'Accept', 'cache-control': 'public' });
    const again = { accept: kubectl, 'if-none-match': String(first.headers.etag) };
    expect(await ask('/apis', again)).toMatchObject({ status: 304, text: '', headers: { etag: first.headers.etag, vary: 'Accept' } });
    custom.add(widget({ version: 'v2' }));
    expect((await ask('/apis', again)).status).toBe(200);
  });
});

describe('the version', () => {
  it('is that of the reference, indented', async () => {
    const { text, json } = await server().ask('/version');
    expect(json).toMatchObject({ major: '1', minor: '37', gitVersion: expect.stringMatching(/^v1\.37\.\d+/), platform: expect.stringMatching(/^\w+\/\w+$/) });
    expect(text).toMatch(/^\{\n {2}"major": "1",\n {2}"minor": "37",\n/);
  });
});

describe('the list of paths', () => {
  it('is at the root', async () => {
    const { status, json } = await server().ask('/');
    expect(status).toBe(200);
    expect(json.paths).toEqual([
      '/api',
      '/api/v1',
      '/apis',
      '/apis/',
      '/apis/apps',
      '/apis/apps/v1',
      '/apis/batch',
      '/apis/batch/v1',
      '/apis/example.com',
      '/apis/example.com/v1',
      '/livez',
      '/version',
    ]);
  });

  it('is what an unknown path is answered with, unless it is one of an API', async () => {
    const { ask } = server();
    const { status, headers, json } = await ask('/nothing/here');
    expect({ status, type: headers['content-type'] }).toEqual({ status: 404, type: 'application/json' });
    expect(json.paths).toContain('/apis/apps');
    expect((await ask('/apis/nothing/here')).text).toBe('404 page not found\n');
  });
});
