/** ConfigMaps and Secrets. */
import {
  byteLength,
  configMapKey,
  type FieldError,
  forbiddenField,
  goJsonError,
  invalidValue,
  type JsonObject,
  jsonEqual,
  key,
  required,
  tooLong,
} from '@apiserver-kit/machinery';
import { recordAt, textAt } from '../types/read.js';
import { eachKey, immutable } from './rules.js';

const maxBytes = 1 << 20;

type Texts = Record<string, string>;
const base64Bytes = (text: string): number => Buffer.byteLength(text, 'base64');
const total = (map: Texts, size: (text: string) => number): number => Object.values(map).reduce((sum, text) => sum + size(text ?? ''), 0);

/** An object that was made immutable stays so, and keeps its data. */
function frozen(object: JsonObject, old: JsonObject | undefined, ...maps: string[]): FieldError[] {
  if (old?.immutable !== true) return [];
  const changed = maps.filter((name) => !jsonEqual(recordAt(object, name), recordAt(old, name)));
  return [...(object.immutable === true ? [] : ['immutable']), ...changed].map((field) => forbiddenField(field, 'field is immutable when `immutable` is set'));
}

export function validateConfigMap(configMap: JsonObject, old: JsonObject | undefined): FieldError[] {
  const [data, binaryData] = [recordAt(configMap, 'data') as Texts, recordAt(configMap, 'binaryData') as Texts];
  const errors = [
    ...frozen(configMap, old, 'data', 'binaryData'),
    ...eachKey(data, 'data', (name) => [...configMapKey(name), ...(Object.hasOwn(binaryData, name) ? ['duplicate of key present in binaryData'] : [])]),
    ...eachKey(binaryData, 'binaryData', configMapKey),
  ];
  // An empty path: the whole object is meant.
  if (total(data, byteLength) + total(binaryData, base64Bytes) > maxBytes) errors.push(tooLong('', maxBytes));
  return errors;
}

const jsonKey =
  (name: string) =>
  (data: Texts): FieldError[] => {
    const path = key('data', name);
    if (!Object.hasOwn(data, name)) return [required(path)];
    const text = Buffer.from(data[name]!, 'base64').toString();
    const error = goJsonError(text);
    if (error !== undefined) return [invalidValue(path, '<secret contents redacted>', error)];
    return [];
  };

const requiredKeys =
  (...names: string[]) =>
  (data: Texts): FieldError[] =>
    names.filter((name) => !Object.hasOwn(data, name)).map((name) => required(key('data', name)));

/** What a type of secret must hold. */
const contents: Readonly<Record<string, (data: Texts, secret: JsonObject) => FieldError[]>> = {
  'kubernetes.io/service-account-token': (_, secret) => {
    const name = 'kubernetes.io/service-account.name';
    return textAt(recordAt(recordAt(secret, 'metadata'), 'annotations'), name) === '' ? [required(key('metadata.annotations', name))] : [];
  },
  'kubernetes.io/dockercfg': jsonKey('.dockercfg'),
  'kubernetes.io/dockerconfigjson': jsonKey('.dockerconfigjson'),
  'kubernetes.io/basic-auth': (data) => (Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password') ? [] : requiredKeys('username', 'password')(data)),
  'kubernetes.io/ssh-auth': (data) => ((data['ssh-privatekey'] ?? '') === '' ? [required(key('data', 'ssh-privatekey'))] : []),
  'kubernetes.io/tls': requiredKeys('tls.crt', 'tls.key'),
};

export function validateSecret(secret: JsonObject, old: JsonObject | undefined): FieldError[] {
  const data = recordAt(secret, 'data') as Texts;
  const type = textAt(secret, 'type');
  return [
    ...(old ? immutable(type, textAt(old, 'type'), 'type') : []),
    ...frozen(secret, old, 'data'),
    ...eachKey(data, 'data', configMapKey),
    ...(total(data, base64Bytes) > maxBytes ? [tooLong('data', maxBytes)] : []),
    ...(Object.hasOwn(contents, type) ? contents[type]!(data, secret) : []),
  ];
}
