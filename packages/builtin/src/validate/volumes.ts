/** The volumes of a pod. */
import { child, duplicate, type FieldError, forbiddenField, index, invalidValue, type JsonObject, required } from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt } from '../types/read.js';
import { dnsLabel, oneOf, type Rule } from './rules.js';

/** In the order in which the reference looks at them; of two, the later one is too much. */
const sources = [
  ...['emptyDir', 'hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs', 'iscsi', 'glusterfs', 'flocker'],
  ...['persistentVolumeClaim', 'rbd', 'cinder', 'cephfs', 'quobyte', 'downwardAPI', 'fc', 'flexVolume', 'configMap', 'azureFile', 'vsphereVolume'],
  ...['photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos', 'projected', 'scaleIO', 'csi', 'ephemeral', 'image'],
];

const fileMode = (holder: JsonObject, name: string, path: string): FieldError[] => {
  const mode = holder[name];
  if (typeof mode !== 'number' || (mode >= 0 && mode <= 0o777)) return [];
  return [invalidValue(child(path, name), mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
};

const requiredText = (holder: JsonObject, name: string, path: string): FieldError[] => (textAt(holder, name) === '' ? [required(child(path, name))] : []);

/** A path that stays below where it starts. */
export const descendingPath: Rule<string> = (value, path) => {
  if (value.startsWith('/')) return [invalidValue(path, value, 'must be a relative path')];
  return noBacksteps(value, path);
};

const noBacksteps: Rule<string> = (value, path) => (value.split('/').includes('..') ? [invalidValue(path, value, "must not contain '..'")] : []);

const keyToPath = (item: JsonObject, path: string): FieldError[] => {
  const itemPath = textAt(item, 'path');
  const errors = [...requiredText(item, 'key', path), ...requiredText(item, 'path', path), ...descendingPath(itemPath, child(path, 'path'))];
  if (itemPath.startsWith('..') && !itemPath.startsWith('../')) errors.push(invalidValue(child(path, 'path'), itemPath, "must not start with '..'"));
  return [...errors, ...fileMode(item, 'mode', path)];
};

const keysAsFiles =
  (nameField: string): Rule<JsonObject> =>
  (source, path) => [
    ...requiredText(source, nameField, path),
    ...fileMode(source, 'defaultMode', path),
    ...recordsAt(source, 'items').flatMap((item, at) => keyToPath(item, index(child(path, 'items'), at))),
  ];

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

/** By source; the others are taken as they are. */
const rules: Readonly<Record<string, Rule<JsonObject>>> = {
  configMap: keysAsFiles('name'),
  secret: keysAsFiles('secretName'),
  csi: (source, path) => requiredText(source, 'driver', path),
  hostPath: (source, path) => {
    const hostPath = textAt(source, 'path');
    if (hostPath === '') return [required(child(path, 'path'))];
    const type = textAt(source, 'type');
    return [...noBacksteps(hostPath, child(path, 'path')), ...(type === '' ? [] : oneOf(type, hostPathTypes, child(path, 'type')))];
  },
  nfs: (source, path) => {
    const nfsPath = textAt(source, 'path');
    const errors = [...requiredText(source, 'server', path), ...requiredText(source, 'path', path)];
    if (!nfsPath.startsWith('/')) errors.push(invalidValue(child(path, 'path'), nfsPath, 'must be an absolute path'));
    return errors;
  },
  persistentVolumeClaim: (source, path) => requiredText(source, 'claimName', path),
  projected: (source, path) => fileMode(source, 'defaultMode', path),
};

function volumeSource(volume: JsonObject, path: string): FieldError[] {
  const [first, ...others] = sources.filter((source) => has(volume, source));
  if (first === undefined) return [required(path, 'must specify a volume type')];
  return [
    ...(rules[first]?.(recordAt(volume, first), child(path, first)) ?? []),
    ...others.map((source) => forbiddenField(child(path, source), 'may not specify more than 1 volume type')),
  ];
}

/** Checks `volumes` and gives the names of those that are valid: what containers may mount. */
export function validateVolumes(volumes: readonly JsonObject[], path: string): { errors: FieldError[]; names: ReadonlySet<string> } {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  volumes.forEach((volume, at) => {
    const name = textAt(volume, 'name');
    const namePath = child(index(path, at), 'name');
    const own = [...volumeSource(volume, index(path, at)), ...(name === '' ? [required(namePath)] : dnsLabel(name, namePath))];
    if (names.has(name)) own.push(duplicate(namePath, name));
    if (own.length === 0) names.add(name);
    errors.push(...own);
  });
  return { errors, names };
}
