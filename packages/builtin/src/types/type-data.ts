/**
 * The built-in types as data: a field a row, in the order of the reference's structs.
 *
 * The data lies in `data/GROUP.VERSION.json`, a file per group-version. A file is read and parsed when a type of it is first asked for, so that a
 * server pays for the groups that it is asked about and not for all of them when it starts.
 */
import { readFileSync } from 'node:fs';
import type { GroupVersionKind } from '@apiserver-kit/machinery';

export type ScalarType = 'string' | 'boolean' | 'int32' | 'int64' | 'double' | 'bytes' | 'time' | 'microTime' | 'duration' | 'quantity' | 'intOrString' | 'any';

export type FieldType = ScalarType | { readonly ref: string } | { readonly list: FieldType } | { readonly map: FieldType };

/** One field of a built-in type. */
export interface TypeField {
  readonly name: string;
  readonly type: FieldType;
  /** Left out of JSON when empty (Go's omitempty). */
  readonly optional?: boolean;
  /** Held by pointer: a zero that was given is kept, and a struct that was not given is left out. */
  readonly pointer?: boolean;
  /** Left out of JSON when zero, also where it is a struct (Go's omitzero). */
  readonly omitZero?: boolean;
  /** Required by the OpenAPI schema; not the same as not `optional`. */
  readonly required?: boolean;
  /** The Go structs through which JSON inlines the field: part of the path in a decoding error. */
  readonly inline?: string;
  /** The Go type, where it is not what `type` says: part of a decoding error. */
  readonly go?: string;
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  readonly default?: unknown;
  /** A list that is a message of its own on the protobuf wire. */
  readonly message?: boolean;
  readonly protobuf: readonly number[];
  readonly wire: string;
}

interface GroupData {
  /** Kind → type name. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Types that server-side apply treats as one value. */
  readonly atomic: readonly string[];
  readonly types: Readonly<Record<string, readonly TypeField[]>>;
}

/** The group-versions there is data for, by their Go package: `GROUP.VERSION` with the group's first label, `core` for the group without a name. */
const packages = new Set([
  'admissionregistration.v1',
  'apps.v1',
  'authentication.v1',
  'authorization.v1',
  'autoscaling.v1',
  'autoscaling.v2',
  'batch.v1',
  'certificates.v1',
  'coordination.v1',
  'core.v1',
  'discovery.v1',
  'events.v1',
  'flowcontrol.v1',
  'meta.v1',
  'networking.v1',
  'node.v1',
  'policy.v1',
  'rbac.v1',
  'resource.v1',
  'scheduling.v1',
  'scheduling.v1alpha3',
  'storage.v1',
  'storagemigration.v1',
]);

const metaPrefix = 'apimachinery.pkg.apis.';
const loaded = new Map<string, GroupData>();

function load(name: string): GroupData | undefined {
  let data = loaded.get(name);
  if (!data && packages.has(name)) {
    data = JSON.parse(readFileSync(new URL(`../../data/${name}.json`, import.meta.url), 'utf8')) as GroupData;
    loaded.set(name, data);
  }
  return data;
}

const packageOf = (typeName: string): string => {
  const name = typeName.startsWith(metaPrefix) ? typeName.slice(metaPrefix.length) : typeName;
  return name.slice(0, name.lastIndexOf('.'));
};

/**
 * The fields of a type such as `core.v1.Pod` or `apimachinery.pkg.apis.meta.v1.ObjectMeta`, in the order in which they are printed.
 * @throws Error when there is no such type: callers name types that come from the data.
 */
export function typeFields(typeName: string): readonly TypeField[] {
  const types = load(packageOf(typeName))?.types;
  if (!types || !Object.hasOwn(types, typeName)) throw new Error(`no built-in type ${typeName}`);
  return types[typeName]!;
}

/** The type of a kind, or undefined where there is none (or no data for it): `{ group: 'apps', version: 'v1', kind: 'Deployment' }` is `apps.v1.Deployment`. */
export function typeOf({ group, version, kind }: GroupVersionKind): string | undefined {
  const label = group === '' ? 'core' : group.split('.', 1)[0]!;
  const kinds = load(`${label}.${version}`)?.kinds;
  return kinds && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

/** True for a type that server-side apply treats as one value. */
export const isAtomicType = (typeName: string): boolean => load(packageOf(typeName))?.atomic.includes(typeName) ?? false;

/** The Go name of a type: `Pod` of `core.v1.Pod`. */
export const goNameOf = (typeName: string): string => typeName.slice(typeName.lastIndexOf('.') + 1);

export const objectMetaType = 'apimachinery.pkg.apis.meta.v1.ObjectMeta';
