/**
 * The rules of a schema, run against objects (apiextensions-apiserver/pkg/apiserver/schema/cel).
 *
 * Rules are compiled when the first object reaches them: most schemas are large, and most of their rules are for fields that few objects have.
 */
import { type FieldError, child, fieldErrorText, index, invalidValue, isRecord, key, omitValue } from '@apiserver-kit/machinery';
import { Correlation, type StructuralSchema } from '@apiserver-kit/schema';
import { newestVersion } from '../library/kubernetes.js';
import { Optional } from '../values/value.js';
import { type CompiledRule, compileRules } from './compile-rules.js';
import { type DeclaredType, declareType } from './declared-type.js';
import { escapeName } from './escaping.js';
import { OldItems } from './old-items.js';
import { withObjectMeta } from './object-meta.js';
import { evaluateMessage, nameOfRule, plainMessage, ruleError } from './rule-messages.js';
import { schemaValue } from './schema-value.js';

/** What all rules of an object may cost together: about a second of the reference. */
export const objectCostBudget = 10_000_000;

export interface SchemaRulesOptions {
  /** The schema is of whole objects, whose names rules may read. Default: false. */
  readonly isResourceRoot?: boolean;
}

export interface ValidateRulesOptions {
  /** What the rules may cost. Default: {@link objectCostBudget}. */
  readonly costBudget?: number;
  /** Errors of what an update leaves as it was become warnings. Default: false. */
  readonly isRatcheting?: boolean;
}

export interface RuleResult {
  readonly errors: FieldError[];
  /** Errors that an update is not to be blamed for. */
  readonly warnings: string[];
  /** What is left of the budget; negative where it did not suffice, or a rule went beyond what one may cost. */
  readonly remainingBudget: number;
}

export interface SchemaRules {
  /** Runs the rules on a value that its schema has nothing against. `old` is what it replaces; undefined where there is nothing. */
  validate(value: unknown, old?: unknown, options?: ValidateRulesOptions): RuleResult;
}

/** The rules of a schema; undefined where it has none. */
export function schemaRules(schema: StructuralSchema, { isResourceRoot = false }: SchemaRulesOptions = {}): SchemaRules | undefined {
  if (!hasRules(schema)) return undefined;
  const root = validatorOf(schema, schema, isResourceRoot, declareType(schema, isResourceRoot, 'self') !== undefined);
  return {
    validate(value, old, { costBudget = objectCostBudget, isRatcheting = false } = {}) {
      const run: Run = { errors: [], warnings: [], budget: costBudget };
      const correlation = isRatcheting && old != null ? new Correlation(value, old, schema) : undefined;
      root?.validate(run, '', value, old, { current: correlation, parent: undefined });
      return { errors: run.errors, warnings: run.warnings, remainingBudget: run.budget };
    },
  };
}

const valueSchema = ({ additionalProperties }: StructuralSchema): StructuralSchema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : undefined;

function hasRules(schema: StructuralSchema | undefined): boolean {
  if (!schema) return false;
  if (schema.validations?.length || hasRules(schema.items) || hasRules(valueSchema(schema))) return true;
  for (const property of schema.properties?.values() ?? []) if (hasRules(property)) return true;
  return false;
}

/** One validation of one object. */
interface Run {
  readonly errors: FieldError[];
  readonly warnings: string[];
  budget: number;
}

/** What an update left as it was: here, or else around here. */
interface Ratchet {
  readonly current: Correlation | undefined;
  readonly parent: Correlation | undefined;
}

const isUnchanged = ({ current, parent }: Ratchet): boolean => (current ?? parent)?.isUnchanged() ?? false;

function within(ratchet: Ratchet, step: string | number): Ratchet {
  const { current, parent } = ratchet;
  if (!current) return ratchet;
  if (parent === undefined && (step === 'apiVersion' || step === 'kind')) return { current: undefined, parent: undefined };
  return { current: typeof step === 'number' ? current.item(step) : current.member(step), parent: current };
}

