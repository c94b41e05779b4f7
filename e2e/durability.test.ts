import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cluster, until, within } from './environment.js';
import { HttpClient } from './http.js';
import { configMap, deployment, pod, widget, widgets } from './manifests.js';

interface Listed {
  readonly items: { readonly metadata: { readonly name: string; readonly resourceVersion: string }; readonly data?: Record<string, string> }[];
}

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('a server that is stopped and started', () => {
  const c = cluster();

  it('has every object as it was: name, uid, version and content', async () => {
    const client = new HttpClient(c.server.url, c.server.credentials());
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const paths: [string, object][] = [
      ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kept' } }],
      [configMaps, configMap('kept', { a: 'b' })],
      ['/api/v1/namespaces/default/pods', pod('kept')],
      ['/apis/apps/v1/namespaces/default/deployments', deployment('kept', 1)],
      [crds, widgets],
    ];
    for (const [path, body] of paths) expect((await client.ask(path, { method: 'POST', body })).status).toBe(201);
    const widgetPath = '/apis/example.com/v1/namespaces/default/widgets';
    await within(
      10_000,
      'the establishment',
      until(async () => (await client.ask(`${crds}/widgets.example.com`)).text.includes('"Established"')),
    );
    expect((await client.ask(widgetPath, { method: 'POST', body: widget('kept', 3) })).status).toBe(201);

    const read = async (from: HttpClient) => {
      const texts: string[] = [];
      for (const path of [
        '/api/v1/namespaces/kept',
        `${configMaps}/kept`,
        '/api/v1/namespaces/default/pods/kept',
        '/apis/apps/v1/namespaces/default/deployments/kept',
        `${widgetPath}/kept`,
      ]) {
        texts.push((await from.ask(path)).text);
      }
      const roles = (await from.ask('/apis/rbac.authorization.k8s.io/v1/clusterroles')).json<Listed>();
      return { texts, roles: roles.items };
    };
    const before = await read(client);
    await c.restart();
    expect(await read(new HttpClient(c.server.url, c.server.credentials()))).toEqual(before);
  });
});

describe('a server that is killed while it writes', () => {
  const c = cluster();
  const writers = 8;

  it('loses nothing that it has acknowledged, ten times over', async () => {
    /** What the server has said it stored, by name: the value and the version. */
    const acknowledged = new Map<string, { value: string; resourceVersion: string }>();
    for (let round = 0; round < 10; round++) {
      const client = new HttpClient(c.server.url, c.server.credentials(), { maxSockets: writers });
      let isKilled = false;
      let count = 0;
      const killAfter = randomInt(20, 120);
      const write = async (writer: number): Promise<void> => {
        for (let at = 0; !isKilled; at++) {
          const name = `w-${round}-${writer}-${at}`;
          const answer = await client.ask(configMaps, { method: 'POST', body: configMap(name, { v: name }) }).catch(() => undefined);
          if (answer?.status !== 201) continue;
          acknowledged.set(name, { value: name, resourceVersion: answer.json<{ metadata: { resourceVersion: string } }>().metadata.resourceVersion });
          if (++count === killAfter) {
            isKilled = true;
            process.kill(c.server.pid, 'SIGKILL');
          }
        }
      };
      await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
      await c.restart('SIGKILL');
      client.close();
    }
    const { items } = (await new HttpClient(c.server.url, c.server.credentials()).ask(configMaps)).json<Listed>();
    const stored = new Map(items.map(({ metadata, data }) => [metadata.name, { value: data?.v, resourceVersion: metadata.resourceVersion }]));
    const lost = [...acknowledged].filter(
      ([name, { value, resourceVersion }]) => stored.get(name)?.value !== value || stored.get(name)?.resourceVersion !== resourceVersion,
    );
    expect(lost).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(200);
  }, 120_000);
});
