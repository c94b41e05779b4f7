/** Types of CEL from schemas, with how large their values may be. */
import { byteLength } from '@apiserver-kit/machinery';
import type { StructuralSchema } from '@apiserver-kit/schema';
import type { TypeProvider } from '../checker/type-provider.js';
import type { SizeOfPath } from '../cost/estimate.js';
import * as types from '../types/type.js';
import { type Type, listOf, mapOf, struct } from '../types/type.js';
import { escapeName } from './escaping.js';
import { withObjectMeta } from './object-meta.js';

/** The type of the values of a schema. */
export interface DeclaredType {
  readonly type: Type;
  /** Of objects, by their identifiers. */
  readonly fields?: ReadonlyMap<string, DeclaredType>;
  /** Of lists and maps. */
  readonly element?: DeclaredType;
  readonly isMap?: boolean;
  /** The most elements, entries or bytes that a value may have. */
  readonly maxElements: number;
  /** The fewest bytes that a value takes as JSON. */
  readonly minSize: number;
}

/** The largest request that a server reads. */
export const maxRequestBytes = 3 << 20;
const maxTextBytes = maxRequestBytes - 2;

const simple = (type: Type, minSize: number, maxElements = 0): DeclaredType => ({ type, minSize, maxElements });
/** The keys of maps. */
const keyType = simple(types.string, 2);
const notNegative = (value: number): number => Math.max(value, 0);

const formats: Readonly<Record<string, (schema: StructuralSchema) => DeclaredType>> = {
  byte: ({ maxLength }) => simple(types.bytes, 2, maxLength === undefined ? maxTextBytes : notNegative(maxLength)),
  duration: () => simple(types.duration, 3, 32),
  date: () => simple(types.timestamp, 12, 12),
  'date-time': () => simple(types.timestamp, 21, 32),
};

function declareText(schema: StructuralSchema): DeclaredType {
  const { format, maxLength, enum: values } = schema;
  const formatted = format !== undefined && Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (formatted) return formatted(schema);
  if (maxLength !== undefined) return simple(types.string, 2, notNegative(maxLength) * 4);
  if (!values?.length) return simple(types.string, 2, maxTextBytes);
  return simple(types.string, 2, Math.max(0, ...values.map((value) => (typeof value === 'string' ? byteLength(value) : 0))));
}

/**
 * The type of the schema's values; undefined where it has none, as with values of any type.
 * Object types are named by where they are, from the name on.
 */
export function declareType(given: StructuralSchema, isRoot: boolean, name: string): DeclaredType | undefined {
  if (given.intOrString) return simple(types.dyn, 1, given.maxLength === undefined ? maxTextBytes : notNegative(given.maxLength) * 4);
  const schema = isRoot ? withObjectMeta(given) : given;
  switch (schema.type) {
    case 'array':
      return declareList(schema, name);
    case 'object':
      return typeof schema.additionalProperties === 'object' ? declareMap(schema, schema.additionalProperties, name) : declareObject(schema, name);
    case 'string':
      return declareText(schema);
    case 'boolean':
      return simple(types.bool, 4);
    case 'number':
      return simple(types.double, 1);
    case 'integer':
      return simple(types.int, 1);
    default:
      return undefined;
  }
}

const declareWithin = (schema: StructuralSchema, name: string): DeclaredType | undefined => declareType(schema, schema.embeddedResource === true, name);

function declareList({ items, maxItems }: StructuralSchema, name: string): DeclaredType | undefined {
  const element = items && declareWithin(items, `${name}.@idx`);
  if (!element) return undefined;
  const maxElements = maxItems === undefined ? Math.floor((maxRequestBytes - 2) / (element.minSize + 1)) : notNegative(maxItems);
  return { type: listOf(element.type), element, maxElements, minSize: 2 };
}

function declareMap({ maxProperties }: StructuralSchema, values: StructuralSchema, name: string): DeclaredType | undefined {
  const element = declareWithin(values, `${name}.@elem`);
  if (!element) return undefined;
  // Of an entry there are at least the quotes of its name, one character, a colon, a comma.
  const maxElements = maxProperties === undefined ? Math.floor((maxRequestBytes - 2) / (element.minSize + 6)) : notNegative(maxProperties);
  return { type: mapOf(types.string, element.type), element, isMap: true, maxElements, minSize: 2 };
}

function declareObject({ properties, required }: StructuralSchema, name: string): DeclaredType {
  const fields = new Map<string, DeclaredType>();
  let minSize = 2;
  for (const [property, schema] of properties ?? []) {
    const identifier = escapeName(property);
    const field = declareWithin(schema, `${name}.${identifier ?? property}`);
    if (!field) continue;
    if (identifier !== undefined) fields.set(identifier, field);
    if (required?.includes(property) && schema.default === undefined) minSize += byteLength(property) + field.minSize + 4;
  }
  return { type: struct(name), fields, maxElements: 0, minSize };
}

/** The fields of all object types within. */
export function typesWithin(root: DeclaredType): TypeProvider {
  const structs = new Map<string, DeclaredType>();
  const collect = (declared: DeclaredType): void => {
    if (declared.fields) structs.set(declared.type.name, declared);
    for (const field of declared.fields?.values() ?? []) collect(field);
    if (declared.element) collect(declared.element);
  };
  collect(root);
  return {
    findStruct: (name) => structs.get(name)?.type,
    findField: (name, field) => structs.get(name)?.fields?.get(field)?.type,
  };
}

/** How large the values at paths are that start at a variable of the type. */
export const sizesWithin =
  (root: DeclaredType): SizeOfPath =>
  (path) => {
    let at: DeclaredType | undefined = root;
    for (const step of path.slice(1)) {
      if (step === '@items' || step === '@values') at = at.element;
      else if (step === '@keys') at = at.isMap ? keyType : undefined;
      else at = at.fields?.get(step);
      if (!at) return undefined;
    }
    return at.maxElements;
  };
