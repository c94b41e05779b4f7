/** The fields of an EncryptionConfiguration, and whether a document has these only. */
import { goQuote, index, child } from '@apiserver-kit/machinery';

export interface EncryptionConfiguration {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resources?: readonly ResourceConfiguration[];
}

export interface ResourceConfiguration {
  readonly resources?: readonly string[];
  readonly providers?: readonly ProviderConfiguration[];
}

/** Just one of them is set. */
export interface ProviderConfiguration {
  readonly aesgcm?: KeysConfiguration;
  readonly aescbc?: KeysConfiguration;
  readonly secretbox?: KeysConfiguration;
  readonly identity?: object;
  readonly kms?: object;
}

export interface KeysConfiguration {
  readonly keys?: readonly NamedKey[];
}

export interface NamedKey {
  readonly name?: string;
  /** In base64. */
  readonly secret?: string;
}

type Shape = 'string' | 'anything' | readonly [Shape] | { readonly [field: string]: Shape };

const keys: Shape = { keys: [{ name: 'string', secret: 'string' }] };
const configuration: Shape = {
  apiVersion: 'string',
  kind: 'string',
  resources: [
    {
      resources: ['string'],
      providers: [{ aesgcm: keys, aescbc: keys, secretbox: keys, identity: {}, kms: 'anything' }],
    },
  ],
};

/** What is wrong with the form of a document: fields that it has and should not have, values of another type. */
export const fieldsIn = (document: unknown): string[] => wrongIn(document, configuration, '');

function wrongIn(value: unknown, shape: Shape, path: string): string[] {
  if (value === null || value === undefined || shape === 'anything') return [];
  if (shape === 'string') return typeof value === 'string' ? [] : [`${path}: expected text`];
  if (isList(shape)) {
    return Array.isArray(value) ? value.flatMap((item, i) => wrongIn(item, shape[0], index(path, i))) : [`${path}: expected a list`];
  }
  if (typeof value !== 'object' || Array.isArray(value)) return [`${path}: expected fields`];
  return Object.entries(value).flatMap(([name, field]) => {
    const at = child(path, name);
    return Object.hasOwn(shape, name) ? wrongIn(field, shape[name]!, at) : [`unknown field ${goQuote(at)}`];
  });
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);
