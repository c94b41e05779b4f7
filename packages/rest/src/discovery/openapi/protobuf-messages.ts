/**
 * The messages of OpenAPI v2 in protobuf, a row for each field (github.com/google/gnostic-models/openapiv2): its number, and how the value
 * of that name in the JSON document is written.
 */

/** How a value is written. */
export type Shape =
  | { readonly kind: 'text' | 'boolean' | 'integer' | 'double' | 'any' }
  | { readonly kind: 'message'; readonly message: MessageName }
  | { readonly kind: 'texts' };

export interface Field {
  readonly number: number;
  readonly shape: Shape;
  readonly isRepeated?: boolean;
}

export interface Message {
  /** By the name of the member in JSON. */
  readonly fields: Readonly<Record<string, Field>>;
  /** Where members go whose names begin with `x-`. */
  readonly extensions?: number;
  /** Messages that only stand around another: what of JSON is the inner one, and under which number it stands. */
  readonly wraps?: (value: unknown) => readonly [number: number, shape: Shape];
  /** For a message that is a list of names and values. */
  readonly named?: { readonly number: number; readonly shape: Shape };
}

const text: Shape = { kind: 'text' };
const boolean: Shape = { kind: 'boolean' };
const integer: Shape = { kind: 'integer' };
const double: Shape = { kind: 'double' };
const any: Shape = { kind: 'any' };
const texts: Shape = { kind: 'texts' };
const message = (name: MessageName): Shape => ({ kind: 'message', message: name });
const at = (number: number, shape: Shape): Field => ({ number, shape });
const each = (number: number, shape: Shape): Field => ({ number, shape, isRepeated: true });
const isReference = (value: unknown): boolean => typeof value === 'object' && value !== null && '$ref' in value;
const member = (value: unknown, name: string): unknown => (value as Record<string, unknown>)[name];

export type MessageName =
  | 'Document'
  | 'Info'
  | 'Paths'
  | 'PathItem'
  | 'Operation'
  | 'ParametersItem'
  | 'Parameter'
  | 'NonBodyParameter'
  | 'BodyParameter'
  | 'PathParameter'
  | 'QueryParameter'
  | 'JsonReference'
  | 'Responses'
  | 'ResponseValue'
  | 'Response'
  | 'SchemaItem'
  | 'Schema'
  | 'AdditionalProperties'
  | 'Type'
  | 'Items'
  | 'Schemas'
  | 'SecurityRequirement'
  | 'SecurityDefinitions'
  | 'SecurityDefinition'
  | 'ApiKeySecurity'
  | 'Texts';

