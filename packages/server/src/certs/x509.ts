/**
 * Issues X.509 certificates with EC P-256 keys.
 *
 * node:crypto makes the keys and signs, node-forge writes the ASN.1: its own signing knows no elliptic curves. It is loaded when the first
 * certificate is made, which most starts of a server never do.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import type { Asn1 } from 'node-forge/lib/asn1.js';
import { ipBytes } from './ip-bytes.js';

/** A certificate and its private key, PEM. */
export interface CertificateAndKey {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Whom a certificate is about. For clients of an API server: the user's name, and the groups. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** What a certificate may be used for. */
export type CertificateUsage = 'server' | 'client';

export interface AuthorityOptions {
  /** Default `kubernetes`. */
  readonly commonName?: string;
  /** Default 3650. May be negative, for one that has expired. */
  readonly days?: number;
  /** The key to use. Default: a new one. PEM. */
  readonly keyPem?: string;
}

export interface IssueOptions {
  readonly ca: CertificateAndKey;
  readonly subject: Subject;
  /** DNS names and IP addresses. Default none. */
  readonly sans?: readonly string[];
  readonly usages: readonly CertificateUsage[];
  /** Default 365. May be negative, for one that has expired. */
  readonly days?: number;
}

const dayMs = 86_400_000;
/** Clocks differ: a certificate is valid a little before it is made. */
const backdateMs = 5 * 60_000;

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
};
const signatureOids: Record<string, string> = { ec: '1.2.840.10045.4.3.2', rsa: '1.2.840.113549.1.1.11' };

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const keyPemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

/** Makes a certificate authority that signs itself. */
export async function createCertificateAuthority({ commonName = 'kubernetes', days = 3650, keyPem }: AuthorityOptions = {}): Promise<CertificateAndKey> {
  const key = keyPem === undefined ? newKey() : createPrivateKey(keyPem);
  const build = await certificateBuilder();
  const name = build.name({ commonName });
  const keyId = build.keyId(key);
  const certPem = build.certificate({
    issuer: name,
    subject: name,
    days,
    publicKey: key,
    signer: key,
    extensions: [
      build.extension(oids.basicConstraints, true, build.sequence([build.boolean(true)])),
      // keyCertSign, cRLSign, digitalSignature, keyEncipherment
      build.extension(oids.keyUsage, true, build.bits([0xa6], 1)),
      build.extension(oids.subjectKeyId, false, build.octets(keyId)),
    ],
  });
  return { certPem, keyPem: keyPemOf(key) };
}

/**
 * Issues a certificate, with a key of its own.
 * @throws Error when the CA's certificate or key cannot be read.
 */
export async function issueCertificate({ ca, subject, sans = [], usages, days = 365 }: IssueOptions): Promise<CertificateAndKey> {
  const signer = createPrivateKey(ca.keyPem);
  const key = newKey();
  const build = await certificateBuilder();
  const authority = build.readAuthority(new X509Certificate(ca.certPem).raw);
  const extensions = [
    // digitalSignature, keyEncipherment
    build.extension(oids.keyUsage, true, build.bits([0xa0], 5)),
    build.extension(oids.extendedKeyUsage, false, build.sequence(usages.map((usage) => build.oid(oids[usage])))),
    build.extension(oids.basicConstraints, true, build.sequence([])),
  ];
  if (authority.keyId !== undefined) extensions.push(build.extension(oids.authorityKeyId, false, build.sequence([build.tagged(0, authority.keyId)])));
  if (sans.length > 0) extensions.push(build.extension(oids.subjectAltName, false, build.sequence(sans.map((san) => build.generalName(san)))));
  const certPem = build.certificate({ issuer: authority.name, subject: build.name(subject), days, publicKey: key, signer, extensions });
  return { certPem, keyPem: keyPemOf(key) };
}

interface CertificateFields {
  readonly issuer: Asn1;
  readonly subject: Asn1;
  readonly days: number;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: Asn1[];
}

