/** What the reference refuses in an EncryptionConfiguration (apiserver/pkg/apis/apiserver/validation/validation_encryption.go), in its words. */
import { child, type FieldError, fieldErrorText, type GroupResource, index, invalidValue, required } from '@apiserver-kit/machinery';
import type { EncryptionConfiguration, KeysConfiguration, NamedKey, ProviderConfiguration } from './configuration-fields.js';
import { parseGroupResource } from './group-resource.js';

/** All that is wrong, one sentence each. Secrets are not in them. */
export function validateConfiguration({ resources = [] }: EncryptionConfiguration): string[] {
  const root = 'resources';
  if (resources.length === 0) return [fieldErrorText(required(root, 'at least one resources is required'))];
  const errors = resources.flatMap((rule, i): FieldError[] => {
    const [r, p] = [child(index(root, i), 'resources'), child(index(root, i), 'providers')];
    const { resources: names, providers } = rule;
    return [
      ...(names?.length ? [] : [required(r, `at least one ${r} is required`)]),
      ...overlapErrors(names ?? [], r),
      ...(names ?? []).flatMap((name, j) => nameError(name, index(r, j)) ?? []),
      ...(providers?.length ? [] : [required(p, `at least one ${p} is required`)]),
      ...(providers ?? []).flatMap((provider, j) => providerErrors(provider, index(p, j))),
    ];
  });
  return errors.map(fieldErrorText);
}

const isSame = (a: GroupResource, b: GroupResource): boolean => a.group === b.group && a.resource === b.resource;
const isEverything = ({ group, resource }: GroupResource): boolean => group === '*' && resource === '*';

function overlapErrors(names: readonly string[], field: string): FieldError[] {
  const parsed = names.map(parseGroupResource);
  const pairs = parsed.flatMap((a, i) => parsed.slice(i + 1).map((b) => [a, b] as const));
  const hasDuplicate = pairs.some(([a, b]) => isSame(a, b));
  const overlaps = ([a, b]: readonly [GroupResource, GroupResource]): boolean =>
    isEverything(a) || isEverything(b) || (a.group === b.group && (a.resource === '*' || b.resource === '*'));
  // Of a pair that is the same twice, the first finding is the duplicate; only a third one, or its mirror, is an overlap.
  const hasOverlap = pairs.some((pair) => !isSame(...pair) && overlaps(pair)) || (hasDuplicate && pairs.some((pair) => isSame(...pair) && overlaps(pair)));
  return [
    ...(hasDuplicate ? [invalidValue(field, names, 'the same resource cannot be specified multiple times')] : []),
    ...(hasOverlap
      ? [invalidValue(field, names, "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked")]
      : []),
  ];
}

const withoutRest = new Set(['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations']);

const nameRules: readonly (readonly [(name: string, parsed: GroupResource) => boolean, string])[] = [
  [(name) => /\p{Lu}/u.test(name), 'resource name should not contain capital letters'],
  [(name) => name === '*', "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"],
  [(name) => withoutRest.has(name), 'resources which do not have REST API/s cannot be encrypted'],
  [
    (_, { group }) => group === 'events.k8s.io',
    "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file",
  ],
  [(_, { group }) => group === 'extensions', "'extensions' group has been removed and cannot be used for encryption"],
  [(_, { group, resource }) => group === '*' && resource !== '*', 'encrypting the same resource across groups is not supported'],
];

function nameError(name: string, field: string): FieldError | undefined {
  const broken = nameRules.find(([breaks]) => breaks(name, parseGroupResource(name)));
  return broken && invalidValue(field, name, broken[1]);
}

/** The lengths that the secrets of a provider may have, in bytes. */
const secretLengths = { aesgcm: [16, 24, 32], aescbc: [16, 24, 32], secretbox: [32] } as const;

function providerErrors(provider: ProviderConfiguration, field: string): FieldError[] {
  const names = Object.entries(provider).flatMap(([name, value]) => (value === null || value === undefined ? [] : [name as keyof ProviderConfiguration]));
  if (names.length === 0) {
    return [invalidValue(field, {}, 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity')];
  }
  const several =
    names.length > 1 ? [invalidValue(field, names, 'more than one provider specified in a single element, should split into different list elements')] : [];
  const [name] = names;
  if (name === 'kms') return [...several, invalidValue(child(field, 'kms'), 'kms', 'KMS providers are not supported')];
  if (name === 'identity' || name === undefined) return several;
  return [...several, ...keysErrors(provider[name]!, child(child(field, name), 'keys'), secretLengths[name])];
}

function keysErrors({ keys = [] }: KeysConfiguration, field: string, lengths: readonly number[]): FieldError[] {
  if (keys.length === 0) return [required(field, 'at least one keys is required')];
  return keys.flatMap((key, i) => keyErrors(key, index(field, i), lengths));
}

function keyErrors({ name = '', secret = '' }: NamedKey, field: string, lengths: readonly number[]): FieldError[] {
  const errors = name === '' ? [required(child(field, 'name'), 'name is a mandatory field for a key')] : [];
  const at = child(field, 'secret');
  if (secret === '') return [...errors, required(at, 'secret is a mandatory field for a key')];
  const bytes = decodeBase64(secret);
  if (!bytes) return [...errors, invalidValue(at, 'REDACTED', 'secrets must be base64 encoded')];
  if (lengths.includes(bytes.length)) return errors;
  return [...errors, invalidValue(at, 'REDACTED', `secret is not of the expected length, got ${bytes.length}, expected one of [${lengths.join(' ')}]`)];
}

/** The bytes of text in base64, padded; undefined where it is not. Line ends do not count, as in Go. */
export function decodeBase64(text: string): Buffer | undefined {
  const plain = text.replace(/[\r\n]/g, '');
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain) ? Buffer.from(plain, 'base64') : undefined;
}
