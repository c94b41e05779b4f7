import { loaded, type StoredResource } from '@apiserver-kit/rest';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { definition, definitionsPath, serveCustomResources, version, widget, widgetsPath } from './fixtures.js';

type Server = ReturnType<typeof serveCustomResources>;
const open: Server[] = [];
const serve = async (options?: Parameters<typeof serveCustomResources>[0]): Promise<Server> => {
  const server = serveCustomResources(options);
  open.push(server);
  await server.crds.start();
  return server;
};
afterEach(async () => {
  for (const server of open.splice(0)) {
    await server.crds.close();
    await server.storage.close();
  }
});

describe('a definition that is created', () => {
  it('is answered as it was written, without conditions yet', async () => {
    const { define } = await serve();
    const { status, body } = await define(definition());
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({ generation: 1, name: 'widgets.example.com' });
    expect(body.spec.names).toEqual({ plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' });
    expect(body.status).toEqual({ conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] });
  });

  it('has its names accepted and is established', async () => {
    const { define, look, conditions } = await serve();
    await define(definition({ shortNames: ['wd'] }));
    expect(await conditions()).toEqual(['NamesAccepted=True NoConflicts', 'Established=True InitialNamesAccepted']);
    expect((await look()).status.acceptedNames).toEqual({
      plural: 'widgets',
      singular: 'widget',
      shortNames: ['wd'],
      kind: 'Widget',
      listKind: 'WidgetList',
    });
  });

  it('is served', async () => {
    const { define, ask } = await serve();
    expect((await ask('GET', widgetsPath)).status).toBe(404);
    await define(definition());
    const { status, body } = await ask('POST', widgetsPath, widget('a', { size: 3, unknown: 1 }));
    expect(status).toBe(201);
    expect(body.spec).toEqual({ size: 3, color: 'red' });
    expect((await ask('GET', widgetsPath)).body).toMatchObject({ kind: 'WidgetList', items: [{ metadata: { name: 'a' } }] });
  });

  it('is described to discovery', async () => {
    const { define, registry } = await serve();
    await define(definition({ shortNames: ['wd'], versions: [version({ subresources: { status: {} } })] }));
    const found = registry.describe('example.com', 'v1', 'widgets');
    expect(found?.description).toMatchObject({ kind: 'Widget', listKind: 'WidgetList', singularName: 'widget', shortNames: ['wd'], namespaced: true });
    expect(found?.subresources).toEqual({ status: { verbs: ['get', 'patch', 'update'] } });
  });

  it('publishes its schema', async () => {
    const { define, crds } = await serve();
    await define(definition());
    const schemas = await crds.schemas.v3({ group: 'example.com', version: 'v1' });
    expect(Object.keys(schemas)).toEqual(['com.example.v1.Widget', 'com.example.v1.WidgetList']);
    expect(schemas['com.example.v1.Widget']).toMatchObject({ properties: { spec: { properties: { size: { type: 'integer', maximum: 10 } } } } });
    expect(await crds.schemas.v3({ group: 'example.com', version: 'v2' })).toEqual({});
    expect(Object.keys(await crds.schemas.v2())).toEqual(Object.keys(schemas));
  });

  it('says of a protected group whether it is approved', async () => {
    const { define, conditions } = await serve();
    await define(definition({ group: 'x.k8s.io', annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' } }));
    expect(await conditions('widgets.x.k8s.io')).toContain('KubernetesAPIApprovalPolicyConformant=False UnapprovedAnnotation');
  });

  it('is not served beside a built-in resource of its name', async () => {
    const { define, registry } = await serve();
    const builtin = { group: 'example.com', version: 'v1', resource: 'widgets', family: 'builtin' } as StoredResource;
    registry.add(loaded(builtin));
    await define(definition());
    expect(registry.find('example.com', 'v1', 'widgets')).toBe(builtin);
  });
});

describe('names that another definition has', () => {
  it('are not accepted, and the definition is not served', async () => {
    const { define, conditions, ask } = await serve();
    await define(definition({ shortNames: ['wd'] }));
    await define(definition({ plural: 'wands', kind: 'Wand', shortNames: ['wd'] }));
    expect(await conditions('wands.example.com')).toEqual(['NamesAccepted=False ShortNamesConflict', 'Established=False NotAccepted']);
    expect((await ask('GET', '/apis/example.com/v1/wands')).status).toBe(404);
  });

  it('are accepted once the other has gone', async () => {
    const { define, conditions, ask, crds } = await serve();
    await define(definition({ shortNames: ['wd'] }));
    await define(definition({ plural: 'wands', kind: 'Wand', shortNames: ['wd'] }));
    await ask('DELETE', `${definitionsPath}/widgets.example.com`);
    await crds.settled();
    expect(await conditions('wands.example.com')).toEqual(['NamesAccepted=True NoConflicts', 'Established=True InitialNamesAccepted']);
    expect((await ask('GET', '/apis/example.com/v1/wands')).status).toBe(200);
  });

  it('leave a definition served that is established', async () => {
    const { define, conditions, ask, crds, look } = await serve();
    await define(definition({ plural: 'wands', kind: 'Wand', shortNames: ['wa'] }));
    await define(definition());
    await ask('PATCH', `${definitionsPath}/widgets.example.com`, { spec: { names: { shortNames: ['wa'] } } });
    await crds.settled();
    expect(await conditions()).toEqual(['NamesAccepted=False ShortNamesConflict', 'Established=True InitialNamesAccepted']);
    expect((await look()).status.acceptedNames).not.toHaveProperty('shortNames');
    expect((await ask('GET', widgetsPath)).status).toBe(200);
  });

  it('may be those of another group', async () => {
    const { define, conditions } = await serve();
    await define(definition());
    await define(definition({ group: 'other.com' }));
    expect(await conditions('widgets.other.com')).toContain('Established=True InitialNamesAccepted');
  });
});

describe('a definition that changes', () => {
  const smaller = (maximum: number) => ({
    spec: {
      versions: [
        version({
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer', maximum } } } } } },
        }),
      ],
    },
  });

  it('judges by its new schema at once, and counts its generation', async () => {
    const { define, ask, look } = await serve();
    await define(definition());
    await ask('POST', widgetsPath, widget('a', { size: 9 }));
    await ask('PATCH', `${definitionsPath}/widgets.example.com`, smaller(5));
    expect((await look()).metadata.generation).toBe(2);
    const { status, body } = await ask('POST', widgetsPath, widget('b', { size: 9 }));
    expect(status).toBe(422);
    expect(body.message).toContain('spec.size in body should be less than or equal to 5');
  });

  it('shows what is stored by its new schema', async () => {
    const { define, ask } = await serve();
    await define(definition());
    await ask('POST', widgetsPath, widget('a', { size: 9 }));
    await ask('PATCH', `${definitionsPath}/widgets.example.com`, smaller(5));
    expect((await ask('GET', `${widgetsPath}/a`)).body.spec).toEqual({ size: 9 });
    expect((await ask('GET', widgetsPath)).body.items[0].spec).toEqual({ size: 9 });
  });

  it('ends the watches of what it was, after a second', async () => {
    const { define, ask, watch, clock } = await serve();
    await define(definition());
    const state = await watch('/apis/example.com/v1/widgets?watch=1');
    await ask('PATCH', `${definitionsPath}/widgets.example.com`, smaller(5));
    expect(state.hasEnded).toBe(false);
    clock.advance(1000);
    await Promise.resolve();
    await new Promise((done) => setImmediate(done));
    expect(state.hasEnded).toBe(true);
  });

  it('goes on as it is when only its status changes', async () => {
    const { define, ask, registry } = await serve();
    await define(definition());
    const before = await registry.find('example.com', 'v1', 'widgets');
    await ask('PATCH', `${definitionsPath}/widgets.example.com/status`, { metadata: { labels: { a: 'b' } } });
    expect(await registry.find('example.com', 'v1', 'widgets')).toBe(before);
  });

  it('is no longer served in a version that it takes back', async () => {
    const { define, ask } = await serve();
    const two = [version(), version({ name: 'v2', storage: false })];
    await define(definition({ versions: two }));
    expect((await ask('GET', '/apis/example.com/v2/widgets')).status).toBe(200);
    await ask('PATCH', `${definitionsPath}/widgets.example.com`, { spec: { versions: [version(), version({ name: 'v2', storage: false, served: false })] } });
    expect((await ask('GET', '/apis/example.com/v2/widgets')).status).toBe(404);
    expect((await ask('GET', '/apis/example.com/v1/widgets')).status).toBe(200);
  });

  it('remembers the versions in which objects may be stored', async () => {
    const { define, ask, look } = await serve();
    await define(definition());
    await ask('PATCH', `${definitionsPath}/widgets.example.com`, { spec: { versions: [version({ storage: false }), version({ name: 'v2' })] } });
    expect((await look()).status.storedVersions).toEqual(['v1', 'v2']);
  });
});

describe('an update that changes nothing', () => {
  const storedIn = async (server: Server): Promise<string[]> =>
    (await server.storage.list('/registry/example.com/')).kvs.map(({ value }) => JSON.parse(Buffer.from(value).toString()).apiVersion);

  it('writes nothing', async () => {
    const { define, ask } = await serve();
    await define(definition());
    const { body } = await ask('POST', widgetsPath, widget('a'));
    expect((await ask('PUT', `${widgetsPath}/a`, body)).body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('moves an object to the version that objects are stored in now', async () => {
    const server = await serve();
    const { define, ask } = server;
    await define(definition({ versions: [version(), version({ name: 'v2', storage: false })] }));
    const { body } = await ask('POST', widgetsPath, widget('a'));
    await ask('PATCH', `${definitionsPath}/widgets.example.com`, { spec: { versions: [version({ storage: false }), version({ name: 'v2' })] } });
    expect(await storedIn(server)).toEqual(['example.com/v1']);
    expect((await ask('PUT', `${widgetsPath}/a`, body)).status).toBe(200);
    expect(await storedIn(server)).toEqual(['example.com/v2']);
  });
});

describe('a server that starts', () => {
  it('serves the definitions that are there', async () => {
    const first = await serve();
    await first.define(definition());
    await first.ask('POST', widgetsPath, widget('a'));
    const second = serveCustomResources({ storage: first.storage });
    open.push({ ...second, storage: { close: async () => {} } as Server['storage'] });
    expect((await second.ask('GET', `${widgetsPath}/a`)).status).toBe(404);
    const starting = second.crds.start();
    expect(starting).toBeUndefined();
    expect((await second.ask('GET', `${widgetsPath}/a`)).body.metadata.name).toBe('a');
  });

  it('loads no schema code before there is a definition', () => {
    const files = new Set<string>();
    const packages = new Set<string>();
    const walk = (file: string): void => {
      if (files.has(file)) return;
      files.add(file);
      for (const [, types, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)'/gm)) {
        if (types) continue;
        if (from!.startsWith('.')) walk(resolve(dirname(file), from!.replace(/\.js$/, '.ts')));
        else packages.add(from!);
      }
    };
    walk(fileURLToPath(new URL('index.ts', import.meta.url)));
    expect([...packages]).not.toContain('@apiserver-kit/schema');
  });
});
