/** What verification and authentication need of a certificate (RFC 5280), read from its DER. */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { contextTag, DerReader, derElements, integerValue, oidText, stringValue, tags, timeValue } from './der.js';

/** One part of a subject: several may have one type, and then all count. */
export interface SubjectAttribute {
  /** In dots. */
  readonly type: string;
  readonly value: string;
}

/** What a certificate may do, by its extensions. */
interface Extensions {
  /** Undefined without basic constraints. */
  isCA: boolean | undefined;
  /** How many intermediates may follow; undefined for any number. */
  maxPathLength: number | undefined;
  /** Whether it says what its key is for, and signing certificates is not among that. */
  forbidsSigning: boolean;
  /** Object identifiers; empty for any use. */
  extendedKeyUsage: string[];
  hasNameConstraints: boolean;
  hasAlternativeNames: boolean;
  subjectKeyId: string;
  authorityKeyId: string;
  /** Whether something critical in it is beyond us. */
  hasUnknownCritical: boolean;
}

export interface Certificate extends Readonly<Extensions> {
  readonly raw: Uint8Array;
  readonly version: number;
  readonly serialNumber: bigint;
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of the names: compared by bytes. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectAttributes: readonly SubjectAttribute[];
  readonly publicKeyInfo: Uint8Array;
  /** Whether its signature is of an algorithm that can be trusted: SHA-2 or Ed25519. */
  readonly isStronglySigned: boolean;
  /** SHA-256 of the whole, in hex. */
  readonly fingerprint: string;
  publicKey(): KeyObject;
  isSignedWith(key: KeyObject): boolean;
}

/** The digest that certificates are known by. */
export const fingerprintOf = (raw: Uint8Array): string => createHash('sha256').update(raw).digest('hex');

/**
 * Reads a certificate.
 * @throws Error when it is malformed.
 */
export function parseCertificate(raw: Uint8Array): Certificate {
  const top = derElements(raw);
  if (top.length !== 1 || top[0]!.tag !== tags.sequence) throw new Error('x509: malformed certificate');
  const outer = new DerReader(top[0]!.content);
  const tbs = new DerReader(outer.read(tags.sequence).content);
  const outerAlgorithm = outer.read(tags.sequence);

  const versionField = tbs.readOptional(contextTag(0));
  const version = versionField === undefined ? 1 : Number(integerValue(new DerReader(versionField.content).read(tags.integer).content)) + 1;
  const serialNumber = integerValue(tbs.read(tags.integer).content);
  const algorithm = tbs.read(tags.sequence);
  if (Buffer.compare(algorithm.raw, outerAlgorithm.raw) !== 0) throw new Error('x509: inner and outer signature algorithm identifiers do not match');
  const issuer = tbs.read(tags.sequence).raw;
  const validity = new DerReader(tbs.read(tags.sequence).content);
  const notBefore = timeValue(validity.readAny());
  const notAfter = timeValue(validity.readAny());
  const subject = tbs.read(tags.sequence);
  const publicKeyInfo = tbs.read(tags.sequence).raw;
  // Unique identifiers of issuer and subject: read over, as nobody uses them.
  tbs.readOptional(0x81);
  tbs.readOptional(0x82);
  const extensionsField = tbs.readOptional(contextTag(3));

  let x509: X509Certificate | undefined;
  const node = (): X509Certificate => (x509 ??= new X509Certificate(Buffer.from(raw)));
  return {
    raw,
    version,
    serialNumber,
    notBefore,
    notAfter,
    issuer,
    subject: subject.raw,
    subjectAttributes: readName(subject.content),
    publicKeyInfo,
    isStronglySigned: isStrongAlgorithm(algorithm.content),
    fingerprint: fingerprintOf(raw),
    ...readExtensions(extensionsField && new DerReader(extensionsField.content).read(tags.sequence).content),
    publicKey: () => node().publicKey,
    isSignedWith: (key) => node().verify(key),
  };
}

