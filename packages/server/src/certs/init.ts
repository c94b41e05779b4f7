/** The certificates of a server that has none: made on the first start, kept in files, renewed in time. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type CertificateAndKey, createCertificateAuthority, type IssueOptions, issueCertificate } from './x509.js';

export interface CertificatesOptions {
  /** Names and addresses that the serving certificate must have besides the usual ones. */
  readonly sans?: readonly string[];
  /** Whether to make a serving certificate. Default true. */
  readonly serving?: boolean;
  /** How long issued certificates last. Default 365. */
  readonly days?: number;
  /** A certificate with less left than this is made anew. Default 30. */
  readonly renewDays?: number;
}

/** What {@link initCertificates} found or made. */
export interface Certificates {
  readonly ca: CertificateAndKey;
  /** Undefined if none was asked for. */
  readonly serving: CertificateAndKey | undefined;
  /** A client of the group `system:masters`. */
  readonly admin: CertificateAndKey;
}

/** Names by which an API server is reached within and from beside a cluster. */
export const usualSans: readonly string[] = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '127.0.0.1',
  '::1',
  '10.96.0.1',
];

const dayMs = 86_400_000;

/**
 * Reads the certificates of a directory, and makes those that are missing, that expire soon, that another CA signed, or that lack a name.
 * Keys are readable by their owner only. Files: `ca.crt`, `apiserver.crt`, `admin.crt`, and a `.key` beside each.
 *
 * @throws Error when the directory cannot be written, or the CA's key is gone while a certificate must be made.
 */
export async function initCertificates(
  directory: string,
  { sans = [], serving = true, days = 365, renewDays = 30 }: CertificatesOptions = {},
): Promise<Certificates> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const isFresh = (certificate: X509Certificate): boolean => Date.parse(certificate.validTo) - Date.now() > renewDays * dayMs;

  const file = join(directory, 'ca');
  let ca = readPair(file);
  const caCertificate = parse(ca?.certPem);
  if (ca === undefined || caCertificate === undefined || !isFresh(caCertificate)) {
    const keyPem = ca?.keyPem || undefined;
    ca = await createCertificateAuthority({ keyPem });
    writePair(file, ca);
  }
  const authority = caCertificate !== undefined && isFresh(caCertificate) ? caCertificate : new X509Certificate(ca.certPem);

  const ensure = async (name: string, options: Omit<IssueOptions, 'ca' | 'days'>): Promise<CertificateAndKey> => {
    const path = join(directory, name);
    const found = readPair(path);
    const certificate = parse(found?.certPem);
    const isGood =
      found !== undefined && certificate !== undefined && isFresh(certificate) && isOwn(found, certificate, authority) && hasSans(certificate, options.sans);
    if (isGood) return found;
    if (ca.keyPem === '') throw new Error(`${file}.key is missing: ${path}.crt must be made anew, and only that key can sign it`);
    const made = await issueCertificate({ ...options, ca, days });
    writePair(path, made);
    return made;
  };

  const local = hostname();
  const servingSans = [...new Set([...usualSans, ...(isDnsName(local) ? [local] : []), ...sans])];
  return {
    ca,
    serving: serving ? await ensure('apiserver', { subject: { commonName: 'kube-apiserver' }, sans: servingSans, usages: ['server'] }) : undefined,
    admin: await ensure('admin', { subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] }, usages: ['client'] }),
  };
}

const isDnsName = (name: string): boolean => /^(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$/.test(name);

function parse(certPem: string | undefined): X509Certificate | undefined {
  try {
    return certPem === undefined || certPem === '' ? undefined : new X509Certificate(certPem);
  } catch {
    return undefined; // a broken file is made anew
  }
}

/** Whether key and certificate belong together, and this CA signed it. */
function isOwn({ keyPem }: CertificateAndKey, certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem)) && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    return false; // a key that cannot be read fits no certificate
  }
}

const hasSans = (certificate: X509Certificate, sans: readonly string[] = []): boolean =>
  sans.every((san) => (isIP(san) ? certificate.checkIP(san) : certificate.checkHost(san)) !== undefined);

/** A missing file reads as empty; nothing when both are missing. */
function readPair(path: string): CertificateAndKey | undefined {
  const read = (name: string): string => {
    try {
      return readFileSync(name, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  };
  const pair = { certPem: read(`${path}.crt`), keyPem: read(`${path}.key`) };
  return pair.certPem === '' && pair.keyPem === '' ? undefined : pair;
}

// The key first: a start that is cut off between the two leaves a key without a certificate, which the next start makes for it.
function writePair(path: string, { certPem, keyPem }: CertificateAndKey): void {
  writeWhole(`${path}.key`, keyPem, 0o600);
  writeWhole(`${path}.crt`, certPem, 0o644);
}

/** Never leaves a half written file. */
export function writeWhole(path: string, text: string, mode: number): void {
  const next = `${path}.${process.pid}.tmp`;
  writeFileSync(next, text, { mode });
  renameSync(next, path);
}
