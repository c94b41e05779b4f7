/** Schemas of the types that every group uses and that the type data does not have: lists' metadata, Status, watch events, discovery. */
import { type Dialect, metaName, type OpenApiSchema, refProperty, refTo } from './schema.js';

const text: OpenApiSchema = { type: 'string' };
const requiredText = (dialect: Dialect): OpenApiSchema => (dialect === 'v3' ? { type: 'string', default: '' } : text);
const texts = (beside: OpenApiSchema = {}): OpenApiSchema => ({ type: 'array', items: text, ...beside });
const int32: OpenApiSchema = { type: 'integer', format: 'int32' };
const atomic: OpenApiSchema = { 'x-kubernetes-list-type': 'atomic' };
const object = (properties: Record<string, OpenApiSchema>, required?: string[]): OpenApiSchema => ({
  type: 'object',
  properties,
  ...(required ? { required } : {}),
});
const emptyByDefault = (dialect: Dialect): OpenApiSchema => (dialect === 'v3' ? { default: {} } : {});

/** By schema name. */
export const metaSchemas: Readonly<Record<string, (dialect: Dialect) => OpenApiSchema>> = {
  [metaName('APIResource')]: (dialect) =>
    object(
      {
        categories: texts(atomic),
        group: text,
        kind: requiredText(dialect),
        name: requiredText(dialect),
        namespaced: dialect === 'v3' ? { type: 'boolean', default: false } : { type: 'boolean' },
        shortNames: texts(atomic),
        singularName: requiredText(dialect),
        storageVersionHash: text,
        verbs: texts(),
        version: text,
      },
      ['name', 'singularName', 'namespaced', 'kind', 'verbs'],
    ),
  [metaName('APIResourceList')]: (dialect) =>
    object(
      {
        apiVersion: text,
        groupVersion: requiredText(dialect),
        kind: text,
        resources: { type: 'array', items: refTo(metaName('APIResource'), dialect), ...atomic },
      },
      ['groupVersion', 'resources'],
    ),
  [metaName('FieldsV1')]: () => ({ type: 'object' }),
  [metaName('ListMeta')]: (dialect) =>
    object({
      continue: text,
      remainingItemCount: { type: 'integer', format: 'int64' },
      resourceVersion: text,
      selfLink: text,
      shardInfo: refProperty(metaName('ShardInfo'), dialect, {}),
    }),
  [metaName('MicroTime')]: () => ({ type: 'string', format: 'date-time' }),
  [metaName('Patch')]: () => ({ type: 'object' }),
  [metaName('ShardInfo')]: (dialect) => object({ selector: requiredText(dialect) }, ['selector']),
  [metaName('Status')]: (dialect) =>
    object({
      apiVersion: text,
      code: int32,
      details: refProperty(metaName('StatusDetails'), dialect, {}),
      kind: text,
      message: text,
      metadata: refProperty(metaName('ListMeta'), dialect, emptyByDefault(dialect)),
      reason: text,
      status: text,
    }),
  [metaName('StatusCause')]: () => object({ field: text, message: text, reason: text }),
  [metaName('StatusDetails')]: (dialect) =>
    object({
      causes: { type: 'array', items: refTo(metaName('StatusCause'), dialect), ...atomic },
      group: text,
      kind: text,
      name: text,
      retryAfterSeconds: int32,
      uid: text,
    }),
  [metaName('Time')]: () => ({ type: 'string', format: 'date-time' }),
  [metaName('WatchEvent')]: (dialect) =>
    object({ object: refProperty('io.k8s.apimachinery.pkg.runtime.RawExtension', dialect, {}), type: requiredText(dialect) }, ['type', 'object']),
  'io.k8s.apimachinery.pkg.api.resource.Quantity': (dialect) => (dialect === 'v2' ? text : { oneOf: [{ type: 'string' }, { type: 'number' }] }),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': () => ({ type: 'object' }),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': (dialect) =>
    dialect === 'v2' ? { type: 'string', format: 'int-or-string' } : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
};
