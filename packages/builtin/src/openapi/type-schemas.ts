/** Schemas of the types in the type data. */
import { type FieldType, isAtomicType, type ScalarType, type TypeField, typeFields } from '../types/type-data.js';
import { fieldDescription, typeDescription } from './descriptions.js';
import { type Dialect, metaName, type OpenApiSchema, refProperty, refTo, schemaName } from './schema.js';

const inlineScalars: Partial<Record<ScalarType, OpenApiSchema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
};

const scalarRefs: Partial<Record<ScalarType, string>> = {
  time: metaName('Time'),
  microTime: metaName('MicroTime'),
  duration: metaName('Duration'),
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  any: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
};

const isInline = (type: FieldType): type is ScalarType => typeof type === 'string' && type in inlineScalars;

/** The name of the schema that a type refers to, if it does. */
function refName(type: FieldType, go?: string): string | undefined {
  if (typeof type === 'string') return go === 'v1.FieldsV1' ? metaName('FieldsV1') : scalarRefs[type];
  return 'ref' in type ? schemaName(type.ref) : undefined;
}

function bare(type: FieldType, dialect: Dialect): OpenApiSchema {
  const name = refName(type);
  if (name !== undefined) return refTo(name, dialect);
  if (typeof type === 'string') return inlineScalars[type]!;
  if ('list' in type) return { type: 'array', items: bare(type.list, dialect) };
  return { type: 'object', additionalProperties: bare((type as { map: FieldType }).map, dialect) };
}

const zeros: Partial<Record<ScalarType, unknown>> = { string: '', boolean: false, int32: 0, int64: 0, double: 0 };

/** Only OpenAPI 3 tells defaults: those the type declares, and the zeros that Go prints for fields it never leaves out. */
function defaultOf({ type, optional, pointer, default: declared }: TypeField): { default?: unknown } {
  if (declared !== undefined) return { default: declared };
  if (pointer) return {};
  if (typeof type !== 'string') return 'ref' in type ? { default: {} } : {};
  return !optional && type in zeros ? { default: zeros[type] } : {};
}

function property(field: TypeField, dialect: Dialect): OpenApiSchema {
  const beside: OpenApiSchema = {
    ...(dialect === 'v3' ? defaultOf(field) : {}),
    ...(field.listType ? { 'x-kubernetes-list-type': field.listType } : {}),
    ...(field.listMapKeys ? { 'x-kubernetes-list-map-keys': field.listMapKeys } : {}),
    ...(field.mapType ? { 'x-kubernetes-map-type': field.mapType } : {}),
    ...(field.patchMergeKey ? { 'x-kubernetes-patch-merge-key': field.patchMergeKey } : {}),
    ...(field.patchStrategy ? { 'x-kubernetes-patch-strategy': field.patchStrategy } : {}),
  };
  const name = isInline(field.type) ? undefined : refName(field.type, field.go);
  return name === undefined ? { ...bare(field.type, dialect), ...beside } : refProperty(name, dialect, beside);
}

/** The schema of a struct type. */
export function typeSchema(typeName: string, dialect: Dialect): OpenApiSchema {
  const fields = [...typeFields(typeName)].sort((a, b) => (a.name < b.name ? -1 : 1));
  const required = typeFields(typeName).flatMap((field) => (field.required ? field.name : []));
  const properties: Record<string, OpenApiSchema> = {};
  for (const field of fields) {
    const description = fieldDescription(typeName, field.name);
    properties[field.name] = { ...(description ? { description } : {}), ...property(field, dialect) };
  }
  const description = typeDescription(typeName);
  return {
    ...(description ? { description } : {}),
    type: 'object',
    ...(fields.length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
    ...(isAtomicType(typeName) ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  };
}
