/** Judging and cleaning the defaults that a schema sets (apiextensions-apiserver/pkg/apiserver/schema/defaulting). */
import { child, cloneJson, type FieldError, fieldErrorText, invalidValue, jsonEqual, key } from '@apiserver-kit/machinery';
import { coerceEmbedded } from '../embedded/coerce.js';
import { validateEmbedded } from '../embedded/validate.js';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';
import { sortedMembers } from '../validation/go-values.js';
import { compileValidator } from '../validation/validator.js';
import { prune } from './prune.js';
import { type Steps, item, surround, valueAt } from './surrounding-object.js';

export interface ValidateDefaultsOptions {
  /** Where the schema stands. Default: the root. */
  readonly path?: string;
  /** Defaults may only set what the schema specifies. Default: true. */
  readonly requirePruned?: boolean;
  /** Checks a default by the rules (CEL) of its node, once nothing else is wrong with it. Default: nothing is checked. */
  readonly validateRules?: (schema: StructuralSchema, value: unknown, path: string) => FieldError[];
}

/** What is wrong with the defaults of the schema of a resource's objects: each must be valid by the schema that sets it, also as metadata. */
export function validateDefaults(
  schema: StructuralSchema,
  { path = '', requirePruned = true, validateRules = () => [] }: ValidateDefaultsOptions = {},
): FieldError[] {
  const root: StructuralSchema = schema.embeddedResource ? schema : { ...schema, embeddedResource: true };
  const errors: FieldError[] = [];
  new DefaultsValidator(requirePruned, validateRules, errors).visit(root, { root, steps: [], isInMeta: false }, path);
  return errors;
}

/** Where a node stands. */
interface Place {
  /** The innermost object that the node is of. */
  readonly root: StructuralSchema;
  /** The way from that object. */
  readonly steps: Steps;
  /** Within its apiVersion, kind or metadata. */
  readonly isInMeta: boolean;
}

const typeMetaFields: ReadonlySet<string> = new Set(['metadata', 'apiVersion', 'kind']);

class DefaultsValidator {
  constructor(
    private readonly requirePruned: boolean,
    private readonly validateRules: NonNullable<ValidateDefaultsOptions['validateRules']>,
    private readonly errors: FieldError[],
  ) {}

  visit(schema: StructuralSchema, outer: Place, path: string): void {
    const place: Place = schema.embeddedResource ? { root: schema, steps: [], isInMeta: false } : outer;
    if (schema.default !== undefined) this.errors.push(...this.judge(schema, place, child(path, 'default')));
    // The values of maps have no defaults.
    const { root, steps, isInMeta } = place;
    if (schema.items) this.visit(schema.items, { root, steps: [...steps, item], isInMeta }, child(path, 'items'));
    for (const [name, property] of schema.properties ?? [])
      this.visit(
        property,
        { root, steps: [...steps, name], isInMeta: isInMeta || (schema.embeddedResource === true && typeMetaFields.has(name)) },
        key(child(path, 'properties'), name),
      );
  }

  private judge(schema: StructuralSchema, place: Place, path: string): FieldError[] {
    const value = cloneJson(schema.default);
    const errors = place.isInMeta ? judgeMetadata(value, place, path) : this.judgeValue(value, schema, path);
    if (errors.some(isFatal)) return errors;
    const invalid = compileValidator(schema, { reading: 'written' }).validate(value, path);
    if (invalid.length > 0) return [...errors, ...invalid];
    return [...errors, ...this.validateRules(schema, value, path)];
  }

  private judgeValue(value: unknown, schema: StructuralSchema, path: string): FieldError[] {
    const errors: FieldError[] = [];
    const isResourceRoot = schema.embeddedResource === true;
    if (this.requirePruned) {
      const pruned = cloneJson(value);
      prune(pruned, schema, { isResourceRoot });
      if (!jsonEqual(pruned, value)) errors.push(invalidValue(path, sortedMembers(value), unknownFields));
    }
    const { error } = coerceEmbedded(value, schema, { isResourceRoot, path });
    return error ? [...errors, error] : [...errors, ...validateEmbedded(value, schema, { isResourceRoot, path })];
  }
}

const unknownFields = 'must not have unknown fields';
/** Unknown fields alone do not keep a default from being judged further. */
const isFatal = ({ detail }: FieldError): boolean => detail !== unknownFields;

function judgeMetadata(value: unknown, { root, steps }: Place, path: string): FieldError[] {
  const object = surround(value, steps);
  object.kind ??= 'Validation';
  object.apiVersion ??= 'validation/v1';
  const { error } = coerceEmbedded(object, root, { isResourceRoot: true });
  const errors = error ? [error] : validateEmbedded(object, root, { isResourceRoot: true });
  if (errors.length === 0) return [];
  const texts = [...new Set(errors.map(fieldErrorText))];
  return [invalidValue(path, sortedMembers(value), `must result in valid metadata: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`)];
}

/**
 * The same schema with what it does not specify removed from its defaults: schemas that were stored before defaults had to be pruned.
 * @throws Error where the whole object has a default that is no object.
 */
export function withPrunedDefaults(schema: StructuralSchema): StructuralSchema {
  return clean(schema, []);

  function clean(node: StructuralSchema, steps: Steps): StructuralSchema {
    const out = { ...node };
    if (node.default !== undefined) {
      const object = surround(cloneJson(node.default), steps);
      coerceEmbedded(object, schema, { isResourceRoot: true, dropInvalid: true });
      prune(object, schema, { isResourceRoot: true });
      out.default = valueAt(object, steps) ?? undefined;
    }
    const values = valueSchema(node);
    if (values) out.additionalProperties = clean(values, [...steps, '*']);
    if (node.items) out.items = clean(node.items, [...steps, item]);
    if (node.properties) out.properties = new Map([...node.properties].map(([name, property]) => [name, clean(property, [...steps, name])]));
    return out;
  }
}