/** Where the rules are from, and which node they are of: those under `allOf` are of the node around it. */
function validatorOf(rules: StructuralSchema, node: StructuralSchema, isRoot: boolean, isTyped: boolean): NodeValidator | undefined {
  const { items } = rules;
  const validator = new NodeValidator(rules, node, isRoot, isTyped);
  if (items && node.items) validator.items = validatorOf(items, node.items, node.items.embeddedResource === true, isTyped);
  for (const [name, property] of rules.properties ?? []) {
    const own = node.properties?.get(name);
    if (!own) continue;
    const isEmbedded = own.embeddedResource === true;
    // What has no type is no field, and rules within it are not run.
    if ((escapeName(name) !== undefined && !isTyped) || !declareType(own, isEmbedded, 'self')) continue;
    const child = validatorOf(property, own, isEmbedded, true);
    if (child) validator.properties.set(name, child);
  }
  const [values, ownValues] = [valueSchema(rules), valueSchema(node)];
  if (values && ownValues) validator.values = validatorOf(values, ownValues, ownValues.embeddedResource === true, isTyped);
  for (const clause of rules.allOf ?? []) {
    const part = validatorOf(clause, node, isRoot, isTyped);
    if (part) validator.clauses.push(part);
  }
  return validator.isNeeded ? validator : undefined;
}

let typeCount = 0;

class NodeValidator {
  items: NodeValidator | undefined;
  values: NodeValidator | undefined;
  readonly properties = new Map<string, NodeValidator>();
  readonly clauses: NodeValidator[] = [];
  #compiled: readonly CompiledRule[] | undefined;

  constructor(
    readonly rules: StructuralSchema,
    readonly node: StructuralSchema,
    readonly isRoot: boolean,
    readonly isTyped: boolean,
  ) {}

