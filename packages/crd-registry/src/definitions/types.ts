/** The Go structs of CustomResourceDefinitions and of Scale, as data: how the reference reads and prints them (apiextensions-apiserver/pkg/apis/apiextensions/v1). */
import {
  type CustomType,
  DecodeError,
  type FieldType,
  objectMetaStructs,
  optionalFields as optional,
  pointerFields as pointers,
  structDecoder,
  structField as field,
  type StructField,
  structPatchMeta,
  type StructTypes,
} from '@apiserver-kit/machinery/structs';

const listOf = (type: FieldType): FieldType => ({ list: type });
const ref = (name: string): FieldType => ({ ref: `apiextensions.v1.${name}` });
const schema = ref('JSONSchemaProps');
const meta = 'meta.v1';

const definition: Record<string, readonly StructField[]> = {
  CustomResourceDefinition: [
    ...optional('string', 'kind', 'apiVersion'),
    field('metadata', { ref: `${meta}.ObjectMeta` }, { optional: true }),
    field('spec', ref('CustomResourceDefinitionSpec')),
    field('status', ref('CustomResourceDefinitionStatus'), { optional: true }),
  ],
  CustomResourceDefinitionSpec: [
    field('group', 'string'),
    field('names', ref('CustomResourceDefinitionNames')),
    field('scope', 'string', { go: 'v1.ResourceScope' }),
    field('versions', listOf(ref('CustomResourceDefinitionVersion'))),
    ...pointers(ref('CustomResourceConversion'), 'conversion'),
    ...optional('boolean', 'preserveUnknownFields'),
  ],
  CustomResourceDefinitionNames: [
    field('plural', 'string'),
    ...optional('string', 'singular'),
    ...optional(listOf('string'), 'shortNames'),
    field('kind', 'string'),
    ...optional('string', 'listKind'),
    ...optional(listOf('string'), 'categories'),
  ],
  CustomResourceDefinitionVersion: [
    field('name', 'string'),
    field('served', 'boolean'),
    field('storage', 'boolean'),
    ...optional('boolean', 'deprecated'),
    ...pointers('string', 'deprecationWarning'),
    ...pointers(ref('CustomResourceValidation'), 'schema'),
    ...pointers(ref('CustomResourceSubresources'), 'subresources'),
    ...optional(listOf(ref('CustomResourceColumnDefinition')), 'additionalPrinterColumns'),
    ...optional(listOf(ref('SelectableField')), 'selectableFields'),
  ],
  CustomResourceValidation: pointers(schema, 'openAPIV3Schema'),
  CustomResourceSubresources: [...pointers(ref('CustomResourceSubresourceStatus'), 'status'), ...pointers(ref('CustomResourceSubresourceScale'), 'scale')],
  CustomResourceSubresourceStatus: [],
  CustomResourceSubresourceScale: [field('specReplicasPath', 'string'), field('statusReplicasPath', 'string'), ...pointers('string', 'labelSelectorPath')],
  CustomResourceColumnDefinition: [
    field('name', 'string'),
    field('type', 'string'),
    ...optional('string', 'format', 'description'),
    ...optional('int32', 'priority'),
    field('jsonPath', 'string'),
  ],
  SelectableField: [field('jsonPath', 'string')],
  CustomResourceConversion: [field('strategy', 'string', { go: 'v1.ConversionStrategyType' }), ...pointers(ref('WebhookConversion'), 'webhook')],
  WebhookConversion: [...pointers(ref('WebhookClientConfig'), 'clientConfig'), field('conversionReviewVersions', listOf('string'))],
  WebhookClientConfig: [...pointers('string', 'url'), ...pointers(ref('ServiceReference'), 'service'), ...optional('bytes', 'caBundle')],
  ServiceReference: [field('namespace', 'string'), field('name', 'string'), ...pointers('string', 'path'), ...pointers('int32', 'port')],
  CustomResourceDefinitionStatus: [
    field('conditions', listOf(ref('CustomResourceDefinitionCondition')), { listType: 'map', listMapKeys: ['type'] }),
    field('acceptedNames', ref('CustomResourceDefinitionNames')),
    field('storedVersions', listOf('string')),
    ...optional('int64', 'observedGeneration'),
  ],
  CustomResourceDefinitionCondition: [
    field('type', 'string', { go: 'v1.CustomResourceDefinitionConditionType' }),
    field('status', 'string', { go: 'v1.ConditionStatus' }),
    ...optional('time', 'lastTransitionTime'),
    ...optional('string', 'reason', 'message'),
    ...optional('int64', 'observedGeneration'),
  ],
};

