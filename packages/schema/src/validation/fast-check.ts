/**
 * A quick yes from code that ajv generates.
 *
 * JSON Schema and the reference agree on most of a schema, and that part is handed to ajv as it is. Where they do not (formats, enums of
 * numbers, junctors beside null, bounds with fractions …) or where ajv would run a pattern on the JavaScript engine, the generated code calls
 * back into the walker for that node. So a yes of ajv is one of the walker; a no may be wrong, and the walker is asked again.
 */
import { createRequire } from 'node:module';
import type { Ajv, Options } from 'ajv';
import { isIntOrStringAnyOf } from '../structural/int-or-string.js';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';
import { SchemaNode, type SchemaNodeOptions } from './schema-node.js';

/** True where the value is surely valid. */
export type FastCheck = (value: unknown) => boolean;

const options: Options = { strict: false, validateSchema: false, meta: false, addUsedSchema: false, logger: false, messages: false, inlineRefs: false };

const require = createRequire(import.meta.url);
let AjvClass: (new (options: Options) => Ajv) | undefined;

/** Compiles a schema. Takes milliseconds, the first time some tens of them: ajv is loaded then. */
export function compileFastCheck(schema: StructuralSchema, nodeOptions: SchemaNodeOptions): FastCheck {
  const translation = new Translation(nodeOptions);
  const translated = translation.translate(schema);
  AjvClass ??= (require('ajv') as { Ajv: typeof AjvClass }).Ajv!;
  // An instance per schema: it keeps what it compiled for as long as it lives.
  const ajv = new AjvClass(options);
  for (const keyword of callbacks) {
    const validate = (index: number, value: unknown): boolean => translation.nodes[index]![keyword](value);
    ajv.addKeyword({ keyword, schemaType: 'number', errors: false, validate });
  }
  return ajv.compile(translated) as FastCheck;
}

/** Keywords of our own: the walker's judgement of a node as a whole, or of one thing that the node says. */
const callbacks = ['isValid', 'hasValidText', 'meetsJunctors', 'isInEnum'] as const;

type JSONSchema = Record<string, unknown>;

const inherited = (name: string): boolean => name in Object.prototype;

class Translation {
  readonly nodes: SchemaNode[] = [];
  constructor(private readonly options: SchemaNodeOptions) {}

  translate(schema: StructuralSchema): JSONSchema {
    const node = new SchemaNode(schema, this.options);
    const numeric = numericBounds(node);
    if (numeric === undefined || !isExpressible(node)) return { isValid: this.callback(node) };
    const out: JSONSchema = { ...numeric };
    if (node.types.length > 0) out.type = schema.nullable ? [...node.types, 'null'] : node.types;
    if (schema.pattern !== undefined || schema.format !== undefined) out.hasValidText = this.callback(node);
    if (hasJunctors(schema)) out.meetsJunctors = this.callback(node);
    if (schema.enum !== undefined) {
      if (schema.enum.every((value) => typeof value === 'string')) out.enum = schema.enum;
      else out.isInEnum = this.callback(node);
    }
    for (const keyword of ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'required'] as const)
      if (schema[keyword] !== undefined) out[keyword] = schema[keyword];
    if (schema.items) out.items = this.translate(schema.items);
    if (schema.properties) out.properties = Object.fromEntries([...schema.properties].map(([name, property]) => [name, this.translate(property)]));
    const values = valueSchema(schema);
    if (values) out.additionalProperties = this.translate(values);
    else if (schema.additionalProperties === false) out.additionalProperties = false;
    return out;
  }

  private callback(node: SchemaNode): number {
    return this.nodes.push(node) - 1;
  }
}

const knownTypes = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);

/** Whether all that the node says of other values than numbers can be said to ajv, perhaps with callbacks. */
function isExpressible({ schema, types }: SchemaNode): boolean {
  if (!types.every((type) => knownTypes.has(type)) || schema.uniqueItems) return false;
  // Without a type, a format says something about values of every type.
  if (schema.format !== undefined && types.length === 0) return false;
  // ajv does not look at a property of this name, and takes what objects inherit for their own.
  return !schema.properties?.has('__proto__') && !schema.required?.some(inherited);
}

const isWhole = (bound: number | undefined): boolean => bound === undefined || Number.isSafeInteger(bound);

/** The bounds of the numbers that are surely within the node's; undefined where they cannot be said. */
function numericBounds({ schema, types }: SchemaNode): JSONSchema | undefined {
  const { minimum, maximum, multipleOf, exclusiveMinimum, exclusiveMaximum, format } = schema;
  const hasBounds = minimum !== undefined || maximum !== undefined || multipleOf !== undefined;
  const isNumeric = types.includes('integer') || types.includes('number');
  if (!isNumeric) return hasBounds && types.length === 0 ? undefined : {};
  if (multipleOf !== undefined || format === 'float' || !isWhole(minimum) || !isWhole(maximum)) return undefined;
  const out: JSONSchema = {};
  // Beyond these a whole number is a float to the reference, not an integer.
  const limit = types.includes('number') ? Number.POSITIVE_INFINITY : format === 'int32' ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
  if (minimum !== undefined && minimum > -limit) out[exclusiveMinimum ? 'exclusiveMinimum' : 'minimum'] = minimum;
  else if (Number.isFinite(limit)) out.minimum = -limit;
  if (maximum !== undefined && maximum < limit) out[exclusiveMaximum ? 'exclusiveMaximum' : 'maximum'] = maximum;
  else if (Number.isFinite(limit)) out.maximum = limit;
  return out;
}

/** The usual form of an int-or-string says what the types say already. */
function hasJunctors(schema: StructuralSchema): boolean {
  const { allOf, anyOf, oneOf, not, intOrString } = schema;
  return allOf !== undefined || oneOf !== undefined || not !== undefined || (anyOf !== undefined && !(intOrString && isIntOrStringAnyOf(schema)));
}
