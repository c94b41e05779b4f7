#!/usr/bin/env node
// Starts the built server with the node that runs this, asks whether it is ready, writes and reads an object, and stops it.
import { request } from 'node:https';
import { startServer } from './start-server.mjs';

const server = await startServer();
const { ca, cert, key } = server.credentials();

/** One request; gives the status and the text. */
function ask(path, { method = 'GET', body } = {}) {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/json' } : {};
    const sent = request(new URL(path, server.url), { method, headers, ca, cert, key }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

const expectStatus = async (wanted, path, options) => {
  const { status, text } = await ask(path, options);
  if (status !== wanted) throw new Error(`${options?.method ?? 'GET'} ${path}: expected ${wanted}, got ${status}: ${text.slice(0, 500)}`);
};

let failure;
try {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'smoke' }, data: { node: process.version } };
  await expectStatus(200, '/readyz');
  await expectStatus(201, '/api/v1/namespaces/default/configmaps', { method: 'POST', body: configMap });
  await expectStatus(200, '/api/v1/namespaces/default/configmaps/smoke');
} catch (error) {
  failure = error;
}
const { code, signal } = await server.stop();
if (!failure && code !== 0) failure = new Error(`the server ended with ${signal ?? `exit ${code}`}`);
if (failure) {
  console.error(`${failure.message}\n${server.stderr().slice(-2000)}`);
  process.exit(1);
}
console.log(`node ${process.version}: ready after ${Math.round(server.readyMs)} ms, served, stopped`);
