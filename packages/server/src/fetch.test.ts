import { badRequest } from '@apiserver-kit/machinery';
import { type FrameSink, type Handler, json, type RequestContext, text } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { fetchHandler } from './fetch.js';

/** A watch whose sink the test holds. */
function controlledWatch() {
  let sink!: FrameSink;
  let stops = 0;
  const handler: Handler = () => ({
    status: 200,
    headers: {},
    body: {
      start: (given) => {
        sink = given;
      },
      stop: () => {
        stops++;
      },
    },
  });
  return { handler, sink: () => sink, stops: () => stops };
}

describe('fetchHandler', () => {
  it('hands on the request as it is', async () => {
    const handle = fetchHandler(async ({ request: r }) =>
      json(200, {
        method: r.method,
        path: r.path,
        rawQuery: r.rawQuery,
        isSecure: r.isSecure,
        from: r.remoteAddress,
        chain: r.peerCertificate()?.chain.length,
        type: r.headers['content-type'],
        body: Buffer.from(await r.body(100)).toString(),
      }),
    );
    const request = new Request('https://api/a%2Fb?x=%20', { method: 'POST', body: 'hello', headers: { 'Content-Type': 'text/x' } });
    const response = await handle(request, { remoteAddress: '192.0.2.1', peerCertificate: { chain: [new Uint8Array()] } });
    expect(await response.json()).toEqual({
      method: 'POST',
      path: '/a/b',
      rawQuery: 'x=%20',
      isSecure: true,
      from: '192.0.2.1',
      chain: 1,
      type: 'text/x',
      body: 'hello',
    });
  });

  it('answers with text, bytes, chunks or nothing', async () => {
    const bodies = { '/text': 'é', '/bytes': new Uint8Array([65]), '/chunks': [Buffer.from('a'), Buffer.alloc(1 << 20, 'b')], '/none': undefined };
    const handle = fetchHandler(({ request: r }) => ({
      status: r.path === '/none' ? 204 : 200,
      headers: { 'x-a': ['1', '2'] },
      body: bodies[r.path as keyof typeof bodies],
    }));
    const bodyOf = async (path: string) => (await handle(new Request(`https://api${path}`))).text();
    expect(await bodyOf('/text')).toBe('é');
    expect(await bodyOf('/bytes')).toBe('A');
    expect(await bodyOf('/chunks')).toBe(`a${'b'.repeat(1 << 20)}`);
    expect(await bodyOf('/none')).toBe('');
    expect((await handle(new Request('https://api/text'))).headers.get('x-a')).toBe('1, 2');
    expect(await (await handle(new Request('https://api/text', { method: 'HEAD' }))).text()).toBe('');
  });

  it('answers failures as a listener does', async () => {
    const logged: string[] = [];
    const failing = (error: Error) => fetchHandler(() => Promise.reject(error), { log: (message) => logged.push(message) })(new Request('https://api/x'));
    expect(await (await failing(badRequest('no'))).json()).toMatchObject({ reason: 'BadRequest', code: 400 });
    const internal = await failing(new Error('secret'));
    expect(internal.status).toBe(500);
    expect(await internal.text()).not.toContain('secret');
    expect(logged).toEqual(['GET /x failed']);
    expect((await fetchHandler(() => text(200, ''))(new Request('https://api/%zz'))).status).toBe(400);
    const limited = await fetchHandler(async ({ request: r }) => json(200, (await r.body(3)).length))(
      new Request('https://api/', { method: 'POST', body: 'four' }),
    );
    expect(await limited.json()).toMatchObject({ reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3' });
  });

  it('gives a watch as a body that goes on', async () => {
    const watch = controlledWatch();
    const { body } = await fetchHandler(watch.handler)(new Request('https://api/'));
    const reader = body!.getReader();
    watch.sink().write([Buffer.from('one')]);
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('one');
    const waiting = reader.read();
    watch.sink().write([Buffer.from('two')]);
    expect(Buffer.from((await waiting).value!).toString()).toBe('two');
    watch.sink().end();
    expect((await reader.read()).done).toBe(true);
    expect(watch.stops()).toBe(0);
  });

  it('stops a watch when its body is cancelled, its signal aborted, or nobody reads it', async () => {
    const cancelled = controlledWatch();
    await (await fetchHandler(cancelled.handler)(new Request('https://api/'))).body!.cancel();
    expect(cancelled.stops()).toBe(1);

    const aborted = controlledWatch();
    const controller = new AbortController();
    const response = await fetchHandler(aborted.handler)(new Request('https://api/', { signal: controller.signal }));
    controller.abort();
    expect(await response.text()).toBe('');
    expect(aborted.stops()).toBe(1);

    const unread = controlledWatch();
    const { body } = await fetchHandler(unread.handler, { maxBufferedBytes: 10 })(new Request('https://api/'));
    unread.sink().write([Buffer.alloc(11)]);
    unread.sink().write([Buffer.alloc(11)]);
    expect(unread.stops()).toBe(1);
    const reader = body!.getReader();
    await reader.read();
    await expect(reader.read()).rejects.toThrow('more than 10 bytes were left unread');
  });

  it('aborts what is done for a request whose signal is aborted', async () => {
    const controller = new AbortController();
    let seen!: RequestContext;
    const answered = fetchHandler((ctx) => {
      seen = ctx;
      return new Promise((resolve) => ctx.signal.addEventListener('abort', () => resolve(text(200, 'aborted'))));
    })(new Request('https://api/', { signal: controller.signal }));
    controller.abort();
    expect(await (await answered).text()).toBe('aborted');
    expect(seen.signal.aborted).toBe(true);
  });
});
