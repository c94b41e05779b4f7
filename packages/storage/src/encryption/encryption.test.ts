import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock, type GroupResource } from '@apiserver-kit/machinery';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryStorage } from '../memory/index.js';
import { record, storageContract } from '../testing/index.js';
import { type Encryption, encryptedStorage, encryption, encryptionFile, parseEncryptionConfiguration, resourceOfKeys, TransformError } from './index.js';

const secretOf = (length: number, letter: string): string => Buffer.alloc(length, letter).toString('base64');

/** A configuration with one rule; providers as the file has them. */
const withProviders = (...providers: object[]): Encryption => encryption(parseEncryptionConfiguration(fileOf([{ resources: ['secrets'], providers }])));
const fileOf = (resources: unknown): string => JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources });
const keys = (...named: string[]): object => ({ keys: named.map((name) => ({ name, secret: secretOf(32, name.at(-1)!) })) });

const secrets: GroupResource = { group: '', resource: 'secrets' };
const key = '/registry/secrets/default/a';
const bytes = (text: string): Buffer => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

storageContract(
  'memory, encrypted',
  async (clock) =>
    encryptedStorage(
      memoryStorage({ clock }),
      encryption(parseEncryptionConfiguration(fileOf([{ resources: ['*.*'], providers: [{ aesgcm: keys('key1') }] }]))),
    ),
  { isRemote: true },
);

describe.each(['aescbc', 'aesgcm', 'secretbox'])('the provider %s', (provider) => {
  const { transformerFor } = withProviders({ [provider]: keys('key1') });
  const { toStorage, fromStorage } = transformerFor(secrets);

  it('gives back any value, stored under its prefix and never twice in the same form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (value) => {
        const stored = toStorage(value, key);
        expect(text(stored)).toMatch(new RegExp(`^k8s:enc:${provider}:v1:key1:`));
        expect(Buffer.from(toStorage(value, key)).equals(stored)).toBe(false);
        expect(Buffer.from(fromStorage(stored, key)).equals(value)).toBe(true);
      }),
    );
  });

  it('refuses what it did not write', () => {
    const prefix = `k8s:enc:${provider}:v1:`;
    expect(() => fromStorage(bytes(`${prefix}key1:short`), key)).toThrow('the stored data was shorter than the required size');
    expect(() => fromStorage(bytes(`${prefix}key2:`), key)).toThrow(/^no matching key was found for the provided (AES|Secretbox) transformer$/);
    expect(() => fromStorage(bytes('{}'), key)).toThrow('no matching prefix found');
  });

  it('refuses what has been changed', () => {
    const stored = Buffer.from(toStorage(bytes('a value of more than one block'), key));
    stored[stored.length - 1]! ^= 255;
    expect(() => fromStorage(stored, key)).toThrow(/padding|not padded|authentication failed|not large enough/);
  });
});

describe('aesgcm', () => {
  it('refuses a value that was stored under another key', () => {
    const { toStorage, fromStorage } = withProviders({ aesgcm: keys('key1') }).transformerFor(secrets);
    expect(() => fromStorage(toStorage(bytes('x'), key), `${key}b`)).toThrow('cipher: message authentication failed');
  });

  it('takes secrets of 16, 24 and 32 bytes', () => {
    for (const length of [16, 24, 32]) {
      const { toStorage, fromStorage } = withProviders({ aesgcm: { keys: [{ name: 'k', secret: secretOf(length, 'k') }] } }).transformerFor(secrets);
      expect(text(fromStorage(toStorage(bytes('x'), key), key))).toBe('x');
    }
  });
});

describe('rotation', () => {
  const store = (transformers: Encryption): Uint8Array => transformers.transformerFor(secrets).toStorage(bytes('value'), key);
  const read = (transformers: Encryption, stored: Uint8Array): string | undefined => text(transformers.transformerFor(secrets).fromStorage(stored, key));

  it('writes with the first key of the first provider and reads with all', () => {
    const old = withProviders({ aescbc: keys('key1') });
    const rotated = withProviders({ secretbox: keys('key3', 'key2') }, { aescbc: keys('key2', 'key1') }, { identity: {} });
    expect(text(store(rotated))).toMatch(/^k8s:enc:secretbox:v1:key3:/);
    expect(read(rotated, store(old))).toBe('value');
    expect(read(rotated, bytes('value'))).toBe('value');
  });

  it('finds the secret among providers of one kind whose keys have one name', () => {
    const of = (letter: string): object => ({ aesgcm: { keys: [{ name: 'key', secret: secretOf(32, letter) }] } });
    expect(read(withProviders(of('a'), of('b')), store(withProviders(of('b'))))).toBe('value');
  });

  it('back to plain text writes plain text and reads what is encrypted still', () => {
    const plain = withProviders({ identity: {} }, { aesgcm: keys('key1') });
    expect(text(store(plain))).toBe('value');
    expect(read(plain, store(withProviders({ aesgcm: keys('key1') })))).toBe('value');
  });
});