const schemas: Record<string, readonly StructField[]> = {
  JSONSchemaProps: [
    ...optional('string', 'id'),
    field('$schema', 'string', { optional: true, go: 'v1.JSONSchemaURL' }),
    ...pointers('string', '$ref'),
    ...optional('string', 'description', 'type', 'format', 'title'),
    ...pointers('any', 'default'),
    ...pointers('double', 'maximum'),
    ...optional('boolean', 'exclusiveMaximum'),
    ...pointers('double', 'minimum'),
    ...optional('boolean', 'exclusiveMinimum'),
    ...pointers('int64', 'maxLength', 'minLength'),
    ...optional('string', 'pattern'),
    ...pointers('int64', 'maxItems', 'minItems'),
    ...optional('boolean', 'uniqueItems'),
    ...pointers('double', 'multipleOf'),
    field('enum', listOf('any'), { optional: true, go: '[]v1.JSON' }),
    ...pointers('int64', 'maxProperties', 'minProperties'),
    ...optional(listOf('string'), 'required'),
    ...pointers({ custom: 'JSONSchemaPropsOrArray' }, 'items'),
    ...optional(listOf(schema), 'allOf', 'oneOf', 'anyOf'),
    ...pointers(schema, 'not'),
    ...optional({ map: schema }, 'properties'),
    ...pointers({ custom: 'JSONSchemaPropsOrBool' }, 'additionalProperties'),
    ...optional({ map: schema }, 'patternProperties'),
    field('dependencies', { map: { custom: 'JSONSchemaPropsOrStringArray' } }, { optional: true, go: 'v1.JSONSchemaDependencies' }),
    ...pointers({ custom: 'JSONSchemaPropsOrBool' }, 'additionalItems'),
    field('definitions', { map: schema }, { optional: true, go: 'v1.JSONSchemaDefinitions' }),
    ...pointers(ref('ExternalDocumentation'), 'externalDocs'),
    ...pointers('any', 'example'),
    ...optional('boolean', 'nullable'),
    ...pointers('boolean', 'x-kubernetes-preserve-unknown-fields'),
    ...optional('boolean', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string'),
    ...optional(listOf('string'), 'x-kubernetes-list-map-keys'),
    ...pointers('string', 'x-kubernetes-list-type', 'x-kubernetes-map-type'),
    field('x-kubernetes-validations', listOf(ref('ValidationRule')), {
      optional: true,
      go: 'v1.ValidationRules',
      patchStrategy: 'merge',
      patchMergeKey: 'rule',
    }),
  ],
  ValidationRule: [
    field('rule', 'string'),
    ...optional('string', 'message', 'messageExpression'),
    field('reason', 'string', { optional: true, pointer: true, go: 'v1.FieldValueErrorReason' }),
    ...optional('string', 'fieldPath'),
    ...pointers('boolean', 'optionalOldSelf'),
  ],
  ExternalDocumentation: optional('string', 'description', 'url'),
};

const scale: Record<string, readonly StructField[]> = {
  'autoscaling.v1.Scale': [
    ...optional('string', 'kind', 'apiVersion'),
    field('metadata', { ref: `${meta}.ObjectMeta` }, { optional: true }),
    field('spec', { ref: 'autoscaling.v1.ScaleSpec' }, { optional: true }),
    field('status', { ref: 'autoscaling.v1.ScaleStatus' }, { optional: true }),
  ],
  'autoscaling.v1.ScaleSpec': optional('int32', 'replicas'),
  'autoscaling.v1.ScaleStatus': [field('replicas', 'int32'), ...optional('string', 'selector')],
};

const types = new Map(Object.entries({ ...objectMetaStructs, ...scale }));
for (const [name, fields] of Object.entries({ ...definition, ...schemas })) types.set(`apiextensions.v1.${name}`, fields);

const isObject = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value);

/** The parts of a schema that are one thing or another: they read themselves, and drop what is neither, as the reference does. */
const custom: Record<string, CustomType> = {
  JSONSchemaPropsOrArray: {
    go: 'v1.JSONSchemaPropsOrArray',
    read: (value, inner) => (Array.isArray(value) ? inner(listOf(schema), value) : isObject(value) ? inner(schema, value) : null),
    zero: () => null,
  },
  JSONSchemaPropsOrBool: {
    go: 'v1.JSONSchemaPropsOrBool',
    read: (value, inner) => {
      if (typeof value === 'boolean') return value;
      if (!isObject(value)) throw new DecodeError('boolean or JSON schema expected');
      return inner(schema, value);
    },
    zero: () => false,
  },
  JSONSchemaPropsOrStringArray: {
    go: 'v1.JSONSchemaPropsOrStringArray',
    read: (value, inner) => (Array.isArray(value) ? inner(listOf('string'), value) : isObject(value) ? inner(schema, value) : null),
    zero: () => null,
  },
};

const structTypes: StructTypes = {
  fields(typeName) {
    const fields = types.get(typeName);
    if (!fields) throw new Error(`no struct ${typeName}`);
    return fields;
  },
  custom,
};

/** The fields of the structs of this file. @throws Error when there is no such struct. */
export const definitionRows = structTypes.fields;

/** Reads the structs of this file. */
export const decodeStruct = structDecoder(structTypes);

/** How strategic merge patches change a CustomResourceDefinition. */
export const definitionPatchMeta = structPatchMeta(structTypes)('apiextensions.v1.CustomResourceDefinition');