/** What certificates are made of (RFC 5280), over the ASN.1 writer. */
async function certificateBuilder() {
  const { default: asn1 } = await import('node-forge/lib/asn1.js');
  const { Class, Type } = asn1;
  const universal = (type: number, value: string | Asn1[]): Asn1 => asn1.create(Class.UNIVERSAL, type, typeof value !== 'string', value);
  const der = (value: Asn1): string => asn1.toDer(value).getBytes();
  const sequence = (items: Asn1[]): Asn1 => universal(Type.SEQUENCE, items);
  const oid = (id: string): Asn1 => universal(Type.OID, asn1.oidToDer(id).getBytes());
  const octets = (bytes: string): Asn1 => universal(Type.OCTETSTRING, bytes);
  const boolean = (value: boolean): Asn1 => universal(Type.BOOLEAN, value ? '\xff' : '\0');
  /** `unused`: how many bits of the last byte say nothing. */
  const bits = (bytes: readonly number[], unused: number): Asn1 => universal(Type.BITSTRING, String.fromCharCode(unused, ...bytes));
  const tagged = (tag: number, value: string | Asn1[]): Asn1 => asn1.create(Class.CONTEXT_SPECIFIC, tag, typeof value !== 'string', value);
  const extension = (id: string, isCritical: boolean, value: Asn1): Asn1 => sequence([oid(id), ...(isCritical ? [boolean(true)] : []), octets(der(value))]);
  // Bit strings stay what they are: a key's may look like DER by chance.
  const read = (bytes: Uint8Array): Asn1 => asn1.fromDer(binary(bytes), { decodeBitStrings: false });
  const spki = (key: KeyObject): Asn1 => read((key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' }));
  const attribute = (id: string, value: string): Asn1 =>
    universal(Type.SET, [sequence([oid(id), universal(Type.UTF8, Buffer.from(value).toString('latin1'))])]);
  const name = ({ commonName, organizations = [] }: Subject): Asn1 =>
    sequence([...organizations.map((value) => attribute(oids.organization, value)), attribute(oids.commonName, commonName)]);
  // UTCTime ends with 2049.
  const time = (at: Date): Asn1 =>
    at.getUTCFullYear() < 2050 ? universal(Type.UTCTIME, asn1.dateToUtcTime(at)) : universal(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(at));

  /** The name of a SAN: an address, or else a DNS name. */
  const generalName = (san: string): Asn1 => {
    const address = ipBytes(san);
    return address === undefined ? tagged(2, san) : tagged(7, binary(address));
  };

  /** The SHA-1 of the public key's bits (RFC 5280, 4.2.1.2). */
  const keyId = (key: KeyObject): string => {
    const [, publicBits] = spki(key).value as Asn1[];
    const bits = Buffer.from((publicBits!.value as string).slice(1), 'latin1');
    return binary(createHash('sha1').update(bits).digest());
  };

  const serial = (): string => {
    const bytes = randomBytes(16);
    bytes[0] = (bytes[0]! & 0x7f) | 0x40; // positive, and always as long
    return bytes.toString('latin1');
  };

  const certificate = ({ issuer, subject, days, publicKey, signer, extensions }: CertificateFields): string => {
    const now = Date.now();
    const signatureOid = signatureOids[signer.asymmetricKeyType ?? ''];
    if (signatureOid === undefined) throw new Error(`a CA key must be EC or RSA, not ${signer.asymmetricKeyType}`);
    const algorithm = sequence([oid(signatureOid), ...(signer.asymmetricKeyType === 'rsa' ? [universal(Type.NULL, '')] : [])]);
    const from = days < 0 ? now + (days - 1) * dayMs : now - backdateMs;
    const tbs = sequence([
      tagged(0, [universal(Type.INTEGER, '\x02')]),
      universal(Type.INTEGER, serial()),
      algorithm,
      issuer,
      sequence([time(new Date(from)), time(new Date(now + days * dayMs))]),
      subject,
      spki(publicKey),
      tagged(3, [sequence(extensions)]),
    ]);
    const signature = sign('sha256', Buffer.from(der(tbs), 'latin1'), signer);
    const whole = der(sequence([tbs, algorithm, universal(Type.BITSTRING, `\0${binary(signature)}`)]));
    return pem('CERTIFICATE', Buffer.from(whole, 'latin1'));
  };

  /** The name and key id that a CA's certificate carries: what it issues must name it by the same bytes. */
  const readAuthority = (raw: Uint8Array): { name: Asn1; keyId: string | undefined } => {
    const tbs = (read(raw).value as Asn1[])[0]!.value as Asn1[];
    const extensions = tbs.find((item) => item.tagClass === Class.CONTEXT_SPECIFIC && item.type === 3);
    let keyId: string | undefined;
    for (const { value } of ((extensions?.value as Asn1[] | undefined)?.[0]?.value ?? []) as Asn1[]) {
      const [id, ...rest] = value as Asn1[];
      if (asn1.derToOid(id!.value as string) !== oids.subjectKeyId) continue;
      // An OCTET STRING that holds another.
      keyId = asn1.fromDer(rest.at(-1)!.value as string).value as string;
    }
    return { name: tbs[5]!, keyId };
  };

  return { sequence, oid, octets, boolean, bits, tagged, extension, name, generalName, keyId, certificate, readAuthority };
}

/** DER as PEM. */
function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
