/** A small authority for tests: certificates of any content, right or wrong, which no tool would issue. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const length =
    content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
export const seq = (...parts: Uint8Array[]) => der(0x30, ...parts);
export const int = (value: number) => der(0x02, Buffer.from([value]));
export const oid = (text: string): Buffer => {
  const [first, second, ...rest] = text.split('.').map(Number);
  const base128 = (value: number): number[] => (value < 0x80 ? [value] : [...base128(value >> 7).map((byte) => byte | 0x80), value & 0x7f]);
  return der(0x06, Buffer.from([first! * 40 + second!, ...rest.flatMap(base128)]));
};
export const utf8 = (text: string) => der(0x0c, Buffer.from(text));
export const time = (ms: number) => der(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')}`));
export const name = (...rdns: (readonly [string, Uint8Array])[][]) =>
  seq(...rdns.map((rdn) => der(0x31, ...rdn.map(([type, value]) => seq(oid(type), value)))));
export const extension = (id: string, value: Uint8Array, critical = false) =>
  seq(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
export const basicConstraints = (isCA: boolean, pathLength?: number) =>
  extension('2.5.29.19', seq(...(isCA ? [der(0x01, Buffer.from([0xff]))] : []), ...(pathLength === undefined ? [] : [int(pathLength)])), true);
export const usages = (...ids: string[]) => extension('2.5.29.37', seq(...ids.map(oid)));
export const keyUsage = (bits: number) => extension('2.5.29.15', der(0x03, Buffer.from([0, bits])), true);

export const cn = '2.5.4.3';
export const org = '2.5.4.10';
export const uid = '1.3.6.1.4.1.57683.2';
export const clientAuth = '1.3.6.1.5.5.7.3.2';
export const serverAuth = '1.3.6.1.5.5.7.3.1';
export const ecdsaSha256 = '1.2.840.10045.4.3.2';
export const day = 86_400_000;
export const start = Date.UTC(2026, 0, 1);

export interface Identity {
  der: Buffer;
  subject: Buffer;
  key: KeyObject;
}
export interface Request {
  subject: Buffer;
  by?: Identity;
  extensions?: Buffer[];
  notBefore?: number;
  notAfter?: number;
  algorithm?: string;
  hash?: string;
  keys?: { publicKey: KeyObject; privateKey: KeyObject };
}
export const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export function issue(request: Request): Identity {
  const {
    subject,
    by,
    extensions = [],
    notBefore = start - day,
    notAfter = start + 365 * day,
    algorithm = ecdsaSha256,
    hash = 'sha256',
    keys = newKeys(),
  } = request;
  const algorithmId = seq(oid(algorithm));
  const tbs = seq(
    der(0xa0, int(2)),
    int(7),
    algorithmId,
    by?.subject ?? subject,
    seq(time(notBefore), time(notAfter)),
    subject,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, seq(...extensions))] : []),
  );
  const signature = sign(hash, tbs, by?.key ?? keys.privateKey);
  return { der: seq(tbs, algorithmId, der(0x03, Buffer.from([0]), signature)), subject, key: keys.privateKey };
}
export const pem = (...identities: Identity[]) =>
  identities.map((identity) => `-----BEGIN CERTIFICATE-----\n${identity.der.toString('base64')}\n-----END CERTIFICATE-----\n`).join('');

/** The DNS names and addresses of a server. */
export const subjectAltNames = (dns: readonly string[], addresses: readonly string[] = []) =>
  extension('2.5.29.17', seq(...dns.map((one) => der(0x82, Buffer.from(one))), ...addresses.map((one) => der(0x87, Buffer.from(one.split('.').map(Number))))));

/** An authority for servers and clients that real TLS believes, with certificates for localhost and for clients. */
export function tlsAuthority() {
  const now = Date.now();
  const validity = { notBefore: now - day, notAfter: now + day };
  const authority = issue({ subject: name([[cn, utf8('tls-authority')]]), extensions: [basicConstraints(true), keyUsage(0b0000_0100)], ...validity });
  const keyPem = (identity: Identity) => identity.key.export({ type: 'pkcs8', format: 'pem' }) as string;
  const make = (subject: string, ...extensions: Buffer[]) => {
    const identity = issue({ subject: name([[cn, utf8(subject)]]), by: authority, extensions, ...validity });
    return { cert: pem(identity), key: keyPem(identity) };
  };
  return {
    ca: pem(authority),
    server: () => make('localhost', usages(serverAuth), subjectAltNames(['localhost'], ['127.0.0.1'])),
    client: (subject: string) => make(subject, usages(clientAuth)),
  };
}
