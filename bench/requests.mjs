#!/usr/bin/env node
// GET of one object and LIST of 1,000, over HTTP/2 with a client certificate, as many as the server answers.
// The figure to read is operations per CPU-second of the server: it hardly depends on what else the machine does.
import { once } from 'node:events';
import { connect } from 'node:http2';
import { startServer } from '../scripts/start-server.mjs';
import { cpuSeconds, residentMiB } from './processes.mjs';

const objects = 1000;
const seconds = 5;
const configMaps = '/api/v1/namespaces/default/configmaps';

const server = await startServer({ backend: process.env.BENCH_BACKEND ?? 'memory' });
const { ca, cert, key } = server.credentials();

function ask(session, headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    let bytes = 0;
    let status;
    stream.on('response', (head) => {
      status = head[':status'];
    });
    stream.on('data', (chunk) => {
      bytes += chunk.length;
    });
    stream.on('end', () => (status < 300 ? resolve(bytes) : reject(new Error(`${headers[':method']} ${headers[':path']} was answered ${status}`))));
    stream.on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

async function measure(name, path, { connections, workers }) {
  const sessions = await Promise.all(
    Array.from({ length: connections }, async () => {
      const session = connect(server.url, { ca, cert, key });
      await once(session, 'connect');
      return session;
    }),
  );
  const run = async (forMs) => {
    const until = performance.now() + forMs;
    let count = 0;
    let bytes = 0;
    await Promise.all(
      Array.from({ length: workers }, async (_, at) => {
        while (performance.now() < until) {
          const length = await ask(sessions[at % connections], { ':method': 'GET', ':path': path });
          bytes += length;
          count++;
        }
      }),
    );
    return { count, bytes };
  };
  await run(1000); // let the engine compile what is hot
  const cpuBefore = cpuSeconds(server.pid);
  const before = performance.now();
  const { count, bytes } = await run(seconds * 1000);
  const elapsed = (performance.now() - before) / 1000;
  const cpu = cpuSeconds(server.pid) - cpuBefore;
  for (const session of sessions) session.close();
  console.log(
    `${name.padEnd(20)} ${(count / cpu).toFixed(0)} per CPU-second (${((cpu / count) * 1e6).toFixed(0)} µs each), ${(count / elapsed).toFixed(0)} per second, ${(bytes / elapsed / 1e6).toFixed(1)} MB/s`,
  );
}

try {
  console.log(`${'memory at idle'.padEnd(20)} ${residentMiB(server.pid).toFixed(0)} MiB resident`);
  const session = connect(server.url, { ca, cert, key });
  for (let at = 0; at < objects; at++) {
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `bench-${at}`, labels: { app: 'bench', shard: String(at % 10) } },
      data: { text: 'x'.repeat(1800), at: String(at) },
    };
    await ask(session, { ':method': 'POST', ':path': configMaps, 'content-type': 'application/json' }, JSON.stringify(body));
  }
  session.close();
  await measure('GET', `${configMaps}/bench-500`, { connections: 4, workers: 16 });
  await measure(`LIST of ${objects}`, configMaps, { connections: 2, workers: 2 });
  console.log(`${'memory after that'.padEnd(20)} ${residentMiB(server.pid).toFixed(0)} MiB resident`);
} finally {
  await server.stop();
}
