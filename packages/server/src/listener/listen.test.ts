import { badRequest } from '@apiserver-kit/machinery';
import { type ApiResponse, type FrameSink, type Handler, json, type PeerCertificate, text } from '@apiserver-kit/pipeline';
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2';
import { Agent, type RequestOptions, request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateAndKey, createCertificateAuthority, issueCertificate } from '../certs/index.js';
import { type Listener, type ListenOptions, listen } from './index.js';

let ca: CertificateAndKey;
let serving: CertificateAndKey;
let client: CertificateAndKey;
beforeAll(async () => {
  ca = await createCertificateAuthority();
  serving = await issueCertificate({ ca, subject: { commonName: 'server' }, sans: ['127.0.0.1'], usages: ['server'] });
  client = await issueCertificate({ ca, subject: { commonName: 'jane' }, usages: ['client'] });
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}
interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const logged: string[] = [];
async function start(handler: Handler, options: Partial<ListenOptions> = {}): Promise<Listener> {
  logged.length = 0;
  const listener = await listen(handler, {
    tls: { key: serving.keyPem, cert: serving.certPem, ca: ca.certPem },
    log: (message) => logged.push(message),
    ...options,
  });
  cleanups.push(() => listener.close({ timeoutMs: 0 }));
  return listener;
}

function session({ url }: Listener, credentials?: CertificateAndKey): ClientHttp2Session {
  const made = connectHttp2(url, { ca: ca.certPem, cert: credentials?.certPem, key: credentials?.keyPem });
  made.on('error', () => {});
  cleanups.push(() => made.destroy());
  return made;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [headers] = (await once(stream, 'response')) as [Record<string, string>];
  if (!stream.readableEnded) await once(stream, 'end');
  return { status: Number(headers[':status']), headers, body: Buffer.concat(chunks) };
}

function ask2(over: ClientHttp2Session, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
  const stream = over.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return answerOf(stream);
}

function ask1({ url }: Listener, path: string, { method = 'GET', headers = {}, body }: Asked = {}, more: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, headers, ca: ca.certPem, agent: false, ...more }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

type Ask = (path: string, asked?: Asked) => Promise<Answer>;
const protocols: [name: string, client: (listener: Listener) => Ask][] = [
  ['HTTP/1.1', (listener) => (path, asked) => ask1(listener, path, asked)],
  [
    'HTTP/2.0',
    (listener) => {
      const over = session(listener);
      return (path, asked) => ask2(over, path, asked);
    },
  ],
];

describe.each(protocols)('over %s', (protocol, clientOf) => {
  it('a handler sees the request as it was sent', async () => {
    const ask = clientOf(
      await start(async ({ request: r }) =>
        json(200, {
          method: r.method,
          path: r.path,
          rawQuery: r.rawQuery,
          protocol: r.protocol,
          isSecure: r.isSecure,
          from: r.remoteAddress,
          type: r.headers['content-type'],
          hasHost: r.headers.host?.startsWith('127.0.0.1:'),
          body: Buffer.from(await r.body(100)).toString(),
        }),
      ),
    );
    const { status, headers, body } = await ask('/a%2Fb?x=%20&y', { method: 'POST', headers: { 'Content-Type': 'text/x' }, body: 'hello' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers.date).toBeDefined();
    expect(JSON.parse(String(body))).toEqual({
      method: 'POST',
      path: '/a/b',
      rawQuery: 'x=%20&y',
      protocol,
      isSecure: true,
      from: '127.0.0.1',
      type: 'text/x',
      hasHost: true,
      body: 'hello',
    });
  });

  it('the values of a header that is sent several times are told apart, until it is taken out', async () => {
    const ask = clientOf(
      await start(({ request: r }) => {
        const values = [r.headerValues?.('x-remote-group'), r.headerValues?.('x-none'), r.headers['x-remote-group']];
        delete (r.headers as Record<string, unknown>)['x-remote-group'];
        return json(200, [...values, r.headerValues?.('x-remote-group')]);
      }),
    );
    const headers = { 'x-remote-group': ['dev', 'a, b'] as unknown as string };
    expect(JSON.parse(String((await ask('/', { headers })).body))).toEqual([['dev', 'a, b'], [], 'dev, a, b', []]);
  });

  it('a body that is text, bytes, chunks or nothing arrives whole', async () => {
    const large = Array.from({ length: 5000 }, (_, at) => Buffer.from(`${at},`.repeat(20)));
    const bodies: Record<string, ApiResponse['body']> = {
      '/text': 'é',
      '/bytes': Buffer.from([0, 255]),
      '/chunks': [Buffer.from('a'), Buffer.from(''), Buffer.from('b')],
      '/none': undefined,
      '/no-chunks': [],
      '/large-chunk': [Buffer.alloc(1 << 20, 'x')],
      '/large': large,
    };
    const ask = clientOf(await start(({ request: r }) => ({ status: 200, headers: {}, body: bodies[r.path] })));
    const lengthAndBody = async (path: string) => {
      const { headers, body } = await ask(path);
      expect(headers['content-length']).toBe(String(body.length));
      return body;
    };
    expect(String(await lengthAndBody('/text'))).toBe('é');
    expect([...(await lengthAndBody('/bytes'))]).toEqual([0, 255]);
    expect(String(await lengthAndBody('/chunks'))).toBe('ab');
    expect((await lengthAndBody('/none')).length).toBe(0);
    expect((await lengthAndBody('/no-chunks')).length).toBe(0);
    expect((await lengthAndBody('/large-chunk')).equals(Buffer.alloc(1 << 20, 'x'))).toBe(true);
    expect((await lengthAndBody('/large')).equals(Buffer.concat(large))).toBe(true);
  });

  it('HEAD is answered with the headers alone, 204 without a length', async () => {
    const ask = clientOf(
      await start(({ request: r }) => ({ status: r.path === '/204' ? 204 : 200, headers: {}, body: r.path === '/204' ? undefined : 'four' })),
    );
    const head = await ask('/', { method: 'HEAD' });
    expect({ status: head.status, length: head.headers['content-length'], bytes: head.body.length }).toEqual({ status: 200, length: '4', bytes: 0 });
    const empty = await ask('/204');
    expect({ status: empty.status, length: empty.headers['content-length'] }).toEqual({ status: 204, length: undefined });
  });

  it('several values of a header are sent as several', async () => {
    const ask = clientOf(await start(() => ({ status: 200, headers: { warning: ['299 - "a"', '299 - "b"'] }, body: 'x' })));
    expect((await ask('/')).headers.warning).toBe('299 - "a", 299 - "b"');
  });

  it('a path that cannot be decoded is answered 400 in plain text', async () => {
    const ask = clientOf(await start(() => text(200, 'never')));
    const { status, headers, body } = await ask('/%zz');
    expect({ status, type: headers['content-type'], body: String(body) }).toEqual({
      status: 400,
      type: 'text/plain; charset=utf-8',
      body: '400 Bad Request',
    });
  });

  it('a body beyond the limit is refused with 413, whether it says its length or not', async () => {
    const limit = 3_145_728;
    const ask = clientOf(await start(async ({ request: r }) => text(200, String((await r.body(limit)).length))));
    const message = 'Request entity too large: limit is 3145728';
    for (const headers of [{}, { 'content-length': String(limit + 1) }] as Record<string, string>[]) {
      const { status, body } = await ask('/', { method: 'POST', headers, body: Buffer.alloc(limit + 1) });
      expect(status).toBe(413);
      expect(JSON.parse(String(body))).toMatchObject({ kind: 'Status', reason: 'RequestEntityTooLarge', message, code: 413 });
    }
    expect(String((await ask('/', { method: 'POST', body: Buffer.alloc(limit) })).body)).toBe(String(limit));
  });

  it('a body that nobody reads is in no one’s way', async () => {
    const ask = clientOf(await start(() => text(200, 'ok')));
    for (let at = 0; at < 3; at++) expect(String((await ask('/', { method: 'POST', body: Buffer.alloc(1 << 20) })).body)).toBe('ok');
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ] as [string, Handler][])('a handler that %s is answered 500 without the reason, which is logged', async (_, handler) => {
    const ask = clientOf(await start(handler));
    const { status, body } = await ask('/');
    expect(status).toBe(500);
    expect(JSON.parse(String(body))).toMatchObject({ kind: 'Status', reason: 'InternalError', code: 500 });
    expect(String(body)).not.toContain('secret');
    expect(logged).toHaveLength(1);
  });

  it('a header that cannot be sent never reaches the client', async () => {
    const ask = clientOf(await start(() => ({ status: 200, headers: { 'x-a': 'a\nb' }, body: 'x' })));
    const { status, headers } = await ask('/');
    // HTTP/2 leaves it out, as net/http does; node's HTTP/1.1 refuses the answer.
    expect(status).toBe(protocol === 'HTTP/2.0' ? 200 : 500);
    expect(headers['x-a']).toBeUndefined();
  });

  it('a StatusError that is thrown is answered', async () => {
    const ask = clientOf(
      await start(() => {
        throw badRequest('no');
      }),
    );
    expect(JSON.parse(String((await ask('/')).body))).toMatchObject({ reason: 'BadRequest', message: 'no' });
  });

  it('a client that goes aborts what is done for it', async () => {
    let aborted!: () => void;
    const isAborted = new Promise<void>((resolve) => {
      aborted = resolve;
    });
    let begun!: () => void;
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const listener = await start(({ signal }) => {
      signal.addEventListener('abort', aborted);
      begun();
      return new Promise<ApiResponse>(() => {});
    });
    if (protocol === 'HTTP/2.0') {
      const stream = session(listener).request({ ':path': '/' });
      stream.on('error', () => {});
      await hasBegun;
      stream.close(constants.NGHTTP2_CANCEL);
    } else {
      const sent = request(listener.url, { ca: ca.certPem, agent: false });
      sent.on('error', () => {});
      sent.end();
      await hasBegun;
      sent.destroy();
    }
    await isAborted;
  });

  describe('gzip', () => {
    const large = Array.from({ length: 3000 }, (_, at) => Buffer.from(`{"name":"object-${at}","data":"${'x'.repeat(40)}"},`));
    const handler: Handler = ({ request: r }) => ({
      status: 200,
      headers: { 'content-type': r.path === '/text' ? 'text/plain' : 'application/json', vary: 'Accept' },
      body: r.path === '/small' ? 'x'.repeat(128 * 1024) : large,
    });

    it('is used for large JSON when the client takes it', async () => {
      const ask = clientOf(await start(handler));
      const { headers, body } = await ask('/', { headers: { 'accept-encoding': 'deflate, gzip' } });
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers.vary).toBe('Accept, Accept-Encoding');
      expect(headers['content-length']).toBeUndefined();
      expect(gunzipSync(body).equals(Buffer.concat(large))).toBe(true);
    });

    it.each([
      ['small', '/small', 'gzip'],
      ['not asked for', '/', 'identity'],
      ['asked for with a weight', '/', 'gzip;q=1'],
      ['not of a serializer', '/text', 'gzip'],
    ])('is not used for what is %s', async (_, path, encoding) => {
      const ask = clientOf(await start(handler));
      const { headers } = await ask(path, { headers: { 'accept-encoding': encoding } });
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['content-length']).toBeDefined();
    });
  });
});

