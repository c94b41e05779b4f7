/** Validating objects against a schema: what users of this package call. */
import type { FieldError } from '@apiserver-kit/machinery';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';
import { Correlation } from './correlation.js';
import { type FastCheck, compileFastCheck } from './fast-check.js';
import { Findings } from './findings.js';
import { SchemaNode, type SchemaNodeOptions } from './schema-node.js';

/** Validates values against one schema. Holds what it compiled of it: make one per schema and keep it. */
export interface SchemaValidator {
  /**
   * What is wrong with a value that is new. `rootPath` is where it stands: `status` when only the status is validated.
   * An error that belongs to no field has the field `<nil>`, as in the reference.
   */
  validate(value: unknown, rootPath?: string): FieldError[];
  /** What is wrong with a value that replaces `old`: what is wrong but unchanged is let pass. */
  validateUpdate(value: unknown, old: unknown, rootPath?: string): FieldError[];
}

export interface ValidatorOptions extends Partial<SchemaNodeOptions> {
  /** Values that the walker judges before ajv compiles the schema; Infinity: all. Default: 1000. */
  readonly fastAfter?: number;
}

const none: FieldError[] = [];

/**
 * Generated code judges small objects three times as fast as the walker. Generating it takes half a millisecond per node of the schema, in one
 * piece: 1000 values pay for a small schema, and a large one (of 1300 nodes: 650 ms, for no gain, since such functions are not optimized) never pays.
 */
const worthwhileAfter = 1000;
const worthwhileNodes = 100;

/**
 * Compiles a schema. Two judges share the work: ajv's generated code says yes quickly; where it says no, the walker finds the reference's exact
 * errors, and has the last word. ajv and the expressions' engine are loaded when first needed, so this costs nothing before the first value.
 */
export function compileValidator(
  schema: StructuralSchema,
  { reading = 'served', integers = 'int64', fastAfter = worthwhileAfter }: ValidatorOptions = {},
): SchemaValidator {
  const root = new SchemaNode(schema, { reading, integers });
  // The generated code is for objects as they are served; defaults are validated once each.
  const isEligible = reading === 'served' && integers === 'int64';
  let walksLeft = isEligible ? fastAfter : Number.POSITIVE_INFINITY;
  let isFastValid: FastCheck | undefined;

  const isValid = (value: unknown): boolean => {
    if (walksLeft > 0) walksLeft--;
    else if (isFastValid === undefined) {
      if (fastAfter === 0 || countNodes(schema, worthwhileNodes) <= worthwhileNodes) isFastValid = compileFastCheck(schema, { reading, integers });
      else walksLeft = Number.POSITIVE_INFINITY;
    }
    return isFastValid?.(value) || root.isValid(value);
  };
  const walk = (value: unknown, rootPath: string, correlation?: Correlation): FieldError[] => {
    const findings = new Findings();
    root.validate(value, '', findings, correlation);
    return findings.count === 0 ? none : findings.toErrors(rootPath);
  };

  return {
    validate: (value, rootPath = '') => (isValid(value) ? none : walk(value, rootPath)),
    validateUpdate: (value, old, rootPath = '') => (isValid(value) ? none : walk(value, rootPath, new Correlation(value, old, schema))),
  };
}

/** The nodes of a schema that hold other nodes' validation, counted until there are more than `limit`. */
function countNodes(schema: StructuralSchema, limit: number): number {
  let count = 1;
  const children = [...(schema.properties?.values() ?? []), schema.items, valueSchema(schema)];
  for (const child of children) {
    if (count > limit) return count;
    if (child) count += countNodes(child, limit - count);
  }
  return count;
}