  get #ruleCount(): number {
    return this.rules.validations?.length ?? 0;
  }

  get isNeeded(): boolean {
    return this.#ruleCount > 0 || this.items !== undefined || this.values !== undefined || this.properties.size > 0 || this.clauses.length > 0;
  }

  validate(run: Run, path: string, value: unknown, old: unknown, ratchet: Ratchet): void {
    if (value === null || value === undefined) return;
    this.#runRules(run, path, value, old ?? undefined, ratchet);
    for (const clause of this.clauses) {
      if (run.budget < 0) return;
      clause.validate(run, path, value, old, { current: undefined, parent: ratchet.parent });
    }
    if (Array.isArray(value)) this.#validateItems(run, path, value, old, ratchet);
    else if (isRecord(value)) this.#validateMembers(run, path, value, old, ratchet);
  }

  #validateItems(run: Run, path: string, value: readonly unknown[], old: unknown, ratchet: Ratchet): void {
    if (!this.items) return;
    const oldItems = new OldItems(this.node, Array.isArray(old) ? old : []);
    for (const [i, item] of value.entries()) {
      if (run.budget < 0) return;
      this.items.validate(run, index(path, i), item, oldItems.like(item), within(ratchet, i));
    }
  }

  #validateMembers(run: Run, path: string, value: Readonly<Record<string, unknown>>, old: unknown, ratchet: Ratchet): void {
    if (!this.values && this.properties.size === 0) return;
    const { mapType = 'granular' } = this.node;
    const before = (mapType === 'granular' || mapType === 'atomic') && isRecord(old) ? old : {};
    for (const [name, member] of Object.entries(value)) {
      const oldMember = Object.hasOwn(before, name) ? before[name] : undefined;
      if (run.budget >= 0) this.values?.validate(run, key(path, name), member, oldMember, within(ratchet, name));
      if (run.budget >= 0) this.properties.get(name)?.validate(run, child(path, name), member, oldMember, within(ratchet, name));
    }
  }

  #compile(): readonly CompiledRule[] | undefined {
    if (this.#compiled) return this.#compiled;
    const declared: DeclaredType | undefined = this.isTyped ? declareType(this.node, this.isRoot, `selfType${typeCount++}`) : undefined;
    if (!declared) return undefined;
    // Rules that are stored may use all that there is.
    this.#compiled = compileRules({ ...this.node, validations: this.rules.validations }, declared, { version: newestVersion });
    return this.#compiled;
  }

  #runRules(run: Run, path: string, value: unknown, old: unknown, ratchet: Ratchet): void {
    if (this.#ruleCount === 0) return;
    const { type = '' } = this.node;
    const fail = (detail: string): number => run.errors.push(invalidValue(shownPath(path), type, detail));
    const compiled = this.#compile();
    if (!compiled) {
      fail('rule compiler initialization error: failed to convert to declType for CEL validation rules');
      return;
    }
    if (run.budget <= 0) {
      fail('validation failed due to running out of cost budget, no further validation rules will be run');
      run.budget = -1;
      return;
    }
    const variables = this.#variables(value, compiled.some(({ usesOldSelf }) => usesOldSelf) ? old : undefined);
    for (const rule of compiled) {
      if (rule.error !== undefined) fail(`rule compile error: ${rule.error}`);
      else if (rule.program && !(rule.usesOldSelf && old === undefined && !rule.rule.optionalOldSelf))
        this.#runRule(run, path, value, rule, variables, ratchet);
      if (run.budget < 0) return;
    }
  }

  /** For plain rules, and for those to which the old value is optional. There is one where any rule asks for it. */
  #variables(value: unknown, old: unknown): Variables {
    const schema = this.isRoot ? withObjectMeta(this.node) : this.node;
    const self = schemaValue(value, schema);
    const oldSelf = old === undefined ? undefined : schemaValue(old, schema);
    return {
      plain: oldSelf === undefined ? { self } : { self, oldSelf },
      optional: { self, oldSelf: oldSelf === undefined ? Optional.none : new Optional(oldSelf) },
    };
  }

  #runRule(run: Run, path: string, value: unknown, compiled: CompiledRule, variables: Variables, ratchet: Ratchet): void {
    const { rule, program, usesOldSelf, fieldPath } = compiled;
    const { type = '' } = this.node;
    const fail = (detail: string): number => run.errors.push(invalidValue(shownPath(path), type, detail));
    const result = program!.evaluate(rule.optionalOldSelf ? variables.optional : variables.plain);
    if (result.cost > run.budget) {
      fail('validation failed due to running out of cost budget, no further validation rules will be run');
      run.budget = -1;
      return;
    }
    run.budget -= result.cost;
    if (result.error !== undefined) {
      const { detail, isFinal } = evaluationFailure(result.error, nameOfRule(rule));
      fail(detail);
      if (isFinal) run.budget = -1;
      return;
    }
    if (result.value === true) return;
    const field = shownPath(fieldPath === undefined ? path : child(path, fieldPath));
    const add = (error: FieldError): void => {
      if (!usesOldSelf && isUnchanged(ratchet)) run.warnings.push(fieldErrorText(error));
      else run.errors.push(error);
    };
    const { message, stop, budget } = evaluateMessage(compiled, variables.plain, run.budget);
    run.budget = budget;
    if (stop !== undefined) add(invalidValue(field, type, stop));
    else add(ruleError(rule, field, type === 'object' || type === 'array' ? omitValue : value, message ?? plainMessage(rule)));
  }
}

interface Variables {
  readonly plain: Readonly<Record<string, unknown>>;
  readonly optional: Readonly<Record<string, unknown>>;
}

/** The reference's path to nothing is printed as such. */
const shownPath = (path: string): string => (path === '' ? '<nil>' : path);

function evaluationFailure(error: string, name: string): { detail: string; isFinal: boolean } {
  if (error.startsWith('no such overload'))
    return { detail: `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`, isFinal: false };
  if (error.startsWith('operation cancelled: actual cost limit exceeded'))
    return { detail: `'${error}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`, isFinal: true };
  return { detail: `${error} evaluating rule: ${name}`, isFinal: false };
}
