import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initCertificates } from './init.js';
import { createCertificateAuthority, issueCertificate } from './x509.js';

describe('initCertificates', () => {
  let parent: string;
  let directory: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'apiserver-kit-pki-'));
    directory = join(parent, 'pki');
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('makes a CA, a serving certificate and an admin, with keys that only their owner may read', async () => {
    const { serving, admin, ca } = await initCertificates(directory, { sans: ['192.0.2.7'] });
    expect(readdirSync(directory).sort()).toEqual(['admin.crt', 'admin.key', 'apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key']);
    for (const name of ['admin.key', 'apiserver.key', 'ca.key']) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    const certificate = new X509Certificate(serving!.certPem);
    for (const name of ['localhost', 'kubernetes', 'kubernetes.default.svc.cluster.local']) expect(certificate.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1', '10.96.0.1', '192.0.2.7']) expect(certificate.checkIP(address)).toBe(address);
    expect(new X509Certificate(admin.certPem).subject).toBe('O=system:masters\nCN=kubernetes-admin');
    expect(new X509Certificate(admin.certPem).verify(new X509Certificate(ca.certPem).publicKey)).toBe(true);
  });

  it('uses them again', async () => {
    const first = await initCertificates(directory);
    expect(await initCertificates(directory)).toEqual(first);
  });

  it('makes the serving certificate anew, and only that, when it lacks a name', async () => {
    const first = await initCertificates(directory);
    const second = await initCertificates(directory, { sans: ['api.example.com'] });
    expect(second.serving).not.toEqual(first.serving);
    expect({ ca: second.ca, admin: second.admin }).toEqual({ ca: first.ca, admin: first.admin });
    expect(await initCertificates(directory)).toEqual(second);
  });

  it('renews what expires soon', async () => {
    const first = await initCertificates(directory, { days: 10, renewDays: 5 });
    const second = await initCertificates(directory);
    expect(second.ca).toEqual(first.ca);
    expect(second.serving).not.toEqual(first.serving);
    expect(second.admin).not.toEqual(first.admin);
  });

  it('makes everything anew under a CA that has been replaced', async () => {
    const first = await initCertificates(directory);
    const other = await createCertificateAuthority();
    writeFileSync(join(directory, 'ca.crt'), other.certPem);
    writeFileSync(join(directory, 'ca.key'), other.keyPem);
    const second = await initCertificates(directory);
    expect(second.ca).toEqual(other);
    expect(second.admin).not.toEqual(first.admin);
  });

  it('needs the key of the CA only when it has something to sign', async () => {
    const first = await initCertificates(directory);
    rmSync(join(directory, 'ca.key'));
    expect((await initCertificates(directory)).admin).toEqual(first.admin);
    await expect(initCertificates(directory, { sans: ['new.example.com'] })).rejects.toThrow(/ca\.key is missing/);
  });

  it('makes anew what was cut off in the middle of writing', async () => {
    const { ca } = await initCertificates(directory);
    rmSync(join(directory, 'admin.crt'));
    const { keyPem } = await issueCertificate({ ca, subject: { commonName: 'x' }, usages: ['client'] });
    writeFileSync(join(directory, 'apiserver.key'), keyPem);
    writeFileSync(join(directory, 'apiserver.crt'), 'garbage');
    const { serving, admin } = await initCertificates(directory);
    expect(new X509Certificate(serving!.certPem).verify(new X509Certificate(ca.certPem).publicKey)).toBe(true);
    expect(new X509Certificate(admin.certPem).verify(new X509Certificate(ca.certPem).publicKey)).toBe(true);
  });

  it('can do without a serving certificate', async () => {
    expect((await initCertificates(directory, { serving: false })).serving).toBeUndefined();
    expect(readdirSync(directory)).not.toContain('apiserver.crt');
  });
});
