/** What makes a schema structural (apiextensions-apiserver/pkg/apiserver/schema/validation.go). */
import { type FieldError, child, forbiddenField, index, invalidValue, key, required } from '@apiserver-kit/machinery';
import { regexpError } from '../regexp.js';
import { isIntOrStringAllOf, isIntOrStringAnyOf } from './int-or-string.js';
import { type StructuralSchema, setFields } from './structural-schema.js';

/** Where a node stands: the sentences differ. */
type Level = 'root' | 'item' | 'field';

const missingType: Record<Level, string> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

const propertyPath = (path: string, name: string): string => key(child(path, 'properties'), name);

/** Whether every node has a type, junctors only validate values, and nothing but names is said about metadata. In no particular order. */
export function invariantErrors(schema: StructuralSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkNode(schema, 'root', path, errors);
  return errors;
}

function checkNode(schema: StructuralSchema, level: Level, path: string, errors: FieldError[]): void {
  const { type, items, properties, additionalProperties } = schema;
  if (type === 'array' && !items) errors.push(required(child(path, 'items'), 'must be specified'));
  if (items) checkNode(items, 'item', child(path, 'items'), errors);
  for (const [name, property] of properties ?? []) checkNode(property, 'field', propertyPath(path, name), errors);
  if (additionalProperties !== undefined) {
    if (level === 'root') errors.push(forbiddenField(child(path, 'additionalProperties'), 'must not be used at the root'));
    if (typeof additionalProperties === 'object') checkNode(additionalProperties, 'field', child(path, 'additionalProperties'), errors);
  }
  checkIntOrString(schema, path, errors);
  checkValidation(schema, { skipAnyOf: isIntOrStringAnyOf(schema), skipFirstAllOf: isIntOrStringAllOf(schema) }, path, errors);
  checkType(schema, level, path, errors);
  if (schema.embeddedResource && additionalProperties !== undefined)
    errors.push(forbiddenField(child(path, 'additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set'));
  checkTypeMeta(schema, level, path, errors);
  if (schema.embeddedResource && !schema.preserveUnknownFields && !properties)
    errors.push(
      required(child(path, 'properties'), 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'),
    );
}

function checkIntOrString({ intOrString, preserveUnknownFields, embeddedResource }: StructuralSchema, path: string, errors: FieldError[]): void {
  if (!intOrString) return;
  const mustBeFalse = (field: string): void => {
    errors.push(invalidValue(child(path, field), true, 'must be false if x-kubernetes-int-or-string is true'));
  };
  if (preserveUnknownFields) mustBeFalse('x-kubernetes-preserve-unknown-fields');
  if (embeddedResource) mustBeFalse('x-kubernetes-embedded-resource');
}

function checkType({ type, embeddedResource, intOrString, preserveUnknownFields }: StructuralSchema, level: Level, path: string, errors: FieldError[]): void {
  const at = child(path, 'type');
  if (embeddedResource && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === undefined ? required(at, detail) : invalidValue(at, type, detail));
  } else if (type === undefined && !intOrString && !preserveUnknownFields) errors.push(required(at, missingType[level]));
  if (level === 'root' && type !== undefined && type !== 'object') errors.push(invalidValue(at, type, 'must be object at the root'));
}

/** The metadata of an object is the server's business: a schema may only restrict its name. */
function checkTypeMeta({ properties, embeddedResource }: StructuralSchema, level: Level, path: string, errors: FieldError[]): void {
  const isObject = level === 'root' || embeddedResource === true;
  for (const name of ['kind', 'apiVersion']) {
    const property = properties?.get(name);
    if (isObject && property && property.type !== 'string')
      errors.push(invalidValue(child(propertyPath(path, name), 'type'), property.type ?? '', 'must be string'));
  }
  const metadata = properties?.get('metadata');
  if (!metadata) return;
  const at = propertyPath(path, 'metadata');
  if (isObject && metadata.type !== 'object') errors.push(invalidValue(child(at, 'type'), metadata.type ?? '', 'must be object'));
  if (level === 'root' && !restrictsOnlyNames(metadata))
    errors.push(forbiddenField(at, 'must not specify anything other than name and generateName, but metadata is implicitly specified'));
}

const names = new Set(['name', 'generateName']);
function restrictsOnlyNames(metadata: StructuralSchema): boolean {
  for (const field of setFields(metadata)) {
    if (field === 'type' || field === 'default') continue;
    if (field !== 'properties') return false;
    for (const name of metadata.properties!.keys()) if (!names.has(name)) return false;
  }
  return true;
}

interface JunctorRules {
  /** `type` is allowed there: one of the int-or-string forms. */
  readonly skipAnyOf: boolean;
  readonly skipFirstAllOf: boolean;
}

function checkValidation(schema: StructuralSchema, { skipAnyOf, skipFirstAllOf }: JunctorRules, path: string, errors: FieldError[]): void {
  const { anyOf = [], allOf = [], oneOf = [] } = schema;
  const at = (junctor: string, i: number): string => index(child(path, junctor), i);
  if (!skipAnyOf) for (const [i, clause] of anyOf.entries()) checkNested(clause, false, at('anyOf', i), errors);
  for (const [i, clause] of allOf.entries()) checkNested(clause, skipFirstAllOf && i === 0, at('allOf', i), errors);
  for (const [i, clause] of oneOf.entries()) checkNested(clause, false, at('oneOf', i), errors);
  if (schema.not) checkNested(schema.not, false, child(path, 'not'), errors);
  if (schema.pattern) {
    const problem = regexpError(schema.pattern);
    if (problem !== undefined) errors.push(invalidValue(child(path, 'pattern'), schema.pattern, `must be a valid regular expression, but isn't: ${problem}`));
  }
}

/** What may not stand under a junctor, by field; each with the word for its absence. */
const forbiddenInJunctors: readonly (readonly [field: keyof StructuralSchema, name: string, absence: 'empty' | 'undefined' | 'false'])[] = [
  ['type', 'type', 'empty'],
  ['additionalProperties', 'additionalProperties', 'undefined'],
  ['default', 'default', 'undefined'],
  ['title', 'title', 'empty'],
  ['description', 'description', 'empty'],
  ['nullable', 'nullable', 'false'],
  ['preserveUnknownFields', 'x-kubernetes-preserve-unknown-fields', 'false'],
  ['embeddedResource', 'x-kubernetes-embedded-resource', 'false'],
  ['intOrString', 'x-kubernetes-int-or-string', 'false'],
  ['listMapKeys', 'x-kubernetes-list-map-keys', 'empty'],
  ['listType', 'x-kubernetes-list-type', 'undefined'],
  ['mapType', 'x-kubernetes-map-type', 'undefined'],
  ['validations', 'x-kubernetes-validations', 'empty'],
];

function checkNested(schema: StructuralSchema, skipAnyOf: boolean, path: string, errors: FieldError[]): void {
  checkValidation(schema, { skipAnyOf, skipFirstAllOf: false }, path, errors);
  if (schema.items) checkNested(schema.items, false, child(path, 'items'), errors);
  for (const [name, property] of schema.properties ?? []) checkNested(property, false, propertyPath(path, name), errors);
  for (const [field, name, absence] of forbiddenInJunctors) {
    const value = schema[field];
    // `additionalProperties: false` restricts nothing that pruning does not remove already.
    if (value !== undefined && !(field === 'additionalProperties' && value === false))
      errors.push(forbiddenField(child(path, name), `must be ${absence} to be structural`));
  }
  if (schema.properties?.has('metadata')) errors.push(forbiddenField(propertyPath(path, 'metadata'), 'must not be specified in a nested context'));
}
