import { beforeAll, describe, expect, it } from 'vitest';
import { cluster } from './environment.js';
import { events, HttpClient } from './http.js';
import { configMap, pod } from './manifests.js';

const pods = '/api/v1/namespaces/default/pods';
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('a watch over HTTP', () => {
  const c = cluster();
  let client: HttpClient;
  beforeAll(() => {
    client = new HttpClient(c.server.url, c.server.credentials(), { maxSockets: 128 });
  });

  const create = async (path: string, body: unknown): Promise<string> => {
    const { status, text, json } = await client.ask(path, { method: 'POST', body });
    if (status !== 201) throw new Error(text);
    return json<{ metadata: { resourceVersion: string } }>().metadata.resourceVersion;
  };

  it('sends ADDED, MODIFIED and DELETED as lines of JSON', async () => {
    const { json } = await client.ask(pods);
    const { resourceVersion } = json<{ metadata: { resourceVersion: string } }>().metadata;
    const seen = events(client, `${pods}?watch=true&resourceVersion=${resourceVersion}`, 4);
    await create(pods, pod('nginx-example'));
    const headers = { 'content-type': 'application/merge-patch+json' };
    await client.ask(`${pods}/nginx-example`, { method: 'PATCH', headers, body: { metadata: { labels: { a: 'b' } } } });
    await client.ask(`${pods}/nginx-example?gracePeriodSeconds=0`, { method: 'DELETE' });
    expect((await seen).map(({ type, object }) => `${type} ${object.kind} ${object.metadata.name}`)).toEqual([
      'ADDED Pod nginx-example',
      'MODIFIED Pod nginx-example',
      // A pod is marked before it goes, even where nobody waits for it.
      'MODIFIED Pod nginx-example',
      'DELETED Pod nginx-example',
    ]);
  });

  it('goes on from the last version that was seen, and repeats nothing', async () => {
    const first = await create(configMaps, configMap('r-1', {}));
    await create(configMaps, configMap('r-2', {}));
    await create(configMaps, configMap('r-3', {}));
    const resumed = await events(client, `${configMaps}?watch=true&resourceVersion=${first}`, 2);
    expect(resumed.map(({ object }) => object.metadata.name)).toEqual(['r-2', 'r-3']);
    const again = await events(client, `${configMaps}?watch=true&resourceVersion=${resumed[0]!.object.metadata.resourceVersion}`, 1);
    expect(again[0]!.object.metadata.name).toBe('r-3');
  });

  it('sends only what its selectors select', async () => {
    const since = await create(configMaps, configMap('s-0', {}));
    await create(configMaps, { ...configMap('s-1', {}), metadata: { name: 's-1', labels: { pick: 'no' } } });
    await create(configMaps, { ...configMap('s-2', {}), metadata: { name: 's-2', labels: { pick: 'yes' } } });
    const [byLabel] = await events(client, `${configMaps}?watch=true&labelSelector=pick%3Dyes&resourceVersion=${since}`, 1);
    expect(byLabel!.object.metadata.name).toBe('s-2');
    const [byField] = await events(client, `${configMaps}?watch=true&fieldSelector=metadata.name%3Ds-2&resourceVersion=${since}`, 1);
    expect(byField!.object.metadata.name).toBe('s-2');
  });

  it('ends when its timeout has passed', async () => {
    const { status } = await client.ask(`${configMaps}?watch=true&timeoutSeconds=1&resourceVersion=0`);
    expect(status).toBe(200);
  });

  it('of a hundred clients that hang up leaves the server as it was', async () => {
    const since = await create(configMaps, configMap('h-0', {}));
    const watching = Array.from({ length: 100 }, () => events(client, `${configMaps}?watch=true&resourceVersion=${since}`, 1));
    await create(configMaps, configMap('h-1', {}));
    expect((await Promise.all(watching)).every(([event]) => event!.object.metadata.name === 'h-1')).toBe(true);
    expect((await client.ask('/readyz')).status).toBe(200);
  });
});

describe('a watch from a version that is gone', () => {
  const c = cluster();

  it('is told Expired, and a new list gives what to go on from', async () => {
    const before = new HttpClient(c.server.url, c.server.credentials());
    for (const name of ['e-1', 'e-2', 'e-3']) await before.ask(configMaps, { method: 'POST', body: configMap(name, {}) });
    await c.restart(); // a new process has no events from before it started
    const client = new HttpClient(c.server.url, c.server.credentials());
    const [event] = await events(client, `${configMaps}?watch=true&resourceVersion=1`, 1);
    expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', reason: 'Expired', code: 410 } });
    const { json } = await client.ask(configMaps);
    const { metadata, items } = json<{ metadata: { resourceVersion: string }; items: unknown[] }>();
    expect(items.length).toBeGreaterThanOrEqual(3);
    const next = events(client, `${configMaps}?watch=true&resourceVersion=${metadata.resourceVersion}`, 1);
    await client.ask(configMaps, { method: 'POST', body: configMap('e-4', {}) });
    expect((await next)[0]!.object.metadata.name).toBe('e-4');
  });
});
