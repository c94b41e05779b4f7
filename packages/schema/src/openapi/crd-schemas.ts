/** The schemas that a CustomResourceDefinition publishes (apiextensions-apiserver/pkg/controller/openapi/builder). */
import { isRecord } from '@apiserver-kit/machinery';
import type { StructuralSchema } from '../structural/structural-schema.js';
import { type OpenAPISchema, toOpenAPIv2, toOpenAPIv3 } from './to-openapi.js';

/** One version of a CRD, as its documents need it. */
export interface PublishedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  /** Absent where the version has none, or one that is not structural: then objects are just objects. */
  readonly schema?: StructuralSchema | undefined;
  /** The CRD's `spec.preserveUnknownFields`. Default: false. */
  readonly preserveUnknownFields?: boolean;
  readonly selectableFields?: readonly { readonly jsonPath: string }[] | undefined;
}

/** Which document the schemas are for: `definitions` of v2, or `components.schemas` of v3. */
export type OpenAPIVersion = 'v2' | 'v3';

const conventions = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
const apiVersionText = `defines the versioned schema of this representation of an object.`;
const typeMeta = {
  apiVersion: {
    description: `APIVersion ${apiVersionText} Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: ${conventions}#resources`,
    type: 'string',
  },
  kind: {
    description: `Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${conventions}#types-kinds`,
    type: 'string',
  },
};
const embeddedTypeMeta = {
  apiVersion: { description: `apiVersion ${apiVersionText} More info: ${conventions}#resources`, type: 'string' },
  kind: {
    description: `kind is a string value representing the type of this object. In CamelCase. More info: ${conventions}#types-kinds`,
    type: 'string',
  },
};
const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** `com.example.v1.Widget`: what a custom resource's schema is called. */
export const schemaName = (group: string, version: string, kind: string): string => `${group.split('.').reverse().join('.')}.${version}.${kind}`;

/** The schemas of a resource's objects and lists, by name. They refer to `io.k8s.apimachinery.pkg.apis.meta.v1` ObjectMeta and ListMeta. */
export function crdOpenAPISchemas(resource: PublishedResource, openAPI: OpenAPIVersion): Record<string, OpenAPISchema> {
  const { group, version, kind, listKind } = resource;
  return {
    [schemaName(group, version, kind)]: objectSchema(resource, openAPI),
    [schemaName(group, version, listKind)]: listSchema(resource, openAPI),
  };
}

const refTo = (name: string, openAPI: OpenAPIVersion): OpenAPISchema => ({ $ref: `${openAPI === 'v2' ? '#/definitions/' : '#/components/schemas/'}${name}` });

/** v3 does not allow anything beside `$ref`. */
function describedRef(name: string, description: string, openAPI: OpenAPIVersion): OpenAPISchema {
  const ref = refTo(name, openAPI);
  return openAPI === 'v2' ? { description, ...ref } : { description, allOf: [ref] };
}

const objectMetaRef = (openAPI: OpenAPIVersion): OpenAPISchema =>
  describedRef(`${metaV1}.ObjectMeta`, `Standard object's metadata. More info: ${conventions}#metadata`, openAPI);

function extensions({ group, version, selectableFields }: PublishedResource, kind: string): OpenAPISchema {
  const out: OpenAPISchema = { 'x-kubernetes-group-version-kind': [{ group, kind, version }] };
  if (selectableFields?.length) out['x-kubernetes-selectable-fields'] = selectableFields.map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, '') }));
  return out;
}

function objectSchema(resource: PublishedResource, openAPI: OpenAPIVersion): OpenAPISchema {
  const { schema, preserveUnknownFields = false, kind } = resource;
  // kubectl forbids whatever has no property, so a schema that keeps unknown fields has none at all in v2.
  const isOpen = schema === undefined || (openAPI === 'v2' && (schema.preserveUnknownFields || preserveUnknownFields));
  if (isOpen) return { type: 'object', ...extensions(resource, kind) };
  const out = openAPI === 'v2' ? toOpenAPIv2(schema) : toOpenAPIv3(schema);
  out.properties = { ...(out.properties as OpenAPISchema | undefined), ...typeMeta, metadata: objectMetaRef(openAPI) };
  addEmbedded(out, openAPI);
  return { ...out, ...extensions(resource, kind) };
}

/** Gives embedded objects the properties that all objects have. */
function addEmbedded(schema: OpenAPISchema, openAPI: OpenAPIVersion): void {
  const { properties, items, additionalProperties } = schema;
  if (isRecord(properties)) for (const property of Object.values(properties)) addEmbedded(property as OpenAPISchema, openAPI);
  if (isRecord(items)) addEmbedded(items, openAPI);
  if (isRecord(additionalProperties)) addEmbedded(additionalProperties, openAPI);
  if (openAPI === 'v2' && schema['x-kubernetes-preserve-unknown-fields']) return;
  if (!schema['x-kubernetes-embedded-resource']) return;
  schema.properties = { ...(properties as OpenAPISchema | undefined), ...embeddedTypeMeta, metadata: objectMetaRef(openAPI) };
  const required = (schema.required as string[] | undefined) ?? [];
  schema.required = [...required, ...['kind', 'apiVersion'].filter((name) => !required.includes(name))];
}

function listSchema(resource: PublishedResource, openAPI: OpenAPIVersion): OpenAPISchema {
  const { group, version, kind, listKind, plural } = resource;
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta,
      items: { description: `List of ${plural}. More info: ${conventions}`, type: 'array', items: refTo(schemaName(group, version, kind), openAPI) },
      metadata: describedRef(`${metaV1}.ListMeta`, `Standard list metadata. More info: ${conventions}#types-kinds`, openAPI),
    },
    ...extensions(resource, listKind),
  };
}
