import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Clock, type GroupResource, systemClock } from '@apiserver-kit/machinery';
import { aescbc, aesgcm, secretbox } from './ciphers.js';
import { parseEncryptionConfiguration } from './configuration.js';
import type { EncryptionConfiguration, KeysConfiguration, ProviderConfiguration } from './configuration-fields.js';
import { decodeBase64 } from './configuration-validation.js';
import { maskedBy, parseGroupResource, resourceText } from './group-resource.js';
import { identity, type Prefixed, prefixed, type Transformer } from './transformer.js';

/** How the objects of each resource are stored. */
export interface Encryption {
  transformerFor(resource: GroupResource): Transformer;
}

const ciphers = {
  aescbc: { cipher: aescbc, unmatched: 'no matching key was found for the provided AES transformer' },
  aesgcm: { cipher: aesgcm, unmatched: 'no matching key was found for the provided AES transformer' },
  secretbox: { cipher: secretbox, unmatched: 'no matching key was found for the provided Secretbox transformer' },
} as const;

function keyed(name: keyof typeof ciphers, { keys = [] }: KeysConfiguration): Prefixed {
  const { cipher, unmatched } = ciphers[name];
  const transformers = keys.map((key) => ({ prefix: Buffer.from(`${key.name}:`), transformer: cipher(decodeBase64(key.secret!)!) }));
  return { prefix: Buffer.from(`k8s:enc:${name}:v1:`), transformer: prefixed(transformers as [Prefixed, ...Prefixed[]], unmatched) };
}

function provided(provider: ProviderConfiguration): Prefixed {
  for (const name of ['aescbc', 'aesgcm', 'secretbox'] as const) {
    const keys = provider[name];
    if (keys) return keyed(name, keys);
  }
  return { prefix: Buffer.of(), transformer: identity };
}

/**
 * The encryption that a configuration asks for. The first provider of a resource writes, all of them read; resources that are not named are
 * stored as they are.
 * @throws Error for a rule that an earlier one leaves nothing to.
 */
export function encryption({ resources = [] }: EncryptionConfiguration): Encryption {
  const rules = new Map<string, Prefixed[]>();
  for (const rule of resources) {
    const providers = (rule.providers ?? []).map(provided);
    for (const resource of (rule.resources ?? []).map(parseGroupResource)) {
      for (const wider of [{ group: resource.group, resource: '*' }, anything]) if (rules.has(resourceText(wider))) throw maskedBy(resource, wider);
      const text = resourceText(resource);
      rules.set(text, [...(rules.get(text) ?? []), ...providers]);
    }
  }
  const transformers = new Map([...rules].map(([text, providers]) => [text, prefixed(providers as [Prefixed, ...Prefixed[]], 'no matching prefix found')]));
  return {
    transformerFor: (resource) =>
      transformers.get(resourceText(resource)) ??
      transformers.get(resourceText({ group: resource.group, resource: '*' })) ??
      transformers.get(resourceText(anything)) ??
      identity,
  };
}

const anything: GroupResource = { group: '*', resource: '*' };

export interface EncryptionFileOptions {
  /** How often the file is looked at, in ms; what is found in it is used from then on. Default: never again. */
  readonly reloadEveryMs?: number;
  /** Hears of files that cannot be used: the encryption stays as it was. Default: nobody. */
  readonly onFailed?: (error: Error) => void;
  readonly clock?: Clock;
}

/**
 * The encryption of the file that `--encryption-provider-config` names, reloaded as `--encryption-provider-config-automatic-reload` asks.
 * @throws Error that names the file when it cannot be used.
 */
export function encryptionFile(
  file: string,
  { reloadEveryMs = 0, onFailed = () => {}, clock = systemClock }: EncryptionFileOptions = {},
): Encryption & { close(): void } {
  let loaded = load(file);
  let cancel = (): void => {};
  const look = (): void => {
    try {
      const { hash, ...found } = load(file, loaded.hash);
      if (hash !== loaded.hash) loaded = { hash, ...found };
    } catch (error) {
      onFailed(error as Error);
    }
    wait();
  };
  const wait = (): void => {
    if (reloadEveryMs > 0) cancel = clock.after(reloadEveryMs, look);
  };
  wait();
  return { transformerFor: (resource) => loaded.encryption.transformerFor(resource), close: () => cancel() };
}

interface Loaded {
  readonly hash: string;
  readonly encryption: Encryption;
}

const nothing: Encryption = { transformerFor: () => identity };

function load(file: string, knownHash?: string): Loaded {
  try {
    const text = readFileSync(file, 'utf8');
    const hash = createHash('sha256').update(text).digest('hex');
    return { hash, encryption: hash === knownHash ? nothing : encryption(parseEncryptionConfiguration(text)) };
  } catch (error) {
    throw new Error(`encryption provider configuration file ${JSON.stringify(file)}: ${(error as Error).message}`);
  }
}
