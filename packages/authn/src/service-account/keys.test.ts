import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tlsAuthority } from '../testing/authority.js';
import { tokenIssuer } from './issuer.js';
import { keyIdOf, privateKeyFromFile, privateKeyFromPem, publicKeysFromFiles, publicKeysFromPem } from './keys.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed = generateKeyPairSync('ed25519');
const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1' | 'spki') => key.export({ type: type as 'pkcs8', format: 'pem' }) as string;

describe('key files', () => {
  it('hold public keys, private keys and certificates, several in one', () => {
    const text = [pem(rsa.publicKey, 'spki'), pem(rsa.privateKey, 'pkcs1'), pem(rsa.privateKey, 'pkcs8'), pem(ec.privateKey, 'sec1'), tlsAuthority().ca].join(
      'text\n',
    );
    const [first, ...more] = publicKeysFromPem(text);
    expect(more).toHaveLength(4);
    expect(keyIdOf(first!)).toBe(keyIdOf(more[0]!));
    expect(more.every(({ type }) => type === 'public')).toBe(true);
  });
  it('that openssl made are read, parameters of curves and all', () => {
    const text = execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(text).toContain('EC PARAMETERS');
    expect(publicKeysFromPem(text)).toHaveLength(1);
    expect(privateKeyFromPem(text).asymmetricKeyType).toBe('ec');
  });
  it('without a key that can be used are refused', () => {
    for (const text of [
      '',
      'text',
      pem(ed.publicKey, 'spki'),
      pem(ec.privateKey, 'sec1')
        .replace(/[A-Za-z]{8}/, 'AAAAAAAA')
        .slice(0, 60),
    ])
      expect(() => publicKeysFromPem(text)).toThrow('data does not contain any valid RSA or ECDSA public keys');
    expect(() => privateKeyFromPem(pem(rsa.publicKey, 'spki'))).toThrow('data does not contain a valid RSA or ECDSA private key');
    expect(() => tokenIssuer('x', ed.privateKey)).toThrow('unknown private key type');
  });
  it('are named where they are no good', () => {
    const directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-keys-'));
    const [good, bad] = [join(directory, 'good'), join(directory, 'bad')];
    writeFileSync(good, pem(rsa.privateKey, 'pkcs8'));
    writeFileSync(bad, 'x');
    expect(publicKeysFromFiles([good, good]).keys('')).toHaveLength(2);
    expect(publicKeysFromFiles([good]).keys(keyIdOf(rsa.publicKey))).toHaveLength(1);
    expect(publicKeysFromFiles([good]).keys('other')).toHaveLength(0);
    expect(() => publicKeysFromFiles([good, bad])).toThrow(`error reading public key file ${bad}: data does not contain`);
    expect(() => privateKeyFromFile(bad)).toThrow(`error reading private key file ${bad}: data does not contain`);
    rmSync(directory, { recursive: true });
  });
});
