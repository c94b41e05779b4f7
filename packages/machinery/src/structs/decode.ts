/**
 * Parsed JSON, made to fit a Go struct, as the reference's decoder and encoder would do it.
 *
 * The reference reads JSON into Go structs and prints those again: unknown fields go, null becomes absence, empty optional fields are left out,
 * structs that are not pointers are always there, and fields come in the order of the struct. Here each type is compiled, when it is first
 * needed, into a closure that does all of it in one walk over the input (sigs.k8s.io/json, k8s.io/apimachinery/pkg/runtime/serializer/json).
 */
import { getMember, type JsonObject, setMember } from '../member.js';
import { isRecord } from '../object.js';
import { parseQuantity, QuantityError } from '../quantity.js';
import { canonicalBase64, illegalBase64Byte } from './go-base64.js';
import { canonicalTime, DecodeError } from './go-time.js';
import { type FieldType, goNameOf, type ScalarType, type StructField, type StructTypes } from './struct-types.js';

export interface Decoded {
  readonly object: JsonObject;
  /** Paths of the fields that the type does not have, in the order of the input: `spec.containers[0].imagee`. */
  readonly unknownFields: string[];
}

/**
 * Makes parsed JSON fit a struct. The input is not written to, and the result may share parts of it that have no type (`any`).
 * @param typeName such as `core.v1.Pod`.
 * @param path of the value within a bigger one, for `unknownFields`.
 * @throws DecodeError with the reference's text, without the sentence that the reference puts before it.
 */
export type DecodeStruct = (typeName: string, value: unknown, path?: string) => Decoded;

/** Where the walk is. One object a walk; nothing is allocated for a field that fits. */
interface Walk {
  /** Field names, list indexes and, wrapped, map keys. */
  readonly path: (string | number | { readonly key: string })[];
  /** The fields on the way, for the inlined structs in an error's path. */
  readonly fields: StructField[];
  /** The Go name of the struct whose field is being read; empty at the root. */
  struct: string;
  /** Within a value that reads itself: the struct that holds it, which Go tells instead. */
  holder?: string;
  /** Undefined where they are not told. */
  unknownFields: string[] | undefined;
  /** The first value of a wrong type. Go reads on after one, and a value that refuses itself later (a time, a quantity) is told instead. */
  error?: DecodeError | undefined;
}

/** Reads one value, never null. Undefined: it was refused. */
type Reader = (value: unknown, walk: Walk) => unknown;

/** A type, compiled. */
interface Codec {
  readonly read: Reader;
  /** What Go prints for the zero value of the type. */
  readonly zero: () => unknown;
  /** The Go type, for messages. */
  readonly go: string;
  /** Whether a value that was read counts as empty for omitempty. */
  readonly isEmpty: (value: unknown) => boolean;
}

function jsonTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'number';
    default:
      return typeof value;
  }
}

const mismatch = (value: unknown, go: string, { struct, holder = struct, fields }: Walk, shownNumber = false): DecodeError => {
  const what = shownNumber && (typeof value === 'number' || typeof value === 'bigint') ? `number ${value}` : jsonTypeName(value);
  if (fields.length === 0) return new DecodeError(`json: cannot unmarshal ${what} into Go value of type ${go}`);
  const path = fields.map(({ inline, name }) => (inline ? `${inline}.${name}` : name)).join('.');
  return new DecodeError(`json: cannot unmarshal ${what} into Go struct field ${holder}.${path} of type ${go}`);
};

/** Notes a value of a wrong type. */
function refuse(value: unknown, go: string, walk: Walk, shownNumber = false): undefined {
  walk.error ??= mismatch(value, go, walk, shownNumber);
}

function unknownPath(walk: Walk, name: string): string {
  let text = '';
  for (const step of walk.path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += `${text === '' ? '' : '.'}${typeof step === 'string' ? step : step.key}`;
  }
  return text === '' ? name : `${text}.${name}`;
}

const never = (): boolean => false;

const fitsInteger = (value: unknown, go: 'int32' | 'int64'): boolean =>
  typeof value === 'bigint' ? go === 'int64' : Number.isInteger(value) && (go === 'int64' || (value as number) === ((value as number) | 0));

const integer =
  (go: 'int32' | 'int64'): Reader =>
  (value, walk) =>
    fitsInteger(value, go) ? (value === 0 ? 0 : value) : refuse(value, go, walk, true);

/** A quantity in its canonical form, where the reference does not keep its text. Numbers are quantities too. */
function canonicalQuantity(value: unknown): string {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  try {
    return parseQuantity(typeof value === 'string' ? value.trim() : isNumber ? String(value) : '').toString();
  } catch (error) {
    throw error instanceof QuantityError ? new DecodeError(error.message) : error;
  }
}

