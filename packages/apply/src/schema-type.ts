/** Types of custom resources, from their structural schemas (k8s.io/kube-openapi/pkg/schemaconv). */
import type { StructuralSchema } from '@apiserver-kit/schema';
import { deduced, type ListMergeType, type MapMergeType, type MergeField, type MergeType, scalars, untypedAtomic } from './merge-type.js';
import { objectMeta } from './object-meta.js';

export interface SchemaTypeOptions {
  /** The CRD's `spec.preserveUnknownFields`: objects may have any field. Default: false. */
  readonly preserveUnknownFields?: boolean;
}

const typeMeta: ReadonlyMap<string, MergeField> = new Map<string, MergeField>([
  ['apiVersion', { type: scalars.string }],
  ['kind', { type: scalars.string }],
  ['metadata', { type: objectMeta }],
]);

/**
 * The merge type of a CRD version, from its structural schema; {@link deduced} where it has none. Make it once per schema: what has been looked
 * up is remembered in it.
 */
export function schemaType(schema: StructuralSchema | undefined, { preserveUnknownFields = false }: SchemaTypeOptions = {}): MergeType {
  return schema ? typeOf(schema, preserveUnknownFields, true) : deduced;
}

function typeOf(schema: StructuralSchema, inherited: boolean, isResource: boolean): MergeType {
  const isOpen = inherited || schema.preserveUnknownFields === true;
  const hasTypeMeta = isResource || schema.embeddedResource === true;
  switch (schema.type) {
    case 'object':
      return { map: mapType(schema, isOpen, hasTypeMeta) };
    case 'array':
      return { list: listType(schema, isOpen) };
    case 'integer':
    case 'number':
      return scalars.numeric;
    case 'boolean':
      return scalars.boolean;
    case 'string':
      return schema.format === undefined || schema.format === 'byte' ? scalars.string : scalars.untyped;
    default:
      return { scalar: 'untyped', list: listType(schema, isOpen), map: mapType(schema, isOpen, hasTypeMeta) };
  }
}

function listType({ listType: kind, listMapKeys, items }: StructuralSchema, isOpen: boolean): ListMergeType {
  let element: MergeType | undefined;
  return {
    isAtomic: kind !== 'set' && kind !== 'map',
    keys: (kind === 'map' && listMapKeys) || [],
    get element() {
      return (element ??= items ? typeOf(items, isOpen, false) : untypedAtomic);
    },
  };
}

function mapType(schema: StructuralSchema, isOpen: boolean, hasTypeMeta: boolean): MapMergeType {
  const { properties, additionalProperties } = schema;
  const fields = new Map<string, MergeField>(hasTypeMeta ? typeMeta : []);
  let element: MergeType | undefined;
  const isUndeclared = !hasTypeMeta && !properties?.size;
  const field = (name: string): MergeField | undefined => {
    let known = fields.get(name);
    if (known) return known;
    const property = properties?.get(name);
    if (!property) return undefined;
    fields.set(name, (known = { type: typeOf(property, isOpen, false), default: property.default }));
    return known;
  };
  return {
    isAtomic: schema.mapType === 'atomic',
    field: isUndeclared ? deduced.map!.field : field,
    get element() {
      if (typeof additionalProperties === 'object') return (element ??= typeOf(additionalProperties, isOpen, false));
      const allowsAny = additionalProperties === undefined ? isOpen || isUndeclared : additionalProperties;
      return allowsAny ? deduced : undefined;
    },
  };
}