describe('resources', () => {
  const provider = (name: string): object => ({ secretbox: keys(name) });
  const config = fileOf([
    { resources: ['secrets', 'widgets.example.com'], providers: [provider('one')] },
    { resources: ['*.apps'], providers: [provider('two')] },
    { resources: ['*.*'], providers: [provider('three')] },
  ]);
  const { transformerFor } = encryption(parseEncryptionConfiguration(config));
  const keyFor = (group: string, resource: string): string | undefined => text(transformerFor({ group, resource }).toStorage(bytes(''), key))?.split(':')[4];

  it('are encrypted by the rule that names them, then their group, then everything', () => {
    expect([keyFor('', 'secrets'), keyFor('example.com', 'widgets'), keyFor('apps', 'deployments'), keyFor('', 'pods')]).toEqual([
      'one',
      'one',
      'two',
      'three',
    ]);
  });

  it('that no rule names are stored as they are, and not read where they are encrypted', () => {
    const { transformerFor: others } = withProviders({ aesgcm: keys('key1') });
    const pods = others({ group: '', resource: 'pods' });
    expect(text(pods.toStorage(bytes('{}'), key))).toBe('{}');
    expect(() => pods.fromStorage(bytes('k8s:enc:aesgcm:v1:key1:…'), key)).toThrow('identity transformer tried to read encrypted data');
  });

  it('are refused when an earlier rule leaves nothing to a later one', () => {
    const masked = parseEncryptionConfiguration(
      fileOf([
        { resources: ['*.'], providers: [{ identity: {} }] },
        { resources: ['secrets'], providers: [{ identity: {} }] },
      ]),
    );
    expect(() => encryption(masked)).toThrow('resource "secrets" is masked by earlier rule "*."');
  });

  it('are told by their keys', () => {
    const resourceOf = resourceOfKeys('/registry', [
      ['/registry/minions', { group: '', resource: 'nodes' }],
      ['/registry/deployments', { group: 'apps', resource: 'deployments' }],
      ['/registry/services/specs', { group: '', resource: 'services' }],
      ['/registry/services/endpoints', { group: '', resource: 'endpoints' }],
    ]);
    const told = (path: string): string => Object.values(resourceOf(`/registry/${path}`)).join('/');
    expect(told('minions/a')).toBe('/nodes');
    expect(told('deployments/default/a')).toBe('apps/deployments');
    expect(told('services/specs/default/a')).toBe('/services');
    expect(told('services/endpoints/default/a')).toBe('/endpoints');
    expect(told('secrets/default/a')).toBe('/secrets');
    expect(told('example.com/widgets/default/a')).toBe('example.com/widgets');
    expect(told('example.com/gadgets/default/a')).toBe('example.com/gadgets');
  });
});

describe('a configuration', () => {
  const refused: readonly (readonly [string, unknown, string])[] = [
    ['nothing', [], 'resources: Required value: at least one resources is required'],
    ['no resources', [{ providers: [{ identity: {} }] }], 'resources[0].resources: Required value: at least one resources[0].resources is required'],
    ['no providers', [{ resources: ['secrets'] }], 'resources[0].providers: Required value: at least one resources[0].providers is required'],
    [
      'a capital',
      [{ resources: ['Secrets'], providers: [{ identity: {} }] }],
      'resources[0].resources[0]: Invalid value: "Secrets": resource name should not contain capital letters',
    ],
    [
      'a star',
      [{ resources: ['*'], providers: [{ identity: {} }] }],
      'resources[0].resources[0]: Invalid value: "*": use \'*.\' to encrypt all the resources from core API group or *.* to encrypt all resources',
    ],
    [
      'the same twice',
      [{ resources: ['secrets', 'secrets'], providers: [{ identity: {} }] }],
      'resources[0].resources: Invalid value: ["secrets","secrets"]: the same resource cannot be specified multiple times',
    ],
    [
      'an overlap',
      [{ resources: ['secrets', '*.'], providers: [{ identity: {} }] }],
      'resources[0].resources: Invalid value: ["secrets","*."]: using overlapping resources such as \'secrets\' and \'*.\' in the same resource list is not allowed as they will be masked',
    ],
    [
      'no keys',
      [{ resources: ['secrets'], providers: [{ aescbc: {} }] }],
      'resources[0].providers[0].aescbc.keys: Required value: at least one keys is required',
    ],
    [
      'a secret that is too short',
      [{ resources: ['secrets'], providers: [{ secretbox: { keys: [{ name: 'a', secret: secretOf(16, 'a') }] } }] }],
      'resources[0].providers[0].secretbox.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 16, expected one of [32]',
    ],
    [
      'a secret that is not base64',
      [{ resources: ['secrets'], providers: [{ aesgcm: { keys: [{ name: 'a', secret: 'geheim!' }] } }] }],
      'resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded',
    ],
    [
      'a key without name and secret',
      [{ resources: ['secrets'], providers: [{ aesgcm: { keys: [{}] } }] }],
      '[resources[0].providers[0].aesgcm.keys[0].name: Required value: name is a mandatory field for a key, ' +
        'resources[0].providers[0].aesgcm.keys[0].secret: Required value: secret is a mandatory field for a key]',
    ],
  ];
  it.each(refused)('with %s is refused', (_, resources, sentence) => {
    expect(() => parseEncryptionConfiguration(fileOf(resources))).toThrow(new Error(sentence));
  });

  it('is refused with fields that there are not, and of another kind', () => {
    expect(() => parseEncryptionConfiguration(fileOf([{ resource: ['secrets'] }]))).toThrow('strict decoding error: unknown field "resources[0].resource"');
    expect(() => parseEncryptionConfiguration('kind: Pod')).toThrow('got unexpected config type');
    expect(() => parseEncryptionConfiguration('')).toThrow('is empty');
  });
});

