import { notFound } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext, type FrameSink, type Handler, json, type RequestContext, text } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { inProcessClient, trustedUser } from './in-process.js';

const jane = { name: 'jane', groups: ['dev'] };

describe('an in-process request', () => {
  it('reaches the handler as one from outside would', async () => {
    const client = inProcessClient(async ({ request: r }) =>
      json(201, { method: r.method, path: r.path, rawQuery: r.rawQuery, type: r.headers['content-type'], body: Buffer.from(await r.body(100)).toString() }),
    );
    const { status, headers, json: _, ...rest } = await client.request({ method: 'POST', path: '/a%2Fb?x=1', query: { dryRun: 'All' }, body: { a: [1] } });
    expect({ status, type: headers['content-type'] }).toEqual({ status: 201, type: 'application/json' });
    expect(JSON.parse(Buffer.from(rest.body).toString())).toEqual({
      method: 'POST',
      path: '/a/b',
      rawQuery: 'x=1&dryRun=All',
      type: 'application/json',
      body: '{"a":[1]}',
    });
  });

  it('gives failures as answers', async () => {
    const client = inProcessClient(() => {
      throw notFound({ group: '', resource: 'pods' }, 'a');
    });
    const response = await client.request({ path: '/api/v1/namespaces/b/pods/a' });
    expect(response.status).toBe(404);
    expect(response.json()).toMatchObject({ message: 'pods "a" not found' });
  });

  it('is aborted by its signal', async () => {
    const controller = new AbortController();
    const client = inProcessClient((ctx) => new Promise((resolve) => ctx.signal.addEventListener('abort', () => resolve(text(499, '')))));
    const asked = client.request({ path: '/', signal: controller.signal });
    controller.abort();
    expect((await asked).status).toBe(499);
  });

  it('refuses a path that is none', async () => {
    await expect(inProcessClient(() => text(200, '')).request({ path: 'api' })).rejects.toThrow(TypeError);
  });
});

describe('trustedUser', () => {
  const seen: Handler = (ctx) => json(200, trustedUser(ctx) ?? null);

  it('is the user that the client speaks for', async () => {
    const client = inProcessClient(seen, { user: jane });
    expect((await client.request({ path: '/' })).json()).toEqual(jane);
    expect((await client.as({ name: 'joe', groups: [] }).request({ path: '/' })).json()).toEqual({ name: 'joe', groups: [] });
    expect((await client.as(undefined).request({ path: '/' })).json()).toBeNull();
  });

  it('is nobody for what came from elsewhere, whatever it says', () => {
    const forged = { headers: {}, user: jane, '#user': jane } as unknown as ApiRequest;
    expect(trustedUser(createContext(forged))).toBeUndefined();
  });
});

describe('an in-process watch', () => {
  function watched() {
    let sink!: FrameSink;
    let stops = 0;
    let starts = 0;
    const handler: Handler = (ctx: RequestContext) =>
      ctx.request.path === '/none'
        ? json(410, { kind: 'Status', reason: 'Expired', code: 410, message: 'too old' })
        : {
            status: 200,
            headers: {},
            body: {
              start: (given) => {
                starts++;
                sink = given;
              },
              stop: () => {
                stops++;
              },
            },
          };
    return { client: inProcessClient(handler, { maxBufferedBytes: 100 }), sink: () => sink, stops: () => stops, starts: () => starts };
  }
  const turn = () => new Promise(setImmediate);

  it('begins when it is asked for, gives events in order, also those cut across frames, and ends with the server’s end', async () => {
    const { client, sink, stops } = watched();
    const events = client.watch('/');
    await turn();
    sink().write([Buffer.from('{"type":"ADDED","object":1}\n{"type":"MODI'), Buffer.from('FIED","object":2}\n')]);
    sink().end();
    const seen = [];
    for await (const event of events) seen.push(event);
    expect(seen).toEqual([
      { type: 'ADDED', object: 1 },
      { type: 'MODIFIED', object: 2 },
    ]);
    await events.return();
    expect(stops()).toBe(0);
  });

  it('is stopped when its reader stops, before the first event or after', async () => {
    const { client, sink, stops } = watched();
    const events = client.watch('/');
    await turn();
    sink().write([Buffer.from('{"type":"ADDED","object":1}\n')]);
    for await (const _ of events) break;
    expect(stops()).toBe(1);
    await client.watch('/').return();
    expect(stops()).toBe(2);
  });

  it('is stopped by its signal', async () => {
    const { client, stops, starts } = watched();
    const controller = new AbortController();
    const events = client.watch('/', { signal: controller.signal });
    const next = events.next();
    await turn();
    controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(stops()).toBe(1);
    expect((await client.watch('/', { signal: controller.signal }).next()).done).toBe(true);
    expect(starts()).toBe(1);
  });

  it('throws the Status of an answer that is no watch', async () => {
    await expect(watched().client.watch('/none').next()).rejects.toMatchObject({ status: { reason: 'Expired', code: 410, message: 'too old' } });
  });

  it('is ended when nobody reads it', async () => {
    const { client, sink, stops } = watched();
    const events = client.watch('/');
    await turn();
    sink().write([Buffer.from(`{"type":"ADDED","object":"${'x'.repeat(100)}"}\n`)]);
    expect(stops()).toBe(1);
    expect((await events.next()).value?.type).toBe('ADDED');
    await expect(events.next()).rejects.toThrow('more than 100 bytes were left unread');
  });
});