/** A distinguished name: a list of sets of attributes, here in one list. */
function readName(content: Uint8Array): SubjectAttribute[] {
  const attributes: SubjectAttribute[] = [];
  for (const set of derElements(content)) {
    if (set.tag !== tags.set) throw new Error('x509: invalid RDNSequence');
    for (const element of derElements(set.content)) {
      if (element.tag !== tags.sequence) throw new Error('x509: invalid RDNSequence: invalid attribute');
      const attribute = new DerReader(element.content);
      const type = oidText(attribute.read(tags.oid).content);
      attributes.push({ type, value: stringValue(attribute.readAny()) });
    }
  }
  return attributes;
}

const strongAlgorithms = new Set([
  '1.2.840.113549.1.1.11', // RSA with SHA-256, 384, 512
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2', // ECDSA with SHA-256, 384, 512
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112', // Ed25519
]);
const rsaPss = '1.2.840.113549.1.1.10';
const strongHashes = new Set(['2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2', '2.16.840.1.101.3.4.2.3']);

function isStrongAlgorithm(content: Uint8Array): boolean {
  const reader = new DerReader(content);
  const algorithm = oidText(reader.read(tags.oid).content);
  if (algorithm !== rsaPss) return strongAlgorithms.has(algorithm);
  // The hash is a parameter; left out, it is SHA-1.
  const hash = new DerReader(reader.read(tags.sequence).content).readOptional(contextTag(0));
  if (hash === undefined) return false;
  return strongHashes.has(oidText(new DerReader(new DerReader(hash.content).read(tags.sequence).content).read(tags.oid).content));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase().match(/../g)?.join(':') ?? '';

/** Reads what an extension holds into the whole. A critical one that is not in this table makes a certificate unusable. */
const extensionReaders: Record<string, (value: Uint8Array, into: Extensions) => void> = {
  '2.5.29.19': (value, into) => {
    const constraints = new DerReader(new DerReader(value).read(tags.sequence).content);
    const ca = constraints.readOptional(tags.boolean);
    into.isCA = ca !== undefined && ca.content[0] !== 0;
    const length = constraints.readOptional(tags.integer);
    into.maxPathLength = length && Number(integerValue(length.content));
  },
  '2.5.29.15': (value, into) => {
    const [, first = 0, second = 0] = new DerReader(value).read(tags.bitString).content;
    // Bit 5 is keyCertSign. No bit at all says nothing.
    into.forbidsSigning = (first | second) !== 0 && (first & 0b100) === 0;
  },
  '2.5.29.37': (value, into) => {
    into.extendedKeyUsage = derElements(new DerReader(value).read(tags.sequence).content).map(({ content }) => oidText(content));
  },
  '2.5.29.30': (_value, into) => {
    into.hasNameConstraints = true;
  },
  '2.5.29.17': (_value, into) => {
    into.hasAlternativeNames = true;
  },
  '2.5.29.14': (value, into) => {
    into.subjectKeyId = hex(new DerReader(value).read(tags.octetString).content);
  },
  '2.5.29.35': (value, into) => {
    const id = new DerReader(new DerReader(value).read(tags.sequence).content).readOptional(0x80);
    into.authorityKeyId = id === undefined ? '' : hex(id.content);
  },
  // Policies and where to find more: they restrict nothing that is judged here.
  '2.5.29.32': () => {},
  '2.5.29.31': () => {},
  '1.3.6.1.5.5.7.1.1': () => {},
};

function readExtensions(content: Uint8Array | undefined): Extensions {
  const into: Extensions = {
    isCA: undefined,
    maxPathLength: undefined,
    forbidsSigning: false,
    extendedKeyUsage: [],
    hasNameConstraints: false,
    hasAlternativeNames: false,
    subjectKeyId: '',
    authorityKeyId: '',
    hasUnknownCritical: false,
  };
  if (content === undefined) return into;
  const seen = new Set<string>();
  for (const { tag, content: extension } of derElements(content)) {
    if (tag !== tags.sequence) throw new Error('x509: malformed extensions');
    const reader = new DerReader(extension);
    const id = oidText(reader.read(tags.oid).content);
    const critical = reader.readOptional(tags.boolean);
    const value = reader.read(tags.octetString).content;
    if (seen.has(id)) throw new Error('x509: certificate contains duplicate extensions');
    seen.add(id);
    const read = extensionReaders[id];
    if (read) read(value, into);
    else if (critical !== undefined && critical.content[0] !== 0) into.hasUnknownCritical = true;
  }
  return into;
}
