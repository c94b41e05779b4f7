/** Whose certificate a request is for: the organizations in the subject of a PKCS #10 request (RFC 2986). */

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

const [integer, sequence, set, objectId] = [0x02, 0x30, 0x31, 0x06];
const organization = Buffer.from([0x55, 0x04, 0x0a]);

/** One element of DER. @throws Error where there is none. */
function elementAt(der: Buffer, at: number, limit: number): Element {
  const [tag, first] = [der[at], der[at + 1]];
  if (tag === undefined || first === undefined || at + 2 > limit) throw new Error('asn1: syntax error: data truncated');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) throw new Error('asn1: structure error: length is not DER');
  const start = at + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  if (start + length > limit) throw new Error('asn1: syntax error: data truncated');
  return { tag, start, end: start + length };
}

function expected(der: Buffer, at: number, limit: number, tag: number): Element {
  const element = elementAt(der, at, limit);
  if (element.tag !== tag) throw new Error("asn1: structure error: tags don't match");
  return element;
}

function* within(der: Buffer, { start, end }: Element): Generator<Element> {
  for (let at = start; at < end; ) {
    const element = elementAt(der, at, end);
    yield element;
    at = element.end;
  }
}

function derOf(pem: string): Buffer {
  const [, body] = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END/.exec(pem) ?? [];
  if (body === undefined) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  return Buffer.from(body, 'base64');
}

/** The organizations that a request names: groups, to who believes the certificate. @throws Error where it is no request. */
export function requestedOrganizations(pem: string): string[] {
  const der = derOf(pem);
  const request = expected(der, 0, der.length, sequence);
  const info = expected(der, request.start, request.end, sequence);
  const version = expected(der, info.start, info.end, integer);
  const subject = expected(der, version.end, info.end, sequence);
  const found: string[] = [];
  for (const names of within(der, subject)) {
    if (names.tag !== set) continue;
    for (const pair of within(der, names)) {
      const type = expected(der, pair.start, pair.end, objectId);
      const value = elementAt(der, type.end, pair.end);
      if (der.subarray(type.start, type.end).equals(organization)) found.push(der.toString('utf8', value.start, value.end));
    }
  }
  return found;
}