export const messages: Readonly<Record<MessageName, Message>> = {
  Document: {
    fields: {
      swagger: at(1, text),
      info: at(2, message('Info')),
      host: at(3, text),
      basePath: at(4, text),
      schemes: at(5, texts),
      consumes: at(6, texts),
      produces: at(7, texts),
      paths: at(8, message('Paths')),
      definitions: at(9, message('Schemas')),
      security: each(12, message('SecurityRequirement')),
      securityDefinitions: at(13, message('SecurityDefinitions')),
    },
    extensions: 16,
  },
  Info: { fields: { title: at(1, text), version: at(2, text), description: at(3, text) }, extensions: 7 },
  Paths: { fields: {}, named: { number: 2, shape: message('PathItem') } },
  PathItem: {
    fields: {
      get: at(2, message('Operation')),
      put: at(3, message('Operation')),
      post: at(4, message('Operation')),
      delete: at(5, message('Operation')),
      options: at(6, message('Operation')),
      head: at(7, message('Operation')),
      patch: at(8, message('Operation')),
      parameters: each(9, message('ParametersItem')),
    },
    extensions: 10,
  },
  Operation: {
    fields: {
      tags: at(1, texts),
      summary: at(2, text),
      description: at(3, text),
      operationId: at(5, text),
      produces: at(6, texts),
      consumes: at(7, texts),
      parameters: each(8, message('ParametersItem')),
      responses: at(9, message('Responses')),
      schemes: at(10, texts),
      deprecated: at(11, boolean),
      security: each(12, message('SecurityRequirement')),
    },
    extensions: 13,
  },
  ParametersItem: { fields: {}, wraps: (value) => (isReference(value) ? [2, message('JsonReference')] : [1, message('Parameter')]) },
  Parameter: { fields: {}, wraps: (value) => (member(value, 'in') === 'body' ? [1, message('BodyParameter')] : [2, message('NonBodyParameter')]) },
  NonBodyParameter: { fields: {}, wraps: (value) => (member(value, 'in') === 'path' ? [4, message('PathParameter')] : [3, message('QueryParameter')]) },
  BodyParameter: {
    fields: { description: at(1, text), name: at(2, text), in: at(3, text), required: at(4, boolean), schema: at(5, message('Schema')) },
    extensions: 6,
  },
  PathParameter: {
    fields: {
      required: at(1, boolean),
      in: at(2, text),
      description: at(3, text),
      name: at(4, text),
      type: at(5, text),
      format: at(6, text),
      pattern: at(15, text),
      uniqueItems: at(18, boolean),
    },
    extensions: 22,
  },
  QueryParameter: {
    fields: {
      required: at(1, boolean),
      in: at(2, text),
      description: at(3, text),
      name: at(4, text),
      allowEmptyValue: at(5, boolean),
      type: at(6, text),
      format: at(7, text),
      pattern: at(16, text),
      uniqueItems: at(19, boolean),
    },
    extensions: 23,
  },
  JsonReference: { fields: { $ref: at(1, text), description: at(2, text) } },
  Responses: { fields: {}, named: { number: 1, shape: message('ResponseValue') } },
  ResponseValue: { fields: {}, wraps: (value) => (isReference(value) ? [2, message('JsonReference')] : [1, message('Response')]) },
  Response: { fields: { description: at(1, text), schema: at(2, message('SchemaItem')) }, extensions: 5 },
  SchemaItem: { fields: {}, wraps: () => [1, message('Schema')] },
  Schema: {
    fields: {
      $ref: at(1, text),
      format: at(2, text),
      title: at(3, text),
      description: at(4, text),
      default: at(5, any),
      multipleOf: at(6, double),
      maximum: at(7, double),
      exclusiveMaximum: at(8, boolean),
      minimum: at(9, double),
      exclusiveMinimum: at(10, boolean),
      maxLength: at(11, integer),
      minLength: at(12, integer),
      pattern: at(13, text),
      maxItems: at(14, integer),
      minItems: at(15, integer),
      uniqueItems: at(16, boolean),
      maxProperties: at(17, integer),
      minProperties: at(18, integer),
      required: at(19, texts),
      enum: each(20, any),
      additionalProperties: at(21, message('AdditionalProperties')),
      type: at(22, message('Type')),
      items: at(23, message('Items')),
      allOf: each(24, message('Schema')),
      properties: at(25, message('Schemas')),
      discriminator: at(26, text),
      readOnly: at(27, boolean),
      example: at(30, any),
    },
    extensions: 31,
  },
  AdditionalProperties: { fields: {}, wraps: (value) => (typeof value === 'boolean' ? [2, boolean] : [1, message('Schema')]) },
  Type: { fields: {}, wraps: () => [1, texts] },
  Items: { fields: {}, wraps: () => [1, message('Schema')] },
  Schemas: { fields: {}, named: { number: 1, shape: message('Schema') } },
  SecurityRequirement: { fields: {}, named: { number: 1, shape: message('Texts') } },
  SecurityDefinitions: { fields: {}, named: { number: 1, shape: message('SecurityDefinition') } },
  SecurityDefinition: { fields: {}, wraps: () => [2, message('ApiKeySecurity')] },
  ApiKeySecurity: { fields: { type: at(1, text), name: at(2, text), in: at(3, text), description: at(4, text) }, extensions: 5 },
  Texts: { fields: {}, wraps: () => [1, texts] },
};