/** For the types that read themselves from text: what they refuse ends the walk. */
const text =
  (canonical: (value: string) => string): Reader =>
  (value, walk) => {
    if (typeof value !== 'string') throw mismatch(value, 'string', walk);
    return canonical(value);
  };

const scalars: Record<ScalarType, (go: string) => Codec> = {
  string: (go) => ({
    go,
    read: (value, walk) => (typeof value === 'string' ? value : refuse(value, go, walk)),
    zero: () => '',
    isEmpty: (value) => value === '',
  }),
  duration: (go) => ({ go, read: text((value) => value), zero: () => '0s', isEmpty: never }),
  boolean: (go) => ({
    go,
    read: (value, walk) => (typeof value === 'boolean' ? value : refuse(value, go, walk)),
    zero: () => false,
    isEmpty: (value) => value === false,
  }),
  int32: (go) => ({ go, read: integer('int32'), zero: () => 0, isEmpty: (value) => value === 0 }),
  int64: (go) => ({ go, read: integer('int64'), zero: () => 0, isEmpty: (value) => value === 0 }),
  double: (go) => ({
    go,
    read: (value, walk) => (typeof value === 'number' || typeof value === 'bigint' ? value : refuse(value, go, walk)),
    zero: () => 0,
    isEmpty: (value) => value === 0,
  }),
  bytes: (go) => ({
    go,
    read: (value, walk) => {
      // Go takes a list of numbers for bytes too.
      if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)) return Buffer.from(value).toString('base64');
      if (typeof value !== 'string') return refuse(value, go, walk);
      const at = illegalBase64Byte(value);
      if (at === undefined) return canonicalBase64(value);
      walk.error ??= new DecodeError(`illegal base64 data at input byte ${at}`);
      return undefined;
    },
    zero: () => null,
    isEmpty: (value) => value === '',
  }),
  time: (go) => ({ go, read: text((value) => canonicalTime(value, 'time')), zero: () => null, isEmpty: never }),
  microTime: (go) => ({ go, read: text((value) => canonicalTime(value, 'microTime')), zero: () => null, isEmpty: never }),
  quantity: (go) => ({
    go,
    read: canonicalQuantity,
    zero: () => '0',
    isEmpty: never,
  }),
  intOrString: (go) => {
    const read: Reader = (value, walk) => {
      if (typeof value !== 'string' && !fitsInteger(value, 'int32')) throw mismatch(value, 'int32', walk, true);
      return value;
    };
    return { go, read, zero: () => 0, isEmpty: never };
  },
  any: (go) => ({ go, read: (value) => value, zero: () => null, isEmpty: never }),
};

const goScalars: Partial<Record<ScalarType, string>> = {
  boolean: 'bool',
  bytes: '[]uint8',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  any: 'runtime.RawExtension',
  double: 'float64',
};

/** `v1.Pod` of `core.v1.Pod`. */
const goTypeName = (typeName: string): string => typeName.split('.').slice(-2).join('.');

const isLeaf = (type: FieldType): boolean => typeof type === 'string' || ('list' in type && isLeaf(type.list));

function listCodec(item: Codec, goType?: string): Codec {
  const go = goType ?? `[]${item.go}`;
  return {
    go,
    read: (value, walk) => {
      if (!Array.isArray(value)) return refuse(value, go, walk);
      const out: unknown[] = new Array(value.length);
      const depth = walk.path.length;
      for (let at = 0; at < value.length; at++) {
        walk.path[depth] = at;
        const given = value[at];
        out[at] = given === null || given === undefined ? item.zero() : item.read(given, walk);
      }
      walk.path.length = depth;
      return out;
    },
    zero: () => null,
    isEmpty: (value) => (value as unknown[]).length === 0,
  };
}

function mapCodec(member: Codec, holdsStructs: boolean, goType?: string): Codec {
  const go = goType ?? `map[string]${member.go}`;
  return {
    go,
    read: (value, walk) => {
      if (!isRecord(value)) return refuse(value, go, walk);
      const out: JsonObject = {};
      // Go prints maps in the order of their keys.
      for (const name of Object.keys(value).sort(byCodeUnits)) {
        const given = getMember(value, name);
        if (holdsStructs) walk.path.push({ key: name });
        setMember(out, name, given === null || given === undefined ? member.zero() : member.read(given, walk));
        if (holdsStructs) walk.path.pop();
      }
      return out;
    },
    zero: () => null,
    isEmpty: (value) => {
      for (const _ in value as object) return false;
      return true;
    },
  };
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : 1);

