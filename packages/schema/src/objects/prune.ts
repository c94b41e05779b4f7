/** Removing what a schema does not specify (apiextensions-apiserver/pkg/apiserver/schema/pruning). */
import { isRecord } from '@apiserver-kit/machinery';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';

export interface PruneOptions {
  /** The object has apiVersion, kind and metadata, whatever the schema says. Default: false. */
  readonly isResourceRoot?: boolean;
  /** Whether the paths of what was removed are wanted: they cost text per field. Default: false. */
  readonly trackUnknown?: boolean;
}

const typeMetaFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);
const none: string[] = [];

/**
 * Removes, in place, the fields that the schema does not specify. The cost is that of a walk over the object, whatever the schema's size.
 * @returns the paths of the removed fields, sorted: `spec.list[0].unknown`; empty unless they are tracked.
 */
export function prune(object: unknown, schema: StructuralSchema | undefined, { isResourceRoot = false, trackUnknown = false }: PruneOptions = {}): string[] {
  const unknown = trackUnknown ? [] : undefined;
  if (isResourceRoot && schema === undefined) {
    if (isRecord(object)) for (const name in object) if (!typeMetaFields.has(name)) remove(object, name, '', unknown);
  } else pruneNode(object, schema, isResourceRoot, '', unknown);
  return unknown?.sort() ?? none;
}

type Unknown = string[] | undefined;

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function remove(object: Record<string, unknown>, name: string, path: string, unknown: Unknown): void {
  unknown?.push(join(path, name));
  delete object[name];
}

function pruneNode(value: unknown, schema: StructuralSchema | undefined, isObjectRoot: boolean, path: string, unknown: Unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (schema?.preserveUnknownFields) {
    keepUnknown(value, schema, isObjectRoot, path, unknown);
    return;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) pruneNode(value[i], schema?.items, false, unknown ? `${path}[${i}]` : '', unknown);
    return;
  }
  const object = value as Record<string, unknown>;
  for (const name in object) {
    if (schema === undefined) {
      remove(object, name, path, unknown);
      continue;
    }
    if ((isObjectRoot || schema.embeddedResource) && typeMetaFields.has(name)) continue;
    const property = schema.properties?.get(name);
    if (property !== undefined) pruneNode(object[name], property, false, unknown ? join(path, name) : '', unknown);
    else if (schema.additionalProperties !== undefined) pruneNode(object[name], valueSchema(schema), false, unknown ? join(path, name) : '', unknown);
    // What stands at the root of every object is removed, but is never called unknown.
    else remove(object, name, path, path === '' && typeMetaFields.has(name) ? undefined : unknown);
  }
}

/** Below a node that preserves unknown fields: only what is specified again is pruned. */
function keepUnknown(value: unknown, schema: StructuralSchema | undefined, isObjectRoot: boolean, path: string, unknown: Unknown): void {
  if (schema === undefined || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) keepUnknown(value[i], schema.items, false, unknown ? `${path}[${i}]` : '', unknown);
    return;
  }
  if (schema.properties === undefined && schema.additionalProperties === undefined) return;
  const object = value as Record<string, unknown>;
  for (const name in object) {
    if ((isObjectRoot || schema.embeddedResource) && typeMetaFields.has(name)) continue;
    const property = schema.properties?.get(name);
    if (property !== undefined) pruneNode(object[name], property, false, unknown ? join(path, name) : '', unknown);
    else if (schema.additionalProperties !== undefined) pruneNode(object[name], valueSchema(schema), false, unknown ? join(path, name) : '', unknown);
  }
}