/** A watch whose sink the test holds. */
function controlledWatch() {
  let sink!: FrameSink;
  let started!: () => void;
  let stops = 0;
  let onStop!: () => void;
  const hasStarted = new Promise<void>((resolve) => {
    started = resolve;
  });
  const hasStopped = new Promise<void>((resolve) => {
    onStop = resolve;
  });
  const handler: Handler = () => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: {
      start(given) {
        sink = given;
        started();
      },
      stop() {
        stops++;
        onStop();
      },
    },
  });
  return { handler, hasStarted, hasStopped, sink: () => sink, stops: () => stops };
}

describe('a watch', () => {
  /** An open watch of either protocol: the status, then what arrives, then how it ended. */
  async function open(listener: Listener, protocol: string) {
    let received = '';
    let look = () => {};
    const chunk = (data: Buffer) => {
      received += String(data);
      look();
    };
    const until = (what: string) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (received.includes(what)) resolve();
        };
        look();
      });
    if (protocol === 'HTTP/2.0') {
      const over = session(listener);
      const stream = over.request({ ':path': '/?watch=1' });
      stream.on('error', () => {}).on('data', chunk);
      const ended = new Promise<boolean>((resolve) => stream.once('end', () => resolve(true)).once('close', () => resolve(stream.rstCode === 0)));
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      return { status: headers[':status'], until, ended, drop: () => stream.close(constants.NGHTTP2_CANCEL), received: () => received };
    }
    const sent = request(`${listener.url}/?watch=1`, { ca: ca.certPem, agent: false });
    sent.on('error', () => {});
    sent.end();
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    response.on('error', () => {}).on('data', chunk);
    const ended = new Promise<boolean>((resolve) => response.once('end', () => resolve(true)).once('error', () => resolve(false)));
    return { status: response.statusCode, until, ended, drop: () => sent.destroy(), received: () => received };
  }

  it.each(['HTTP/1.1', 'HTTP/2.0'])('sends its headers at once, then frames as they come, and ends in good order (%s)', async (protocol) => {
    const watch = controlledWatch();
    const opened = await open(await start(watch.handler), protocol);
    expect(opened.status).toBe(200);
    watch.sink().write([Buffer.from('one\n')]);
    await opened.until('one\n');
    watch.sink().write([Buffer.from('two\n'), Buffer.from('three\n')]);
    await opened.until('three\n');
    expect(watch.sink().bufferedBytes).toBe(0);
    watch.sink().end();
    expect(await opened.ended).toBe(true);
    expect(opened.received()).toBe('one\ntwo\nthree\n');
    expect(watch.stops()).toBe(0);
    watch.sink().write([Buffer.from('nobody reads this')]);
  });

  it.each(['HTTP/1.1', 'HTTP/2.0'])('is stopped, once, when its client goes (%s)', async (protocol) => {
    const watch = controlledWatch();
    const opened = await open(await start(watch.handler), protocol);
    opened.drop();
    await watch.hasStopped;
    watch.sink().write([Buffer.from('late')]);
    watch.sink().end();
    expect(watch.stops()).toBe(1);
  });

  it.each(['HTTP/1.1', 'HTTP/2.0'])('is ended when the listener closes, and its client sees the end (%s)', async (protocol) => {
    const watch = controlledWatch();
    const listener = await start(watch.handler);
    const opened = await open(listener, protocol);
    const closed = listener.close();
    expect(await opened.ended).toBe(true);
    expect(watch.stops()).toBe(1);
    await closed;
  });

  it.each(['HTTP/1.1', 'HTTP/2.0'])('whose client never reads is ended, and nobody else is (%s)', async (protocol) => {
    const watch = controlledWatch();
    const listener = await start(watch.handler, { maxBufferedBytes: 1 << 20 });
    if (protocol === 'HTTP/2.0') {
      const stream = session(listener).request({ ':path': '/' });
      stream.on('error', () => {});
      await once(stream, 'response');
    } else {
      const socket = connectTls({ host: '127.0.0.1', port: listener.port, ca: ca.certPem });
      socket.on('error', () => {});
      cleanups.push(() => socket.destroy());
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      await watch.hasStarted;
    }
    const frame = [Buffer.alloc(64 * 1024)];
    let isStopped = false;
    const stopped = watch.hasStopped.then(() => {
      isStopped = true;
    });
    for (let at = 0; at < 1000 && !isStopped; at++) {
      watch.sink().write(frame);
      await new Promise(setImmediate);
    }
    await stopped;
    expect(watch.stops()).toBe(1);
  });
});

