/** Certificate signing requests as they are encoded: PKCS #10 (RFC 2986) in PEM, and the certificates that answer them. */
import { createPublicKey, verify, X509Certificate } from 'node:crypto';

const pem = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\s]*)-----END \1-----\r?\n?/g;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With its tag and length. */
  readonly whole: Buffer;
  readonly end: number;
}

const malformed = (what: string): Error => new Error(`asn1: structure error: ${what}`);

/** One element of DER. @throws Error */
function elementAt(bytes: Buffer, at: number): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw malformed('truncated');
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (more > 4 || first === 0x80) throw malformed('length too large');
  const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
  const start = at + 2 + more;
  const end = start + length;
  if (end > bytes.length) throw malformed('data truncated');
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end), end };
}

function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at);
    elements.push(element);
    at = element.end;
  }
  return elements;
}

const sequence = 0x30;
const bitString = 0x03;

/** Hashes of signature algorithms by their object identifiers, as hexadecimal DER; null where the key says it. */
const hashes: Readonly<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
};

/** @throws Error that says, as the reference does, what is wrong with a request. */
export function checkSigningRequest(text: string): void {
  const [block] = [...text.matchAll(pem)];
  if (block?.[1] !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const outer = elementAt(Buffer.from(block[2]!, 'base64'), 0);
  const [info, algorithm, signature] = elementsOf(outer.content);
  if (outer.tag !== sequence || info?.tag !== sequence || algorithm?.tag !== sequence || signature?.tag !== bitString) throw malformed("tags don't match");
  // version, subject, key, attributes
  const [, , spki] = elementsOf(info.content);
  if (spki?.tag !== sequence) throw malformed("tags don't match");
  const identifier = elementsOf(algorithm.content)[0]?.content.toString('hex') ?? '';
  const hash = hashes[identifier];
  if (hash === undefined) throw new Error('x509: cannot verify signature: algorithm unimplemented');
  const key = createPublicKey({ key: spki.whole, format: 'der', type: 'spki' });
  // The first byte counts the bits that the last one lacks.
  if (!verify(hash, info.whole, key, signature.content.subarray(1))) throw new Error('x509: invalid signature: request is not signed by its own key');
}

/** What is wrong with certificates in PEM; undefined: nothing, or there are none. */
export function certificateFault(text: string): string | undefined {
  if (text === '') return undefined;
  const blocks = [...text.matchAll(pem)];
  for (const [whole, type] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    try {
      new X509Certificate(whole);
    } catch (error) {
      return `x509: malformed certificate: ${(error as Error).message}`;
    }
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}
