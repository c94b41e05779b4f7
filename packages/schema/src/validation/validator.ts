/** Validating objects against a schema: what users of this package call. */
import type { FieldError } from '@apiserver-kit/machinery';
import type { StructuralSchema } from '../structural/structural-schema.js';
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
  /** Values that the walker judges before ajv compiles the schema: compiling costs as much as many walks. Default: 100. Infinity: never. */
  readonly fastAfter?: number;
}

const none: FieldError[] = [];

/**
 * Compiles a schema. Two judges share the work: ajv's generated code says yes quickly; where it says no, the walker finds the reference's exact
 * errors, and has the last word. ajv and the expressions' engine are loaded when first needed, so this costs nothing before the first value.
 */
export function compileValidator(
  schema: StructuralSchema,
  { reading = 'served', integers = 'int64', fastAfter = 100 }: ValidatorOptions = {},
): SchemaValidator {
  const root = new SchemaNode(schema, { reading, integers });
  let walksLeft = fastAfter;
  let fast: FastCheck | undefined;

  const isSurelyValid = (value: unknown): boolean => {
    if (walksLeft > 0) {
      walksLeft--;
      return false;
    }
    fast ??= compileFastCheck(root, { reading, integers });
    return fast(value);
  };
  const walk = (value: unknown, rootPath: string, correlation?: Correlation): FieldError[] => {
    const findings = new Findings();
    root.validate(value, '', findings, correlation);
    return findings.count === 0 ? none : findings.toErrors(rootPath);
  };

  return {
    validate: (value, rootPath = '') => (isSurelyValid(value) ? none : walk(value, rootPath)),
    validateUpdate: (value, old, rootPath = '') => (isSurelyValid(value) ? none : walk(value, rootPath, new Correlation(value, old, schema))),
  };
}
