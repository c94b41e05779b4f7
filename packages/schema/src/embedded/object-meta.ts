/** Metadata of unknown origin as an ObjectMeta: what does not belong there is dropped or refused (apiextensions-apiserver/pkg/apiserver/schema/objectmeta). */
import { isRecord, type ObjectMeta, setMember, timestamp } from '@apiserver-kit/machinery';
import { parseTime } from './go-time.js';

/** A type as Go's decoder reads it; the first three are texts under names of their own. */
type FieldType =
  | 'string'
  | 'types.UID'
  | 'v1.ManagedFieldsOperationType'
  | 'int64'
  | 'bool'
  | 'time'
  | 'any'
  | { readonly map: 'string' }
  | { readonly list: 'string' | StructType };
interface StructType {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Fields that are printed even when they are empty. */
  readonly always?: readonly string[];
}

const ownerReference: StructType = {
  name: 'OwnerReference',
  fields: { apiVersion: 'string', kind: 'string', name: 'string', uid: 'types.UID', controller: 'bool', blockOwnerDeletion: 'bool' },
  always: ['apiVersion', 'kind', 'name', 'uid'],
};
const managedFieldsEntry: StructType = {
  name: 'ManagedFieldsEntry',
  fields: {
    manager: 'string',
    operation: 'v1.ManagedFieldsOperationType',
    apiVersion: 'string',
    time: 'time',
    fieldsType: 'string',
    fieldsV1: 'any',
    subresource: 'string',
  },
};
const objectMeta: StructType = {
  name: 'ObjectMeta',
  fields: {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    selfLink: 'string',
    uid: 'types.UID',
    resourceVersion: 'string',
    generation: 'int64',
    creationTimestamp: 'time',
    deletionTimestamp: 'time',
    deletionGracePeriodSeconds: 'int64',
    labels: { map: 'string' },
    annotations: { map: 'string' },
    ownerReferences: { list: ownerReference },
    finalizers: { list: 'string' },
    managedFields: { list: managedFieldsEntry },
  },
};
/** Pointers in Go: zero is a value. */
const zeroIsValue: ReadonlySet<string> = new Set(['deletionGracePeriodSeconds', 'controller', 'blockOwnerDeletion']);

export interface DecodeOptions {
  /** Fields of a wrong type are dropped instead of refused. */
  readonly dropInvalid: boolean;
  /** Where the paths of unknown fields are put; each starts with `path`. */
  readonly unknown?: string[] | undefined;
  /** Default: `metadata`. */
  readonly path?: string;
}

/**
 * A new ObjectMeta of the fields that belong into one.
 * @throws Error with Go's sentence where the value or, unless `dropInvalid`, a field is of a wrong type.
 */
export function decodeObjectMeta(value: unknown, { dropInvalid, unknown, path = 'metadata' }: DecodeOptions): ObjectMeta {
  if (value === null) return {};
  if (!isRecord(value)) throw new Error(`json: cannot unmarshal ${jsonKind(value)} into Go value of type v1.ObjectMeta`);
  const meta: Record<string, unknown> = {};
  let wrong: string | undefined;
  // In the order of the reference, which prints the members before it reads them, sorted: the first error is told.
  for (const name of Object.keys(value).sort()) {
    const type = fieldType(objectMeta, name);
    if (type === undefined) {
      unknown?.push(`${path}.${name}`);
      continue;
    }
    if (value[name] === null) continue;
    const reading: Reading = { unknown: [], wrong: undefined };
    try {
      const decoded = decode(value[name], type, { struct: 'ObjectMeta', path: name }, reading);
      if (reading.wrong === undefined) setUnlessEmpty(meta, name, decoded);
    } catch (error) {
      if (!dropInvalid) throw error;
      continue;
    }
    wrong ??= reading.wrong;
    if (reading.wrong === undefined) for (const field of reading.unknown) unknown?.push(`${path}.${field}`);
  }
  if (wrong !== undefined && !dropInvalid) throw new Error(wrong);
  return meta;
}

/** What was found while one field was read. A wrong type is told when all was read, a bad time at once: so does Go's decoder. */
interface Reading {
  readonly unknown: string[];
  wrong: string | undefined;
}

const fieldType = ({ fields }: StructType, name: string): FieldType | undefined => (Object.hasOwn(fields, name) ? fields[name] : undefined);

const isEmpty = (value: unknown): boolean =>
  value === '' || value === 0 || value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

function setUnlessEmpty(target: Record<string, unknown>, name: string, value: unknown): void {
  if (!isEmpty(value) || zeroIsValue.has(name) || name === 'fieldsV1') target[name] = value;
}

interface Place {
  /** The Go type that the field is of. */
  readonly struct: string;
  /** Its path below the metadata. */
  readonly path: string;
}

const jsonKind = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'bigint' ? 'number' : typeof value === 'boolean' ? 'bool' : typeof value;

function wrongType(value: unknown, type: string, { struct, path }: Place): string {
  const shown = type === 'int64' && typeof value === 'number' ? `number ${value}` : jsonKind(value);
  return `json: cannot unmarshal ${shown} into Go struct field ${struct}.${path.replace(/\[\d+\]/g, '')} of type ${type}`;
}

function refuse(value: unknown, type: string, place: Place, reading: Reading): undefined {
  reading.wrong ??= wrongType(value, type, place);
  return undefined;
}

function decode(value: unknown, type: FieldType, place: Place, reading: Reading): unknown {
  if (typeof type === 'object') return 'map' in type ? decodeMap(value, place, reading) : decodeList(value, type.list, place, reading);
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? value : refuse(value, 'bool', place, reading);
    case 'int64':
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? value : refuse(value, 'int64', place, reading);
    case 'time':
      if (typeof value === 'string') return timestamp(parseTime(value));
      throw new Error(wrongType(value, 'string', place));
    case 'any':
      return value;
    default:
      return typeof value === 'string' ? value : refuse(value, type, place, reading);
  }
}

function decodeMap(value: unknown, place: Place, reading: Reading): Record<string, string> | undefined {
  if (!isRecord(value)) return refuse(value, 'map[string]string', place, reading);
  const out: Record<string, string> = {};
  for (const name of Object.keys(value).sort()) setMember(out, name, textOrNull(value[name], place, reading));
  return out;
}

/** Null among texts is the empty one. */
const textOrNull = (value: unknown, place: Place, reading: Reading): string | undefined =>
  value === null ? '' : typeof value === 'string' ? value : refuse(value, 'string', place, reading);

function decodeList(value: unknown, of: 'string' | StructType, place: Place, reading: Reading): unknown[] | undefined {
  if (!Array.isArray(value)) return refuse(value, of === 'string' ? '[]string' : `[]v1.${of.name}`, place, reading);
  if (of === 'string') return value.map((item) => textOrNull(item, place, reading));
  return value.map((item, i) => decodeStruct(item, of, `${place.path}[${i}]`, place, reading));
}

function decodeStruct(value: unknown, type: StructType, path: string, listPlace: Place, reading: Reading): Record<string, unknown> | undefined {
  const out: Record<string, unknown> = {};
  for (const name of type.always ?? []) out[name] = '';
  if (value === null) return out;
  if (!isRecord(value)) return refuse(value, `v1.${type.name}`, listPlace, reading);
  for (const name of Object.keys(value).sort()) {
    const field = fieldType(type, name);
    if (field === undefined) reading.unknown.push(`${path}.${name}`);
    else if (value[name] !== null) setUnlessEmpty(out, name, decode(value[name], field, { struct: type.name, path: `${path}.${name}` }, reading));
  }
  return out;
}
