import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ipBytes } from './ip-bytes.js';
import { createCertificateAuthority, issueCertificate } from './x509.js';

describe('an issued certificate', () => {
  it('is signed by its CA, has its key, its names and its usages', async () => {
    const ca = await createCertificateAuthority();
    const subject = { commonName: 'jané', organizations: ['dev', 'system:masters'] };
    const made = await issueCertificate({ ca, subject, sans: ['localhost', '127.0.0.1', '::1', 'fd00::1:2'], usages: ['server', 'client'] });
    const certificate = new X509Certificate(made.certPem);
    const authority = new X509Certificate(ca.certPem);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(made.keyPem))).toBe(true);
    expect(certificate.subject).toBe('O=dev\nO=system:masters\nCN=jané');
    expect(certificate.issuer).toBe('CN=kubernetes');
    expect(certificate.ca).toBe(false);
    expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FD00:0:0:0:0:0:1:2');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 364 * 86_400_000);
  });

  it('may have expired already', async () => {
    const ca = await createCertificateAuthority();
    const { certPem } = await issueCertificate({ ca, subject: { commonName: 'late' }, usages: ['client'], days: -1 });
    const certificate = new X509Certificate(certPem);
    expect(Date.parse(certificate.validTo)).toBeLessThan(Date.now());
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.parse(certificate.validTo));
  });

  it('is not signed by another CA of the same name', async () => {
    const [ca, other] = await Promise.all([createCertificateAuthority(), createCertificateAuthority()]);
    const { certPem } = await issueCertificate({ ca, subject: { commonName: 'x' }, usages: ['client'] });
    expect(new X509Certificate(certPem).verify(new X509Certificate(other.certPem).publicKey)).toBe(false);
  });
});

describe('a certificate authority', () => {
  it('is one, and signs itself', async () => {
    const certificate = new X509Certificate((await createCertificateAuthority({ commonName: 'mine' })).certPem);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('CN=mine');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it('may outlive 2049', async () => {
    const { certPem } = await createCertificateAuthority({ days: 30 * 365 });
    expect(new Date(new X509Certificate(certPem).validTo).getFullYear()).toBeGreaterThan(2050);
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)('is one for openssl, too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-certs-'));
    try {
      const ca = await createCertificateAuthority();
      const { certPem } = await issueCertificate({ ca, subject: { commonName: 'x' }, sans: ['a.example'], usages: ['server'] });
      writeFileSync(join(directory, 'ca.crt'), ca.certPem);
      writeFileSync(join(directory, 'x.crt'), certPem);
      const { stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'ca.crt', 'x.crt'], {
        cwd: directory,
        encoding: 'utf8',
      });
      expect(stdout + stderr).toBe('x.crt: OK\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('ipBytes', () => {
  it.each([
    ['10.96.0.1', [10, 96, 0, 1]],
    ['::', new Array(16).fill(0)],
    ['1::', [0, 1, ...new Array(14).fill(0)]],
    ['::ffff:1.2.3.4', [...new Array(10).fill(0), 255, 255, 1, 2, 3, 4]],
    ['1:2:3:4:5:6:7:abcd', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0xab, 0xcd]],
  ])('reads %s', (address, bytes) => {
    expect(Array.from(ipBytes(address)!)).toEqual(bytes);
  });

  it.each(['localhost', '1.2.3', '1.2.3.256', ':::', ''])('takes %j for no address', (address) => {
    expect(ipBytes(address)).toBeUndefined();
  });
});
