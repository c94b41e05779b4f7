/** The fields of structs that hold bytes (Go's `[]byte`): base64 text in JSON, bytes in CBOR. */
import { isRecord } from '../object.js';
import { type JsonObject, setMember } from '../member.js';
import type { FieldType, StructTypes } from './struct-types.js';

/** A value of the struct with bytes in place of base64 text. What has none is shared with the value that was given. */
export type WithBinaryFields = (typeName: string, value: unknown) => unknown;

/** Makes a function that finds the bytes in values of these types. */
export function structBinaryFields(types: StructTypes): WithBinaryFields {
  const known = new Map<string, boolean>();

  function holdsBytes(type: FieldType): boolean {
    if (typeof type === 'string') return type === 'bytes';
    if ('list' in type) return holdsBytes(type.list);
    if ('map' in type) return holdsBytes(type.map);
    if ('custom' in type) return false;
    let holds = known.get(type.ref);
    if (holds === undefined) {
      holds = reaches(type.ref);
      known.set(type.ref, holds);
    }
    return holds;
  }

  /** Whether bytes are in a struct or in those that it leads to, which may lead back to it. */
  function reaches(typeName: string): boolean {
    const seen = new Set([typeName]);
    const leadsToBytes = (type: FieldType): boolean => {
      if (typeof type === 'string') return type === 'bytes';
      if ('list' in type) return leadsToBytes(type.list);
      if ('map' in type) return leadsToBytes(type.map);
      if (!('custom' in type)) seen.add(type.ref);
      return false;
    };
    // A set is walked on to what is added to it meanwhile.
    for (const name of seen) if (types.fields(name).some((field) => leadsToBytes(field.type))) return true;
    return false;
  }

  function convert(type: FieldType, value: unknown): unknown {
    if (value === null || value === undefined || !holdsBytes(type)) return value;
    if (typeof type === 'string') return typeof value === 'string' ? Buffer.from(value, 'base64') : value;
    if ('list' in type) return Array.isArray(value) ? value.map((item) => convert(type.list, item)) : value;
    if (!isRecord(value) || 'custom' in type) return value;
    const out: JsonObject = { ...value };
    if ('map' in type) for (const name of Object.keys(value)) setMember(out, name, convert(type.map, value[name]));
    else for (const field of types.fields(type.ref)) if (Object.hasOwn(value, field.name)) out[field.name] = convert(field.type, value[field.name]);
    return out;
  }

  return (typeName, value) => convert({ ref: typeName }, value);
}