describe('encrypted storage', () => {
  it('has nothing in it that can be read, and keeps keys and revisions', async () => {
    const below = memoryStorage();
    const storage = encryptedStorage(below, withProviders({ aesgcm: keys('key1') }));
    await storage.create(key, bytes('{"data":"geheim"}'));
    await storage.create('/registry/pods/default/a', bytes('{}'));
    expect(text(below.get(key).kv?.value)).not.toContain('geheim');
    expect(text(below.get('/registry/pods/default/a').kv?.value)).toBe('{}');
    const listed = await storage.list('/registry/');
    expect(listed.kvs.map(({ key: at, modRevision, value }) => [at, modRevision, text(value)])).toEqual([
      ['/registry/pods/default/a', 3, '{}'],
      [key, 2, '{"data":"geheim"}'],
    ]);
  });

  it('says which key cannot be read, and ends a watch that comes to it', async () => {
    const below = memoryStorage();
    await encryptedStorage(below, withProviders({ aesgcm: keys('key1') })).create(key, bytes('{}'));
    const storage = encryptedStorage(below, withProviders({ aesgcm: keys('key2') }));
    const failure = `unable to transform key "${key}": no matching key was found for the provided AES transformer`;
    expect(() => storage.get(key)).toThrow(failure);
    expect(() => storage.list('/registry/')).toThrow(TransformError);
    const watch = record(storage, '/registry/', { afterRevision: 1 });
    await watch.until(({ errors }) => errors.length > 0);
    expect([watch.events, watch.errors.map(({ message }) => message)]).toEqual([[], [failure]]);
  });

  it('tells of changes to what was encrypted before and is not any more', async () => {
    const below = memoryStorage();
    await encryptedStorage(below, withProviders({ aesgcm: keys('key1') })).create(key, bytes('old'));
    const storage = encryptedStorage(below, withProviders({ identity: {} }, { aesgcm: keys('key1') }));
    const watch = record(storage, '/registry/', { afterRevision: 1 });
    await storage.update(key, bytes('new'), 2);
    expect(watch.events.map(({ value, prevValue }) => [text(value), text(prevValue)])).toEqual([
      ['old', undefined],
      ['new', 'old'],
    ]);
  });
});

describe('an encryption file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'encryption-'));
  const file = join(directory, 'encryption.yaml');
  afterAll(() => rmSync(directory, { recursive: true }));
  const write = (name: string): void =>
    writeFileSync(
      file,
      `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - secretbox:
      keys:
      - {name: ${name}, secret: ${secretOf(32, 'x')}}
  - identity: {}
`,
    );
  const keyOf = ({ transformerFor }: Encryption): string | undefined => text(transformerFor(secrets).toStorage(bytes(''), key))?.split(':')[4];

  it('is read again when it has changed, and left when what is in it is wrong', () => {
    const clock = fakeClock();
    const failures: string[] = [];
    write('one');
    const file1 = encryptionFile(file, { reloadEveryMs: 60_000, onFailed: ({ message }) => failures.push(message), clock });
    clock.advance(60_000);
    expect(keyOf(file1)).toBe('one');
    write('two');
    clock.advance(60_000);
    expect(keyOf(file1)).toBe('two');
    writeFileSync(file, 'kind: Pod');
    clock.advance(60_000);
    expect(keyOf(file1)).toBe('two');
    expect(failures).toHaveLength(1);
    file1.close();
    write('three');
    clock.advance(120_000);
    expect(keyOf(file1)).toBe('two');
  });

  it('that cannot be used says which it is', () => {
    expect(() => encryptionFile(join(directory, 'none.yaml'))).toThrow(/^encryption provider configuration file ".*none.yaml": ENOENT/);
  });
});
