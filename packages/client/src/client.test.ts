import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asStatusError, fakeClock, type KubeObject, StatusError } from '@apiserver-kit/machinery';
import { afterEach, describe, expect, it } from 'vitest';
import { httpClient, type HttpClientOptions } from './http-client.js';
import { below, getObject, postObject } from './object-client.js';
import { isTransient, retry } from './retry.js';

const servers: Server[] = [];
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
const get = (url: string, options: HttpClientOptions = {}, signal?: AbortSignal) => httpClient(options).request({ method: 'GET', url, signal });

describe('a request', () => {
  it('sends its body and headers, and gives the answer whatever its status', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => response.writeHead(418, { 'x-a': 'b' }).end(`${request.method} ${request.url} ${request.headers['x-c']} ${body}`));
    });
    const answer = await httpClient().request({ method: 'PUT', url: `${url}p?q`, headers: { 'x-c': 'd' }, body: 'ö' });
    expect([answer.status, answer.statusLine, answer.headers['x-a'], answer.body.toString()]).toEqual([418, "418 I'm a Teapot", 'b', 'PUT /p?q d ö']);
  });
  it('follows no redirect', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    expect((await get(url)).status).toBe(302);
  });
  it('fails when nobody answers in time, though bytes may come', async () => {
    const url = await serve((_, response) => {
      response.write('a');
      setInterval(() => response.write('a'), 10).unref();
    });
    await expect(get(url, { timeoutMs: 100 })).rejects.toThrow('no answer within 0.1 seconds');
  });
  it('fails when the answer is too long', async () => {
    const url = await serve((_, response) => response.end('a'.repeat(1001)));
    await expect(get(url, { maxAnswerBytes: 1000 })).rejects.toThrow('the answer is longer than 1000 bytes');
  });
  it('ends when it is aborted: before, and while it waits', async () => {
    const asked = resolvers();
    const url = await serve(() => asked.resolve());
    await expect(get(url, {}, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    const controller = new AbortController();
    const waiting = get(url, {}, controller.signal);
    await asked.promise;
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
  });
  it('fails when the connection breaks', async () => {
    const url = await serve((request) => request.socket.destroy());
    const failure = await get(url).catch((error: unknown) => error);
    expect(isTransient(failure)).toBe(true);
  });
});

function resolvers() {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('an attempt that fails', () => {
  const transient = () => Promise.reject(new StatusError({ code: 500, reason: 'InternalError', message: 'x' }));

  it('is made again, later and later, five times in all', async () => {
    const waits: number[] = [];
    let attempts = 0;
    const after = (ms: number, run: () => void) => {
      waits.push(Math.round(ms));
      setImmediate(run);
      return () => {};
    };
    const attempt = () => {
      attempts++;
      return transient();
    };
    await expect(retry(attempt, { clock: { now: () => 0, after }, random: () => 0.5 })).rejects.toThrow('x');
    expect([attempts, waits]).toEqual([5, [550, 825, 1238, 1856]]);
  });
  it('is not made again when that cannot help', async () => {
    let attempts = 0;
    const failing = retry(() => {
      attempts++;
      return Promise.reject(new StatusError({ code: 403, reason: 'Forbidden', message: 'no' }));
    });
    await expect(failing).rejects.toThrow('no');
    expect(attempts).toBe(1);
  });
  it('is not waited for once nobody wants it', async () => {
    const controller = new AbortController();
    const failing = retry(transient, { signal: controller.signal, clock: fakeClock() });
    setImmediate(() => controller.abort());
    await expect(failing).rejects.toThrow('x');
  });
  it.each([
    [new StatusError({ code: 429, reason: 'TooManyRequests', message: '' }), true],
    [new StatusError({ code: 504, reason: 'Timeout', message: '' }), true],
    [new StatusError({ code: 503, reason: 'ServiceUnavailable', message: '', details: { retryAfterSeconds: 1 } }), true],
    [new StatusError({ code: 503, reason: 'ServiceUnavailable', message: '' }), false],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), false],
    [new Error('x'), false],
  ])('is transient, or is not: %#', (error, expected) => expect(isTransient(error)).toBe(expected));
});

describe('an object that is posted', () => {
  const review: KubeObject = { apiVersion: 'a/v1', kind: 'Review', metadata: {} };
  const post = async (status: number, body: unknown, headers = {}) => {
    const url = await serve((_, response) => response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body)));
    return postObject({ url, client: httpClient() }, review);
  };

  it('comes back', async () => expect(await post(201, { ...review, status: { a: 1 } })).toEqual({ ...review, status: { a: 1 } }));
  it('is had from below a server', async () => {
    const url = await serve((request, response) =>
      response.end(JSON.stringify({ ...review, asked: `${request.method} ${request.url}`, as: request.headers.authorization })),
    );
    const target = { url: `${url}cluster/`, client: httpClient(), headers: () => ({ authorization: 'Bearer t' }) };
    expect(await getObject(below(target, '/api/v1'))).toMatchObject({ asked: 'GET /cluster/api/v1', as: 'Bearer t' });
  });
  it('has to be of the same kind and version', async () => {
    await expect(post(200, { ...review, apiVersion: 'a/v2' })).rejects.toThrow('the answer is no Review of a/v1');
    await expect(post(200, '<html>')).rejects.toThrow('the answer is no JSON object');
  });
  it('fails with the Status that comes instead', async () => {
    await expect(post(403, { kind: 'Status', status: 'Failure', code: 403, reason: 'Forbidden', message: 'not you' })).rejects.toThrow('not you');
    await expect(post(200, { kind: 'Status', status: 'Failure', message: 'not you' })).rejects.toThrow('not you');
  });
  it.each([
    [500, 'InternalError'],
    [502, 'InternalError'],
    [429, 'TooManyRequests'],
    [504, 'Timeout'],
    [404, 'NotFound'],
    [418, undefined],
  ])('fails with what the code means: %i', async (code, reason) => {
    const error = asStatusError(await post(code, 'secret', { 'retry-after': '7' }).catch((failure: unknown) => failure))!;
    expect([error.status.code, error.reason, error.status.details]).toEqual([code, reason, { retryAfterSeconds: 7 }]);
    expect(error.message).not.toContain('secret');
  });
});
