import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { JsonObject } from '@apiserver-kit/machinery';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configMapAttributes } from '../fixtures.js';
import { httpWebhookCaller, type HttpWebhookCallerOptions, validatingWebhooks, type WebhookClientConfig, webhookStore } from './index.js';

const directory = mkdtempSync(join(tmpdir(), 'webhook-'));
let key = '';
let cert = '';
beforeAll(() => {
  const names = 'subjectAltName=DNS:localhost,DNS:hook.tools.svc,IP:127.0.0.1';
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=hook', '-addext', names];
  execFileSync('openssl', [...request, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
  key = readFileSync(keyFile, 'utf8');
  cert = readFileSync(certFile, 'utf8');
});
afterAll(() => rmSync(directory, { recursive: true }));

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

/** Answers as a webhook does. */
const answering =
  (respond: (request: JsonObject) => JsonObject): RequestListener =>
  (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const review = JSON.parse(body) as { apiVersion: string; request: JsonObject };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ apiVersion: review.apiVersion, kind: 'AdmissionReview', response: { uid: review.request.uid, ...respond(review.request) } }),
      );
    });
  };

const caBundle = () => Buffer.from(cert).toString('base64');

function pluginFor(clientConfig: WebhookClientConfig, { timeoutSeconds = 5, ...options }: HttpWebhookCallerOptions & { timeoutSeconds?: number } = {}) {
  const caller = httpWebhookCaller(options);
  closing.push(() => caller.close());
  const webhook = {
    name: 'check.example.com',
    clientConfig,
    rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds,
  };
  const source = webhookStore([
    { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'a' }, webhooks: [webhook] },
  ]);
  const plugin = validatingWebhooks({ source, call: caller.call, namespaces: () => undefined });
  return async (): Promise<void> => plugin.validate!(configMapAttributes());
}
const failing = (why: string): string => `Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: ${why}`;

describe('a webhook behind a URL', () => {
  it('is asked over HTTPS with the authorities of its bundle, and told its time', async () => {
    let path: string | undefined;
    const { port } = await serve((request, response) => {
      path = request.url;
      answering(() => ({ allowed: false, status: { message: 'no' } }))(request, response);
    });
    await expect(pluginFor({ url: `https://127.0.0.1:${port}/check/`, caBundle: caBundle() })()).rejects.toThrow(
      'admission webhook "check.example.com" denied the request: no',
    );
    expect(path).toBe('/check?timeout=5s');
  });

  it('is asked again over the same connection', async () => {
    let connections = 0;
    const { port, server } = await serve(answering(() => ({ allowed: true })));
    server.on('secureConnection', () => connections++);
    const ask = pluginFor({ url: `https://localhost:${port}/`, caBundle: caBundle() });
    await ask();
    await ask();
    expect(connections).toBe(1);
  });

  it('is asked once more where a kept connection was closed meanwhile', async () => {
    let isFirst = true;
    const { port } = await serve((request, response) => {
      answering(() => ({ allowed: true }))(request, response);
      response.on('finish', () => {
        // Closed behind the client's back, as by a timeout of the server.
        if (isFirst) request.socket.destroySoon();
        isFirst = false;
      });
    });
    const ask = pluginFor({ url: `https://localhost:${port}/`, caBundle: caBundle() });
    await ask();
    await ask();
  });

  it('is shown our certificate and our token, if there are any for its host', async () => {
    let seen: { subject: unknown; authorization: unknown } | undefined;
    const { port } = await serve((request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      seen = { subject: subject?.CN, authorization: request.headers.authorization };
      answering(() => ({ allowed: true }))(request, response);
    });
    const credentialsFor = (hostPort: string) =>
      hostPort === `localhost:${port}` ? { certPem: cert, keyPem: key, authorization: () => 'Bearer word' } : undefined;
    await pluginFor({ url: `https://localhost:${port}/`, caBundle: caBundle() }, { credentialsFor })();
    expect(seen).toEqual({ subject: 'hook', authorization: 'Bearer word' });
  });

  it('is not believed without the authority of its certificate', async () => {
    const { port } = await serve(answering(() => ({ allowed: true })));
    await expect(pluginFor({ url: `https://localhost:${port}/` })()).rejects.toThrow(
      failing(`Post "https://localhost:${port}/?timeout=5s": tls: failed to verify certificate: x509: certificate signed by unknown authority`),
    );
  });

  it("fails in the reference's words where nobody listens", async () => {
    const { port, server } = await serve(answering(() => ({ allowed: true })));
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await expect(pluginFor({ url: `https://127.0.0.1:${port}/x` })()).rejects.toThrow(
      failing(`Post "https://127.0.0.1:${port}/x?timeout=5s": dial tcp 127.0.0.1:${port}: connect: connection refused`),
    );
  });

  it('fails when it takes longer than it may', async () => {
    const { port } = await serve(() => {});
    const ask = pluginFor({ url: `https://localhost:${port}/`, caBundle: caBundle() }, { timeoutSeconds: 0.05 });
    await expect(ask()).rejects.toThrow(failing(`Post "https://localhost:${port}/?timeout=1s": context deadline exceeded`));
  });

  it.each([
    [404, 'text/plain', '404 page not found', 'the server could not find the requested resource'],
    [500, 'text/plain', 'out of order\n', 'an error on the server ("out of order") has prevented the request from succeeding'],
    [500, 'application/json', '{}', 'an error on the server ("unknown") has prevented the request from succeeding'],
    [418, 'text/plain', '', 'the server responded with the status code 418 but did not return more information'],
    [200, 'application/json', '', '0-length response with status code: 200 and content type: application/json'],
    [200, 'application/json', '{garbage', "couldn't get version/kind; json parse error: invalid character 'g' looking for beginning of object key string"],
    [200, 'text/html', '<html>', "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct"],
    [500, 'application/json', '{"kind":"Status","status":"Failure","message":"quota is full"}', 'quota is full'],
    [
      200,
      'application/json',
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"}',
      'converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion',
    ],
  ])('fails when it answers %i %s %s', async (status, contentType, body, message) => {
    const { port } = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': contentType }).end(body);
    });
    await expect(pluginFor({ url: `https://localhost:${port}/`, caBundle: caBundle() })()).rejects.toThrow(failing(message));
  });

  it('fails when it answers with more than can be meant', async () => {
    const { port } = await serve((_request, response) => {
      response.writeHead(200).end(Buffer.alloc(10 << 20, ' '));
    });
    await expect(pluginFor({ url: `https://localhost:${port}/`, caBundle: caBundle() })()).rejects.toThrow(/the answer is longer than/);
  });
});

describe('a webhook behind a service', () => {
  it('is asked where the service is, under the name that the service has', async () => {
    let host: string | undefined;
    const { port } = await serve((request, response) => {
      host = request.headers.host;
      answering(() => ({ allowed: true }))(request, response);
    });
    const clientConfig = { service: { name: 'hook', namespace: 'tools', path: '/check', port: 8443 }, caBundle: caBundle() };
    await pluginFor(clientConfig, { resolveService: () => `127.0.0.1:${port}` })();
    expect(host).toBe('hook.tools.svc:8443');
  });

  it('fails where there is no such service', async () => {
    const resolveService = (): string => {
      throw new Error('service "hook" not found');
    };
    await expect(pluginFor({ service: { name: 'hook', namespace: 'tools' } }, { resolveService })()).rejects.toThrow(
      failing('Post "https://hook.tools.svc:443/?timeout=5s": service "hook" not found'),
    );
  });
});
