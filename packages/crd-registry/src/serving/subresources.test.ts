import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { definition, type Json, serveCustomResources, version, widget, widgetsPath } from '../fixtures.js';

let server: ReturnType<typeof serveCustomResources>;
const serve = async (subresources: Json): Promise<void> => {
  await server.crds.start();
  await server.define(definition({ versions: [version({ subresources })] }));
};
const ask = (...args: Parameters<typeof server.ask>) => server.ask(...args);
beforeEach(() => {
  server = serveCustomResources();
});
afterEach(async () => {
  await server.crds.close();
  await server.storage.close();
});

describe('a status subresource', () => {
  beforeEach(() => serve({ status: {} }));

  it('keeps the status out of other writes', async () => {
    await ask('POST', widgetsPath, { ...widget('a'), status: { replicas: 1 } });
    const { body } = await ask('PATCH', `${widgetsPath}/a`, { status: { replicas: 1 } });
    expect(body).not.toHaveProperty('status');
  });

  it('writes the status and nothing else', async () => {
    await ask('POST', widgetsPath, widget('a', { size: 1 }));
    const { body } = await ask('PATCH', `${widgetsPath}/a/status`, { metadata: { labels: { a: 'b' } }, spec: { size: 2 }, status: { replicas: 1 } });
    expect(body).toMatchObject({ spec: { size: 1 }, status: { replicas: 1 }, metadata: { generation: 1 } });
    expect(body.metadata).not.toHaveProperty('labels');
  });

  it('is validated by its own part of the schema', async () => {
    await ask('POST', widgetsPath, widget('a'));
    const { status, body } = await ask('PATCH', `${widgetsPath}/a/status`, { status: { replicas: 'many' } });
    expect(status).toBe(422);
    expect(body.details.causes[0]).toMatchObject({ field: 'status.replicas', reason: 'FieldValueTypeInvalid' });
  });

  it('does not count as a generation', async () => {
    await ask('POST', widgetsPath, widget('a'));
    await ask('PATCH', `${widgetsPath}/a/status`, { status: { replicas: 1 } });
    expect((await ask('PATCH', `${widgetsPath}/a`, { metadata: { labels: { a: 'b' } } })).body.metadata.generation).toBe(1);
    expect((await ask('PATCH', `${widgetsPath}/a`, { spec: { size: 4 } })).body.metadata.generation).toBe(2);
  });
});

describe('an object without a status subresource', () => {
  it('has its status like any other field', async () => {
    await serve({});
    expect((await ask('POST', widgetsPath, { ...widget('a'), status: { replicas: 1 } })).body.status).toEqual({ replicas: 1 });
    expect((await ask('PATCH', `${widgetsPath}/a`, { status: { replicas: 2 } })).body).toMatchObject({ status: { replicas: 2 }, metadata: { generation: 2 } });
    expect((await ask('GET', `${widgetsPath}/a/status`)).status).toBe(404);
  });
});

describe('a scale subresource', () => {
  beforeEach(() =>
    serve({ status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } }),
  );

  it('shows what the paths lead to', async () => {
    await ask('POST', widgetsPath, widget('a', { replicas: 2 }));
    await ask('PATCH', `${widgetsPath}/a/status`, { status: { replicas: 1, selector: 'x=y' } });
    expect((await ask('GET', `${widgetsPath}/a/scale`)).body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'a', namespace: 'default' },
      spec: { replicas: 2 },
      status: { replicas: 1, selector: 'x=y' },
    });
  });

  it('writes the replicas', async () => {
    await ask('POST', widgetsPath, widget('a', { replicas: 2 }));
    const { body } = await ask('PUT', `${widgetsPath}/a/scale`, {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'a' },
      spec: { replicas: 5 },
    });
    expect(body.spec).toEqual({ replicas: 5 });
    expect((await ask('GET', `${widgetsPath}/a`)).body).toMatchObject({ spec: { replicas: 5 }, metadata: { generation: 2 } });
  });

  it('cannot be read, but set, where there are no replicas yet', async () => {
    await ask('POST', widgetsPath, widget('a'));
    expect((await ask('GET', `${widgetsPath}/a/scale`)).body).toMatchObject({
      code: 500,
      message: 'Internal error occurred: the spec replicas field ".spec.replicas" does not exist',
    });
    expect((await ask('PATCH', `${widgetsPath}/a/scale`, { metadata: { annotations: {} } })).body).toMatchObject({
      code: 400,
      message: 'the spec replicas field ".spec.replicas" cannot be empty',
    });
    expect((await ask('PATCH', `${widgetsPath}/a/scale`, { spec: { replicas: 1 } })).body.spec).toEqual({ replicas: 1 });
  });

  it('refuses replicas that make no sense, also in the object itself', async () => {
    await ask('POST', widgetsPath, widget('a', { replicas: 1 }));
    const scale = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'a' }, spec: { replicas: -1 } };
    expect((await ask('PUT', `${widgetsPath}/a/scale`, scale)).body.message).toContain('.spec.replicas: Invalid value: -1: should be a non-negative integer');
    expect((await ask('PATCH', `${widgetsPath}/a`, { spec: { replicas: 3000000000 } })).body.message).toContain('should be less than or equal to 2147483647');
  });

  it('says nothing of what is wrong with a body', async () => {
    await ask('POST', widgetsPath, widget('a', { replicas: 1 }));
    const scale = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'a' }, spec: { replicas: 'x' } };
    expect((await ask('PUT', `${widgetsPath}/a/scale`, scale)).body).toMatchObject({
      code: 400,
      message: expect.stringContaining('no kind is registered for the type v1.Scale'),
    });
  });
});
