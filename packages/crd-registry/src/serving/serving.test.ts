import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { definition, type Json, serveCustomResources, version, widget, widgetsPath } from '../fixtures.js';

let server: ReturnType<typeof serveCustomResources>;
const serve = async (...versions: Json[]): Promise<void> => {
  await server.crds.start();
  await server.define(definition({ versions: versions.map((more) => version(more)) }));
};
const ask = (...args: Parameters<typeof server.ask>) => server.ask(...args);
beforeEach(() => {
  server = serveCustomResources();
});
afterEach(async () => {
  await server.crds.close();
  await server.storage.close();
});
const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

describe('a table of custom resources', () => {
  it('has name and age where the definition has no columns', async () => {
    await serve({});
    await ask('POST', widgetsPath, widget('a'));
    server.clock.advance(5000);
    const { body } = await ask('GET', widgetsPath, undefined, asTable);
    expect(body.columnDefinitions.map(({ name }: Json) => name)).toEqual(['Name', 'Age']);
    expect(body.rows[0].cells).toEqual(['a', '5s']);
  });

  it('has the columns that the definition adds, with values of their types', async () => {
    const column = (name: string, type: string, jsonPath: string): Json => ({ name, type, jsonPath });
    await serve({
      schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } },
      additionalPrinterColumns: [
        column('Size', 'integer', '.spec.size'),
        column('Text', 'string', '.spec.size'),
        column('Tags', 'string', '.spec.tags'),
        column('First', 'string', '.spec.tags[0]'),
        column('Is', 'boolean', '.spec.is'),
        column('Half', 'integer', '.spec.half'),
        column('When', 'date', '.spec.when'),
        column('Nothing', 'string', '.spec.nothing'),
        column('No number', 'integer', '.spec.tags'),
      ],
    });
    await ask('POST', widgetsPath, widget('a', { size: 3, tags: ['x', 'y'], is: true, half: 2.5, when: 'never' }));
    const { body } = await ask('GET', `${widgetsPath}/a`, undefined, asTable);
    expect(body.rows[0].cells).toEqual(['a', 3, '3', '["x","y"]', 'x', true, 2, '<invalid>', null, null]);
    expect(body.columnDefinitions[1].description).toBe('Custom resource definition column (in JSONPath format): .spec.size');
  });
});

describe('a field selector', () => {
  it('selects by the fields that the definition lets select by', async () => {
    await serve({ selectableFields: [{ jsonPath: '.spec.size' }, { jsonPath: '.spec.color' }] });
    await ask('POST', widgetsPath, widget('a', { size: 1 }));
    await ask('POST', widgetsPath, widget('b', { size: 2 }));
    const names = async (selector: string): Promise<string[]> =>
      (await ask('GET', `${widgetsPath}?fieldSelector=${encodeURIComponent(selector)}`)).body.items.map(({ metadata }: Json) => metadata.name);
    expect(await names('spec.size=2')).toEqual(['b']);
    expect(await names('spec.color=red,spec.size!=2')).toEqual(['a']);
    expect(await names('spec.color=blue')).toEqual([]);
  });

  it('is refused by any other field', async () => {
    await serve({});
    const { status, body } = await ask('GET', `${widgetsPath}?fieldSelector=spec.size%3D2`);
    expect([status, body.message]).toEqual([400, 'field label not supported: spec.size']);
  });
});

describe('a deprecated version', () => {
  const path = (name: string): string => `/apis/example.com/${name}/widgets`;

  it('warns of itself and names the best version instead', async () => {
    await serve({ name: 'v1beta1', storage: false, deprecated: true }, { name: 'v1' }, { name: 'v2', storage: false, served: false });
    expect((await ask('GET', path('v1beta1'))).warnings).toEqual(['example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget']);
    expect((await ask('GET', path('v1'))).warnings).toEqual([]);
  });

  it('names none where none is better', async () => {
    await serve({ name: 'v1', deprecated: true }, { name: 'v1beta1', storage: false });
    expect((await ask('GET', path('v1'))).warnings).toEqual(['example.com/v1 Widget is deprecated']);
  });

  it('warns in the words of the definition', async () => {
    await serve({ deprecated: true, deprecationWarning: 'v1 goes' });
    expect((await ask('GET', path('v1'))).warnings).toEqual(['v1 goes']);
  });
});

describe('a write of a custom resource', () => {
  const listSchema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          size: { type: 'integer', maximum: 5 },
          note: { type: 'string' },
          tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        },
      },
    },
  };

  it('lets pass what was wrong and has not changed', async () => {
    await serve({});
    await ask('POST', widgetsPath, widget('a', { size: 9 }));
    await ask('PATCH', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com', {
      spec: { versions: [version({ schema: { openAPIV3Schema: listSchema as never } })] },
    });
    expect((await ask('PATCH', `${widgetsPath}/a`, { spec: { note: 'x' } })).status).toBe(200);
    expect((await ask('PATCH', `${widgetsPath}/a`, { spec: { size: 8 } })).status).toBe(422);
  });

  it('is refused where a set holds something twice', async () => {
    await serve({ schema: { openAPIV3Schema: listSchema } });
    const { status, body } = await ask('POST', widgetsPath, widget('a', { tags: ['x', 'x'] }));
    expect([status, body.details.causes[0].reason]).toEqual([422, 'FieldValueDuplicate']);
  });

  it('warns of finalizers that others may use too, when they are added', async () => {
    await serve({});
    const first = await ask('POST', widgetsPath, widget('a', {}, { finalizers: ['mine', 'example.com', 'example.com/ok'] }));
    expect(first.warnings).toEqual([
      'metadata.finalizers: "example.com": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers',
      'metadata.finalizers: "mine": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers',
    ]);
    expect((await ask('PATCH', `${widgetsPath}/a`, { spec: { size: 1 } })).warnings).toEqual([]);
  });

  it('says twice what an update may not change, as the reference does', async () => {
    await serve({});
    const { body } = await ask('POST', widgetsPath, widget('a'));
    const changed = { ...body, metadata: { ...body.metadata, deletionTimestamp: '2020-01-01T00:00:00Z' } };
    expect((await ask('PUT', `${widgetsPath}/a`, changed)).body.details.causes).toHaveLength(2);
  });
});
