/** The proxy in front of servers that behave badly. */
import { systemClock } from '@apiserver-kit/machinery';
import { type ApiRequest, type ApiResponse, createContext, isWatchStream, type UserInfo } from '@apiserver-kit/pipeline';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { staticResolver } from '../service-resolver.js';
import { proxy } from './proxy.js';
import { Transport } from './transport.js';
import { request as plainRequest } from 'node:http';
import { userHeaders } from './user-headers.js';

const user: UserInfo = { name: 'jane', uid: 'u1', groups: ['dev'], extra: { 'a/b': ['c'] } };
const service = { namespace: 'ns', name: 'api' };
const spec = { service, groupPriorityMinimum: 1, versionPriority: 1 };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A transport without TLS: what is tried here comes after the handshake. */
class PlainTransport extends Transport {
  override send({ host, body: _, signal, ...outgoing }: Parameters<Transport['send']>[0]): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const [hostname, port] = host.split(':');
      plainRequest({ host: hostname, port, signal, ...outgoing })
        .once('response', resolve)
        .on('error', reject)
        .end();
    });
  }
}

async function serving(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

function ask(
  port: number,
  {
    headers = {},
    transport = new PlainTransport(spec),
    path = '/apis/g/v1/things',
  }: { headers?: Record<string, string>; transport?: Transport; path?: string } = {},
) {
  const request: ApiRequest = {
    method: 'GET',
    path,
    rawQuery: '',
    headers,
    isSecure: true,
    protocol: 'HTTP/1.1',
    remoteAddress: '192.0.2.1',
    peerCertificate: () => undefined,
    body: () => Promise.resolve(new Uint8Array()),
  };
  const ctx = createContext(request);
  ctx.user = user;
  return proxy(ctx, { service, transport }, { resolve: staticResolver({ 'ns/api': `127.0.0.1:${port}` }), clock: systemClock });
}

/** Reads a stream to its end. */
function read(response: ApiResponse): Promise<{ text: string; isWhole: boolean }> {
  if (!isWatchStream(response.body)) return Promise.resolve({ text: Buffer.from(response.body as Uint8Array).toString(), isWhole: true });
  const stream = response.body;
  let text = '';
  return new Promise((resolve) => {
    stream.start({
      write: (frames) => {
        for (const frame of frames) text += Buffer.from(frame).toString();
      },
      end: () => resolve({ text, isWhole: true }),
      fail: () => resolve({ text, isWhole: false }),
      bufferedBytes: 0,
    });
  });
}

describe('a request that is led on', () => {
  it('says who the user is, and nothing that the client said of that', async () => {
    let seen: IncomingMessage['headersDistinct'] = {};
    const port = await serving((request, response) => {
      seen = request.headersDistinct;
      response.end('ok');
    });
    const forged = {
      authorization: 'Bearer secret',
      'x-remote-user': 'root',
      'x-remote-uid': '0',
      'x-remote-group': 'system:masters',
      'x-remote-extra-a%2fb': 'z',
      'x-remote-extra-more': 'z',
      'impersonate-user': 'root',
      connection: 'close, x-hop',
      'x-hop': '1',
      'x-kept': '1',
    };
    await ask(port, { headers: forged });
    expect(seen).toMatchObject({
      'x-remote-user': ['jane'],
      'x-remote-uid': ['u1'],
      'x-remote-group': ['dev'],
      'x-remote-extra-a%2fb': ['c'],
      'x-kept': ['1'],
    });
    for (const name of ['authorization', 'x-remote-extra-more', 'impersonate-user', 'x-hop']) expect(seen).not.toHaveProperty(name);
    expect(seen['x-forwarded-for']).toEqual(['192.0.2.1']);
  });

  it('carries names that are no header text as bytes, and keys percent-encoded', () => {
    expect(userHeaders({ name: 'ä', groups: [], extra: { 'a b%': ['ö'] } })).toEqual({
      'X-Remote-User': Buffer.from('ä').toString('latin1'),
      'X-Remote-Extra-a%20b%25': [Buffer.from('ö').toString('latin1')],
    });
  });
});

describe('an answer', () => {
  it('keeps its status, its headers and its body', async () => {
    const port = await serving((_, response) => response.writeHead(418, { 'x-a': ['1', '2'], 'content-type': 'text/x' }).end('short'));
    const response = await ask(port);
    expect(response).toMatchObject({ status: 418, headers: { 'x-a': ['1', '2'], 'content-type': 'text/x' } });
    expect((await read(response)).text).toBe('short');
  });

  it('is no redirect', async () => {
    const port = await serving((_, response) => response.writeHead(302, { location: 'https://elsewhere/' }).end());
    const response = await ask(port);
    expect(response.status).toBe(502);
    expect((await read(response)).text).toBe('the backend attempted to redirect this request, which is not permitted');
  });

  it('that breaks off is seen to break off', async () => {
    const port = await serving((_, response) => {
      response.writeHead(200);
      response.write('half', () => response.destroy());
    });
    expect(await read(await ask(port))).toEqual({ text: 'half', isWhole: false });
  });

  it('that is short and breaks off is none', async () => {
    const port = await serving((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    });
    const response = await ask(port);
    expect(response.status).toBe(503);
    expect((await read(response)).text).toMatch(/^error trying to reach service: /);
  });
});

describe('a server that cannot be reached', () => {
  it('is 503, in the words of the reference', async () => {
    const port = await serving(() => {});
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    const response = await ask(port, { transport: new Transport(spec) });
    expect(response.status).toBe(503);
    expect((await read(response)).text).toBe(`error trying to reach service: dial tcp 127.0.0.1:${port}: connect: connection refused\n`);
  });

  it('is one that does not speak TLS', async () => {
    const port = await serving((_, response) => response.end());
    expect((await read(await ask(port, { transport: new Transport(spec) }))).text).toMatch(
      /^error trying to reach service: tls: |^error trying to reach service: EOF/,
    );
  });

  it('is one that nobody can find', async () => {
    const ctx = createContext({
      method: 'GET',
      path: '/',
      rawQuery: '',
      headers: {},
      isSecure: true,
      protocol: '',
      remoteAddress: '',
      peerCertificate: () => undefined,
      body: () => Promise.resolve(new Uint8Array()),
    });
    ctx.user = user;
    const response = await proxy(ctx, { service, transport: new Transport(spec) }, { resolve: staticResolver({}), clock: systemClock });
    expect(response).toMatchObject({ status: 503, body: 'service unavailable\n' });
  });
});
