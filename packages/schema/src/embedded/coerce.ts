/** Making the metadata of embedded objects metadata (apiextensions-apiserver/pkg/apiserver/schema/objectmeta). */
import { type FieldError, child, index, invalidValue, isRecord, key } from '@apiserver-kit/machinery';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';
import { sortedMembers } from '../validation/go-values.js';
import { hasEmbeddedResources } from './embedded-schemas.js';
import { decodeObjectMeta } from './object-meta.js';

export interface CoerceOptions {
  /** The object itself has apiVersion, kind and metadata, whatever the schema says. Default: false. */
  readonly isResourceRoot?: boolean;
  /** Fields of a wrong type are dropped instead of refused. Default: false. */
  readonly dropInvalid?: boolean;
  /** Whether the paths of dropped fields are wanted. Default: false. */
  readonly trackUnknown?: boolean;
  /** Where the object stands, for the error. Default: the root. */
  readonly path?: string;
}

export interface CoerceResult {
  /** The first field of a wrong type. */
  readonly error?: FieldError;
  /** The paths of the unknown fields that were dropped, sorted. */
  readonly unknown: string[];
}

class Refused extends Error {
  constructor(readonly error: FieldError) {
    super();
  }
}

/** Replaces, in place, the metadata of each embedded object by what of it is an ObjectMeta, and checks that its apiVersion and kind are texts. */
export function coerceEmbedded(
  object: unknown,
  schema: StructuralSchema,
  { isResourceRoot = false, dropInvalid = false, trackUnknown = false, path = '' }: CoerceOptions = {},
): CoerceResult {
  const unknown: string[] = [];
  try {
    coerceNode(object, schema, isResourceRoot, path, { dropInvalid, unknown: trackUnknown ? unknown : undefined });
  } catch (error) {
    if (error instanceof Refused) return { error: error.error, unknown: unknown.sort() };
    throw error;
  }
  return { unknown: unknown.sort() };
}

interface Settings {
  readonly dropInvalid: boolean;
  readonly unknown: string[] | undefined;
}

function coerceNode(value: unknown, schema: StructuralSchema | undefined, isObjectRoot: boolean, path: string, settings: Settings): void {
  if (schema === undefined || typeof value !== 'object' || value === null) return;
  const isEmbedded = isObjectRoot || schema.embeddedResource === true;
  if (!isEmbedded && !hasEmbeddedResources(schema)) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) coerceNode(value[i], schema.items, false, index(path, i), settings);
    return;
  }
  const object = value as Record<string, unknown>;
  // Below, the metadata is looked at as it was sent.
  const { metadata } = object;
  if (isEmbedded) coerceObject(object, path, settings);
  const values = valueSchema(schema);
  for (const name in object) {
    const member = name === 'metadata' ? metadata : object[name];
    const property = schema.properties?.get(name);
    if (property !== undefined) coerceNode(member, property, false, child(path, name), settings);
    else if (values !== undefined) coerceNode(member, values, false, key(path, name), settings);
  }
}

function coerceObject(object: Record<string, unknown>, path: string, { dropInvalid, unknown }: Settings): void {
  for (const name of ['apiVersion', 'kind']) {
    if (!Object.hasOwn(object, name) || typeof object[name] === 'string') continue;
    if (!dropInvalid) throw new Refused(invalidValue(child(path, name), sortedMembers(object[name]), 'must be a string'));
    delete object[name];
  }
  if (!Object.hasOwn(object, 'metadata')) return;
  const at = child(path, 'metadata');
  const { metadata } = object;
  // Metadata that is nothing of the kind stays; whoever validates the object refuses it.
  if (dropInvalid && metadata !== null && !isRecord(metadata)) return;
  try {
    object.metadata = decodeObjectMeta(metadata, { dropInvalid, unknown, path: at });
  } catch (error) {
    throw new Refused(invalidValue(at, sortedMembers(metadata), (error as Error).message));
  }
}
