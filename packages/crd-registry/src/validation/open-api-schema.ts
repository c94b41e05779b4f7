/** What a schema may say, node by node (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, forbiddenField, index, invalidValue, key, notSupported } from '@apiserver-kit/machinery';
import type { JSONSchemaProps } from '@apiserver-kit/schema';
import { openAPITypes } from './each-schema.js';
import { type ListTypeOptions, validateListTypeSettings } from './list-types.js';
import { validateRuleSettings } from './rule-settings.js';

export interface SchemaNodeRules extends ListTypeOptions {
  readonly requireKnownTypes: boolean;
}

/** Where a node stands. */
interface Place {
  readonly isRoot: boolean;
  /** Within the apiVersion, kind or metadata of an object. */
  readonly isInMeta: boolean;
  /** Set where defaults are forbidden: why. */
  readonly noDefaults: string | undefined;
}

const metaFields: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion']);

/** What is wrong with the nodes of a schema. Whether it is structural is asked elsewhere. */
export function validateOpenAPISchema(schema: JSONSchemaProps, path: string, rules: SchemaNodeRules): FieldError[] {
  const errors: FieldError[] = [];
  visit(schema, path, { isRoot: true, isInMeta: false, noDefaults: undefined });
  return errors;

  function visit(node: JSONSchemaProps, at: string, place: Place): void {
    errors.push(...validateWords(node, at, place, rules));
    if (node.uniqueItems)
      errors.push(forbiddenField(child(at, 'uniqueItems'), 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'));
    const below: Place = { ...place, isRoot: false };
    visitMapValues(node, at, below);
    for (const [name, property] of Object.entries(node.properties ?? {})) {
      const isMeta = (place.isRoot || node['x-kubernetes-embedded-resource'] === true) && metaFields.has(name);
      visit(property, key(child(at, 'properties'), name), {
        isRoot: false,
        isInMeta: place.isInMeta || isMeta,
        noDefaults: isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults,
      });
    }
    if (node.not != null) visit(node.not, child(at, 'not'), below);
    for (const junctor of ['allOf', 'oneOf', 'anyOf'] as const)
      for (const [i, clause] of (node[junctor] ?? []).entries()) visit(clause, index(child(at, junctor), i), below);
    for (const [name, definition] of Object.entries(node.definitions ?? {})) visit(definition, key(child(at, 'definitions'), name), below);
    if (Array.isArray(node.items)) for (const [i, item] of node.items.entries()) visit(item, index(child(at, 'items'), i), below);
    else if (node.items != null) visit(node.items, child(at, 'items'), below);
    for (const [name, dependency] of Object.entries(node.dependencies ?? {}))
      if (!Array.isArray(dependency)) visit(dependency, key(child(at, 'dependencies'), name), below);
    if (node['x-kubernetes-preserve-unknown-fields'] === false)
      errors.push(invalidValue(child(at, 'x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'));
    errors.push(...validateListTypeSettings(node, at, rules), ...validateRuleSettings(node, at));
  }

  /** An object is a struct with properties, or a map with values. */
  function visitMapValues({ additionalProperties, properties }: JSONSchemaProps, at: string, below: Place): void {
    if (additionalProperties == null) return;
    const hasProperties = Object.keys(properties ?? {}).length > 0;
    if (hasProperties && additionalProperties !== true)
      errors.push(forbiddenField(child(at, 'additionalProperties'), 'additionalProperties and properties are mutual exclusive'));
    if (typeof additionalProperties !== 'object') return;
    const noDefaults = below.isInMeta ? 'inside additionalProperties applying to object metadata' : below.noDefaults;
    visit(additionalProperties, child(at, 'additionalProperties'), { ...below, noDefaults });
  }
}

const unsupportedIfSet = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;
/** Of these, what is empty counts as not set. */
const mayBeEmpty: ReadonlySet<string> = new Set(['id', 'patternProperties', 'definitions']);

/** The words of OpenAPI and JSON schema that a CRD may not use. */
function validateWords(node: JSONSchemaProps, path: string, { isInMeta, noDefaults }: Place, { requireKnownTypes }: SchemaNodeRules): FieldError[] {
  const errors: FieldError[] = [];
  const { type } = node;
  if (requireKnownTypes && type && !openAPITypes.includes(type)) errors.push(notSupported(child(path, 'type'), type, openAPITypes));
  if (node.default != null && noDefaults !== undefined) errors.push(forbiddenField(child(path, 'default'), `must not be set ${noDefaults}`));
  for (const word of unsupportedIfSet) {
    const value = node[word];
    const isEmpty = value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
    if (value != null && !(isEmpty && mayBeEmpty.has(word))) errors.push(forbiddenField(child(path, word), `${word} is not supported`));
  }
  if (type === 'null') errors.push(forbiddenField(child(path, 'type'), 'type cannot be set to null, use nullable as an alternative'));
  if (Array.isArray(node.items) && node.items.length > 0) errors.push(forbiddenField(child(path, 'items'), 'items must be a schema object and not an array'));
  if (isInMeta && node['x-kubernetes-embedded-resource'])
    errors.push(forbiddenField(child(path, 'x-kubernetes-embedded-resource'), 'must not be used inside of resource meta'));
  return errors;
}
