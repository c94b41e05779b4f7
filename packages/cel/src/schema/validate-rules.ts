/** What is wrong with the rules of a schema (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, forbiddenField, index, internalFieldError, invalidValue, key } from '@apiserver-kit/machinery';
import type { StructuralSchema, ValidationRule } from '@apiserver-kit/schema';
import { fixedPoint } from '../library/number-format.js';
import { type CompileRulesOptions, type CompiledRule, compileRules } from './compile-rules.js';
import { declareType } from './declared-type.js';

/** The most that one expression is estimated to cost, in objects of the largest size. */
export const expressionCostLimit = 10_000_000;
/** The most that all expressions of a schema are estimated to cost together. */
export const schemaCostLimit = 100_000_000;

export interface ValidateRuleTextsOptions extends CompileRulesOptions {
  /** Where the schema stands: `spec.validation.openAPIV3Schema`. Default: the root. */
  readonly path?: string;
  /** One expression may cost any amount, as those of a schema may that an update leaves as it was. Default: false. */
  readonly allowCostly?: boolean;
  /** Whether something else is wrong at the path or below: rules there are not looked at. Default: nothing is. */
  readonly isFaulty?: (path: string) => boolean;
}

/** Where a node of the schema is. */
interface Place {
  readonly path: string;
  readonly isRoot: boolean;
  /** The most often that it may be in an object; undefined where nothing says so. */
  readonly cardinality: number | undefined;
  /** The part of the schema around it whose values cannot be told from each other after an update. */
  readonly uncorrelatable: string | undefined;
  /** There are rules here, or around here. */
  readonly isRuled: boolean;
  /** What is around it and has rules has a type. */
  readonly isTyped: boolean;
}

/** Compiles all rules of a structural schema, and estimates what they cost. */
export function validateRules(schema: StructuralSchema, options: ValidateRuleTextsOptions = {}): FieldError[] {
  const { path = '' } = options;
  const run = new RuleValidation(options);
  run.visit(schema, { path, isRoot: true, cardinality: 1, uncorrelatable: undefined, isRuled: false, isTyped: true });
  return [...run.errors, ...run.excess(path)];
}

class RuleValidation {
  readonly errors: FieldError[] = [];
  readonly #costs: { readonly path: string; readonly cost: number }[] = [];

  constructor(readonly options: ValidateRuleTextsOptions) {}

  visit(schema: StructuralSchema, place: Place): void {
    const isRuled = place.isRuled || hasRulesOf(schema);
    const here: Place = { ...place, isRuled, isTyped: place.isTyped && (!isRuled || typeOf(schema, place) !== undefined) };
    this.#visitBelow(schema, here);
    if (!hasRulesOf(schema) || this.options.isFaulty?.(place.path)) return;
    const at = child(place.path, 'x-kubernetes-validations');
    const declared = here.isTyped ? typeOf(schema, place) : undefined;
    if (!declared) {
      this.errors.push(internalFieldError(at, `internal error: failed to construct type information for x-kubernetes-validations rules: ${noType}`));
      return;
    }
    for (const [i, compiled] of compileRules(schema, declared, this.options).entries()) this.#check(compiled, index(at, i), place);
  }

  #visitBelow(schema: StructuralSchema, here: Place): void {
    const { path, cardinality, uncorrelatable } = here;
    const elements = maxElements(schema);
    const below = { ...here, isRoot: false, cardinality: cardinality === undefined || elements === undefined ? undefined : cardinality * elements };
    const { additionalProperties: values, items, listType, mapType = 'granular' } = schema;
    if (typeof values === 'object') this.visit(values, { ...below, path: child(path, 'additionalProperties') });
    const isCorrelatable = mapType === 'granular' || mapType === 'atomic';
    for (const [name, property] of schema.properties ?? [])
      this.visit(property, { ...below, path: key(child(path, 'properties'), name), uncorrelatable: uncorrelatable ?? (isCorrelatable ? undefined : path) });
    if (items) this.visit(items, { ...below, path: child(path, 'items'), uncorrelatable: uncorrelatable ?? (listType === 'map' ? undefined : path) });
  }

  #check(compiled: CompiledRule, path: string, { cardinality, uncorrelatable }: Place): void {
    const { rule, error, messageError, messageProgram, maxCost, maxMessageCost, usesOldSelf } = compiled;
    this.#observe('rule', child(path, 'rule'), maxCost === 0 ? 0 : maxCost * (cardinality ?? compiled.maxCardinality));
    if (error !== undefined) this.errors.push(invalidValue(child(path, 'rule'), printRule(rule), error));
    if (messageError !== undefined) this.errors.push(invalidValue(child(path, 'messageExpression'), printRule(rule), messageError));
    else if (messageProgram) this.#observe('messageExpression', child(path, 'messageExpression'), maxMessageCost);
    if (usesOldSelf) {
      if (uncorrelatable !== undefined)
        this.errors.push(
          invalidValue(child(path, 'rule'), rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`),
        );
    } else if (rule.optionalOldSelf != null) {
      this.errors.push(invalidValue(child(path, 'optionalOldSelf'), rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'));
    }
  }

  #observe(what: string, path: string, cost: number): void {
    if (!this.options.allowCostly && cost > expressionCostLimit)
      this.errors.push(forbiddenField(path, costMessage(`estimated ${what} cost`, cost, expressionCostLimit)));
    this.#costs.push({ path, cost });
  }

  /** What is said when all together cost too much. */
  excess(path: string): FieldError[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= schemaCostLimit) return [];
    const expensive = this.#costs.filter(({ cost }) => cost >= schemaCostLimit / 100).sort((a, b) => b.cost - a.cost);
    const contributed = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    return [
      ...expensive.slice(0, 4).map((each) => forbiddenField(each.path, contributed)),
      forbiddenField(path, costMessage('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', total, schemaCostLimit)),
    ];
  }
}

const noType = 'unable to convert structural schema to CEL declarations';
const hasRulesOf = ({ validations }: StructuralSchema): boolean => !!validations?.length;

let typeCount = 0;
const typeOf = (schema: StructuralSchema, { isRoot }: Place): ReturnType<typeof declareType> =>
  declareType(schema, isRoot || schema.embeddedResource === true, `selfType${typeCount++}`);

/** How many more there may be of what is in the values than of the values. */
function maxElements({ type, additionalProperties, maxProperties, maxItems }: StructuralSchema): number | undefined {
  const max = type === 'array' ? maxItems : type === 'object' && additionalProperties !== undefined ? maxProperties : 1;
  return max === undefined ? undefined : Math.max(max, 0);
}

/** The rule as Go prints it. */
const printRule = ({ rule, message = '', messageExpression = '', reason, fieldPath = '', optionalOldSelf }: ValidationRule): unknown => ({
  Rule: rule,
  Message: message,
  MessageExpression: messageExpression,
  Reason: reason ?? null,
  FieldPath: fieldPath,
  OptionalOldSelf: optionalOldSelf ?? null,
});

function costMessage(name: string, cost: number, limit: number): string {
  const excess = cost / limit;
  const factor = excess > 100 ? 'more than 100x' : `${fixedPoint(excess, excess < 1.5 ? 6 : 1)}x`;
  return `${name} exceeds budget by factor of ${factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