describe('a client certificate', () => {
  const seen = (certificate: PeerCertificate | undefined): ApiResponse =>
    text(200, certificate === undefined ? 'none' : new X509Certificate(certificate.chain[0]!).subject);

  it('reaches the handler, over both protocols', async () => {
    const listener = await start(({ request: r }) => seen(r.peerCertificate()));
    expect(String((await ask2(session(listener, client), '/')).body)).toBe('CN=jane');
    expect(String((await ask1(listener, '/', {}, { cert: client.certPem, key: client.keyPem })).body)).toBe('CN=jane');
    expect(String((await ask2(session(listener), '/')).body)).toBe('none');
  });

  it('that nobody can verify reaches it, too', async () => {
    const listener = await start(({ request: r }) => seen(r.peerCertificate()));
    const foreign = await issueCertificate({ ca: await createCertificateAuthority(), subject: { commonName: 'stranger' }, usages: ['client'] });
    expect(String((await ask2(session(listener, foreign), '/')).body)).toBe('CN=stranger');
  });

  it('is one object for all requests of a connection, and another for another', async () => {
    const certificates: (PeerCertificate | undefined)[] = [];
    const listener = await start(({ request: r }) => {
      certificates.push(r.peerCertificate());
      return text(200, '');
    });
    const over = session(listener, client);
    await Promise.all([ask2(over, '/'), ask2(over, '/')]);
    await ask2(session(listener, client), '/');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    cleanups.push(() => agent.destroy());
    for (let at = 0; at < 2; at++) await ask1(listener, '/', {}, { cert: client.certPem, key: client.keyPem, agent });
    expect(certificates.map((one) => certificates.indexOf(one))).toEqual([0, 0, 2, 3, 3]);
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)('is asked for with the names of the CAs', async () => {
    const listener = await start(() => text(200, ''));
    const openssl = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${listener.port}`], { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    for await (const chunk of openssl.stdout) printed += String(chunk);
    expect(printed).toMatch(/Acceptable client certificate CA names\nCN ?= ?kubernetes\n/);
  });
});

describe('what is not HTTP', () => {
  const exchange = (socket: import('node:net').Socket, data: string) =>
    new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (chunk) => {
        received += String(chunk);
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(received));
      socket.write(data);
    });

  it.each([
    ['a malformed request line', 'nonsense\r\n\r\n', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a malformed header', 'GET / HTTP/1.1\r\nhost: x\r\na b: c\r\n\r\n', 'HTTP/1.1 400 Bad Request\r\n'],
    ['too large headers', `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(1 << 20)}\r\n\r\n`, 'HTTP/1.1 431 Request Header Fields Too Large\r\n'],
  ])('%s is answered', async (_, data, start_) => {
    const listener = await start(() => text(200, ''));
    const socket = connectTls({ host: '127.0.0.1', port: listener.port, ca: ca.certPem, ALPNProtocols: ['http/1.1'] });
    expect((await exchange(socket, data)).startsWith(start_)).toBe(true);
    expect(String((await ask1(listener, '/')).status)).toBe('200');
  });

  it('is survived: plain HTTP, noise, a handshake that is cut off, HTTP/2 that is broken', async () => {
    const listener = await start(() => text(200, 'ok'));
    const plain = (data: string) => exchange(connectTcp(listener.port, '127.0.0.1'), data);
    await plain('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await plain('\0\0\0\0noise');
    const cut = connectTcp(listener.port, '127.0.0.1');
    await once(cut, 'connect');
    cut.destroy();
    const broken = connectTls({ host: '127.0.0.1', port: listener.port, ca: ca.certPem, ALPNProtocols: ['h2'] });
    await exchange(broken, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage garbage garbage garbage');
    expect(String((await ask1(listener, '/')).body)).toBe('ok');
    expect(String((await ask2(session(listener), '/')).body)).toBe('ok');
  });
});

describe('close', () => {
  it.each(['HTTP/1.1', 'HTTP/2.0'])('waits for what is under way, then for nothing (%s)', async (protocol) => {
    let answer!: (response: ApiResponse) => void;
    let begun!: () => void;
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const listener = await start(({ request: r }) =>
      r.path === '/slow'
        ? new Promise((resolve) => {
            answer = resolve;
            begun();
          })
        : text(200, ''),
    );
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    const over = protocol === 'HTTP/2.0' ? session(listener) : undefined;
    const ask = (path: string) => (over ? ask2(over, path) : ask1(listener, path, {}, { agent }));
    await ask('/fast');
    const slow = ask('/slow');
    await hasBegun;
    const closed = listener.close();
    answer(text(200, 'at last'));
    expect(String((await slow).body)).toBe('at last');
    await closed;
    await expect(ask1(listener, '/')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('cuts what takes too long, and may be called twice', async () => {
    let begun!: () => void;
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const listener = await start(() => {
      begun();
      return new Promise(() => {});
    });
    const asked = ask1(listener, '/').catch((error: Error) => error);
    await hasBegun;
    await Promise.all([listener.close({ timeoutMs: 1 }), listener.close()]);
    expect(await asked).toBeInstanceOf(Error);
  });

  it('does not wait for a connection that never said anything', async () => {
    const listener = await start(() => text(200, ''));
    const socket = connectTcp(listener.port, '127.0.0.1');
    await once(socket, 'connect');
    // Another request makes sure that the server has seen the first connection.
    await ask1(listener, '/');
    socket.on('error', () => {});
    const gone = once(socket, 'close');
    await listener.close();
    await gone;
  });

  it('of the whole connection is what `Connection: close` means, over both protocols', async () => {
    const listener = await start(() => ({ status: 200, headers: { connection: 'close' }, body: 'x' }));
    const over = session(listener);
    const goaway = once(over, 'goaway');
    expect((await ask2(over, '/')).status).toBe(200);
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR);
    expect((await ask1(listener, '/')).headers.connection).toBe('close');
  });
});

describe('listen', () => {
  it('fails with the code of the system when the port is taken', async () => {
    const { port } = await start(() => text(200, ''));
    await expect(start(() => text(200, ''), { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('fails for a key that is none', async () => {
    await expect(start(() => text(200, ''), { tls: { key: 'x', cert: serving.certPem } })).rejects.toThrow();
  });
});
