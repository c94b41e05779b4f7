/** The keys of service-account tokens (pkg/serviceaccount/jwt.go and client-go's util/keyutil). */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { algorithmsOf } from '../jwt/compact.js';

/** A key that tokens are verified with. */
export interface PublicKey {
  /** Of the key itself, so that all servers name it alike. */
  readonly id: string;
  readonly key: KeyObject;
  /** Whether documents leave it out. */
  readonly isHidden?: boolean;
}

/** Where an authenticator finds keys. They may change. */
export interface PublicKeys {
  /** Seconds for which an answer holds. */
  readonly maxAgeSeconds: number;
  /** Those of that id; all, when it is empty. */
  keys(id: string): readonly PublicKey[];
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]*-----END \1-----/g;
const publicLabels = new Set(['RSA PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY', 'PUBLIC KEY', 'CERTIFICATE']);
const privateLabels = new Set(['RSA PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY']);

/**
 * The public keys in a PEM text: of public keys, private keys and certificates, RSA or ECDSA. Other blocks are passed over.
 * @throws Error when there are none.
 */
export function publicKeysFromPem(pem: string): KeyObject[] {
  const keys = readBlocks(pem, publicLabels, (block) => createPublicKey(block));
  if (keys.length === 0) throw new Error('data does not contain any valid RSA or ECDSA public keys');
  return keys;
}

/** The first private key in a PEM text. @throws Error when there is none. */
export function privateKeyFromPem(pem: string): KeyObject {
  const [key] = readBlocks(pem, privateLabels, (block) => createPrivateKey(block));
  if (key === undefined) throw new Error('data does not contain a valid RSA or ECDSA private key');
  return key;
}

function readBlocks(pem: string, labels: ReadonlySet<string>, read: (block: string) => KeyObject): KeyObject[] {
  const keys: KeyObject[] = [];
  for (const [block, label] of pem.matchAll(pemBlock)) {
    if (!labels.has(label!)) continue;
    try {
      const key = read(block);
      if (algorithmsOf(key).length > 0) keys.push(key);
    } catch {
      // A block that is no key stands beside those that are: parameters of curves, for one.
    }
  }
  return keys;
}

/** The digest of a public key, which tokens name it by. */
export const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');

/** The keys of files, or of anything that was read before. */
export function publicKeys(keys: readonly KeyObject[]): PublicKeys {
  const all = keys.map((key): PublicKey => {
    const shown = key.type === 'private' ? createPublicKey(key) : key;
    return { id: keyIdOf(shown), key: shown };
  });
  const byId = new Map<string, PublicKey[]>();
  for (const key of all) byId.set(key.id, [...(byId.get(key.id) ?? []), key]);
  return { maxAgeSeconds: 3600, keys: (id) => (id === '' ? all : (byId.get(id) ?? [])) };
}

/** `--service-account-key-file`: the keys of all the files. @throws Error when one cannot be read or holds none. */
export const publicKeysFromFiles = (paths: readonly string[]): PublicKeys => publicKeys(paths.flatMap((path) => fromFile(path, 'public', publicKeysFromPem)));

/** `--service-account-signing-key-file`. @throws Error when it cannot be read or holds none. */
export const privateKeyFromFile = (path: string): KeyObject => fromFile(path, 'private', privateKeyFromPem);

function fromFile<Value>(path: string, kind: string, parse: (pem: string) => Value): Value {
  const pem = readFileSync(path, 'utf8');
  try {
    return parse(pem);
  } catch (error) {
    throw new Error(`error reading ${kind} key file ${path}: ${(error as Error).message}`);
  }
}
