/** Whether embedded objects are objects (apiextensions-apiserver/pkg/apiserver/schema/objectmeta/validation.go). */
import {
  type FieldError,
  child,
  dns1035Label,
  index,
  invalidValue,
  key,
  parseApiVersion,
  pathSegmentName,
  required,
  validateObjectMeta,
} from '@apiserver-kit/machinery';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';
import { sortedMembers } from '../validation/go-values.js';
import { hasEmbeddedResources } from './embedded-schemas.js';
import { decodeObjectMeta } from './object-meta.js';

export interface ValidateEmbeddedOptions {
  /** The object itself is checked too. Default: false. */
  readonly isResourceRoot?: boolean;
  /** Where the object stands. Default: the root. */
  readonly path?: string;
}

/** What is wrong with the apiVersion, kind and metadata of the embedded objects. */
export function validateEmbedded(object: unknown, schema: StructuralSchema, { isResourceRoot = false, path = '' }: ValidateEmbeddedOptions = {}): FieldError[] {
  const errors: FieldError[] = [];
  validateNode(object, schema, isResourceRoot, path, errors);
  return errors;
}

function validateNode(value: unknown, schema: StructuralSchema | undefined, isObjectRoot: boolean, path: string, errors: FieldError[]): void {
  if (schema === undefined || typeof value !== 'object' || value === null) return;
  const isEmbedded = isObjectRoot || schema.embeddedResource === true;
  if (!isEmbedded && !hasEmbeddedResources(schema)) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) validateNode(value[i], schema.items, false, index(path, i), errors);
    return;
  }
  const object = value as Record<string, unknown>;
  if (isEmbedded) validateObject(object, path, errors);
  const values = valueSchema(schema);
  for (const name in object) {
    const property = schema.properties?.get(name);
    if (property !== undefined) validateNode(object[name], property, false, child(path, name), errors);
    else if (values !== undefined) validateNode(object[name], values, false, key(path, name), errors);
  }
}

function validateObject(object: Record<string, unknown>, path: string, errors: FieldError[]): void {
  validateText(object, 'apiVersion', path, errors, (apiVersion) =>
    parseApiVersion(apiVersion) === undefined ? `unexpected GroupVersion string: ${apiVersion}` : undefined,
  );
  validateText(object, 'kind', path, errors, (kind) => {
    const messages = dns1035Label(kind.toLowerCase());
    return messages.length === 0 ? undefined : `may have mixed case, but should otherwise match: ${messages.join(',')}`;
  });
  if (!Object.hasOwn(object, 'metadata')) return;
  const at = child(path, 'metadata');
  try {
    const meta = decodeObjectMeta(object.metadata, { dropInvalid: false });
    // An embedded object may do without a name.
    errors.push(...validateObjectMeta({ ...meta, name: meta.name || 'fakename' }, { namespaced: !!meta.namespace, nameRule: pathSegmentName, path: at }));
  } catch (error) {
    errors.push(invalidValue(at, sortedMembers(object.metadata), (error as Error).message));
  }
}

type TextCheck = (text: string) => string | undefined;

function validateText(object: Record<string, unknown>, name: string, path: string, errors: FieldError[], check: TextCheck): void {
  const at = child(path, name);
  if (!Object.hasOwn(object, name)) {
    errors.push(required(at));
    return;
  }
  const value = object[name];
  const problem = typeof value !== 'string' ? 'must be a string' : value === '' ? 'must not be empty' : check(value);
  if (problem !== undefined) errors.push(invalidValue(at, sortedMembers(value), problem));
}