/** What is printed for a field that was not given: undefined for nothing. */
function absent(field: StructField, codec: Codec): (() => unknown) | undefined {
  if (field.omitZero) return undefined;
  if (field.pointer) return field.optional ? undefined : () => null;
  if (!field.optional) return codec.zero;
  // omitempty does nothing for a struct: those are printed even when nothing is in them.
  const { type } = field;
  const isStruct =
    typeof type === 'string' ? ['time', 'microTime', 'quantity', 'intOrString', 'any', 'duration'].includes(type) : 'ref' in type || 'custom' in type;
  return isStruct ? codec.zero : undefined;
}

/** Reads a value in a decoding of its own: what is wrong in it ends the outer one too. */
function readInner(codec: Codec, value: unknown, walk: Walk): unknown {
  const { error, unknownFields, holder } = walk;
  walk.error = undefined;
  walk.unknownFields = undefined;
  walk.holder ??= walk.struct;
  const read = codec.read(value, walk);
  if (walk.error) throw walk.error;
  walk.error = error;
  walk.unknownFields = unknownFields;
  if (holder === undefined) delete walk.holder;
  return read;
}

/** A decoder of these types. Each is compiled once, when it is first needed. */
export function structDecoder(types: StructTypes): DecodeStruct {
  const structs = new Map<string, Codec>();

  function codecOf(type: FieldType, goType?: string): Codec {
    if (typeof type === 'string') return scalars[type](goType ?? goScalars[type] ?? type);
    if ('ref' in type) return structCodec(type.ref);
    if ('custom' in type) return customCodec(type.custom);
    // A named list or map does not say what it holds; the data does.
    const heldGo = goType && /^(?:\[\]|map\[[^\]]*\])(.+)$/.exec(goType)?.[1];
    return 'list' in type ? listCodec(codecOf(type.list, heldGo), goType) : mapCodec(codecOf(type.map, heldGo), !isLeaf(type.map), goType);
  }

  function customCodec(name: string): Codec {
    const custom = types.custom?.[name];
    if (!custom) throw new Error(`no custom type ${name}`);
    return {
      go: custom.go,
      read: (value, walk) => custom.read(value, (type, part) => readInner(codecOf(type), part, walk)),
      zero: () => custom.zero(),
      isEmpty: never,
    };
  }

  /** The codec of a struct; compiled at its first use, since types refer to each other in circles. */
  function structCodec(typeName: string): Codec {
    let codec = structs.get(typeName);
    if (!codec) {
      let compiled: Codec | undefined;
      const lazily = (): Codec => {
        compiled ??= compileStruct(typeName);
        return compiled;
      };
      codec = { go: goTypeName(typeName), read: (value, walk) => lazily().read(value, walk), zero: () => lazily().zero(), isEmpty: never };
      structs.set(typeName, codec);
    }
    return codec;
  }

  function compileStruct(typeName: string): Codec {
    const fields = types.fields(typeName);
    const codecs = fields.map((field) => codecOf(field.type, field.go));
    const absents = fields.map((field, at) => absent(field, codecs[at]!));
    const indexes = new Map(fields.map(({ name }, at) => [name, at]));
    const struct = goNameOf(typeName);
    const go = goTypeName(typeName);

    const print = (values: readonly unknown[]): JsonObject => {
      const out: JsonObject = {};
      for (let at = 0; at < fields.length; at++) {
        const { name, optional, pointer } = fields[at]!;
        const value = values[at];
        if (value === undefined) {
          const zero = absents[at];
          if (zero) out[name] = zero();
        } else if (!optional || pointer || !codecs[at]!.isEmpty(value)) out[name] = value;
      }
      return out;
    };

    return {
      go,
      read: (value, walk) => {
        if (!isRecord(value)) return refuse(value, go, walk);
        const outer = walk.struct;
        walk.struct = struct;
        const values: unknown[] = new Array(fields.length);
        // In the order of the input, so that of two errors the one that Go meets first is told.
        for (const name in value) {
          const at = indexes.get(name);
          if (at === undefined) {
            walk.unknownFields?.push(unknownPath(walk, name));
            continue;
          }
          const given = value[name];
          if (given === null || given === undefined) continue;
          walk.path.push(name);
          walk.fields.push(fields[at]!);
          values[at] = codecs[at]!.read(given, walk);
          walk.path.pop();
          walk.fields.pop();
        }
        walk.struct = outer;
        return print(values);
      },
      zero: () => print([]),
      isEmpty: never,
    };
  }

  return (typeName, value, path = '') => {
    const unknownFields: string[] = [];
    const walk: Walk = { path: path === '' ? [] : [path], fields: [], struct: '', unknownFields };
    const object = structCodec(typeName).read(value, walk) as JsonObject;
    if (walk.error) throw walk.error;
    return { object, unknownFields };
  };
}
