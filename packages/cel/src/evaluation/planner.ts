/** Compiles a checked expression to closures, folding constants where the reference does: what is folded costs nothing. */
import type { Checked } from '../checker/checker.js';
import type { TypeProvider } from '../checker/type-provider.js';
import type { CostRules } from '../cost/cost-rules.js';
import { costOfCall } from '../cost/runtime-cost.js';
import { listCost, mapCost, structCost } from '../cost/sizes.js';
import type { FunctionDeclaration } from '../library/declaration.js';
import type * as ast from '../syntax/ast.js';
import type { Expr } from '../syntax/ast.js';
import type { Type } from '../types/type.js';
import { equalValues } from '../values/compare.js';
import { EntriesMap, elementsOf, identity, numericKin } from '../values/map.js';
import { printValue } from '../values/print.js';
import { compileRegex } from '../values/regex.js';
import { ArrayList, CelError, Double, ListValue, Optional, Uint, type Value, isInt, noSuchOverload, overloadErrorFor } from '../values/value.js';
import { type Attribute, ComputedQualifier, ConditionalAttribute, ConstantQualifier, PathAttribute, TestQualifier } from './attribute.js';
import { EvaluationPanic, goTypeName } from '../values/go-type.js';
import { callStep, implementationOf } from './call.js';
import { accumulatorStep, foldStep } from './fold.js';
import { Frame, type Step } from './frame.js';

/** The expression is right, but cannot be run: a constant in it is no good. */
export class ProgramError extends Error {}

/** A part of an expression, compiled. */
interface Plan {
  readonly run: Step;
  /** Set if it is always that. */
  readonly constant?: { readonly value: Value };
  /** Set if it is a path, which may be gone on with. */
  readonly attribute?: Attribute;
}

export interface PlannerOptions {
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  readonly types: ReadonlyMap<string, Type>;
  readonly costs: readonly CostRules[];
  readonly provider: TypeProvider;
}

/** @throws ProgramError */
export function planProgram(checked: Checked, options: PlannerOptions): Step {
  try {
    return new Planner(checked, options).plan(checked.expr).run;
  } catch (error) {
    if (error instanceof EvaluationPanic) throw new ProgramError(`internal error: ${error.message}`);
    throw error;
  }
}

const conversions: ReadonlySet<string> = new Set(['bool', 'bytes', 'double', 'duration', 'dyn', 'int', 'string', 'timestamp', 'type', 'uint']);
const regexFunctions: ReadonlySet<string> = new Set(['matches', 'find', 'findAll']);

type Locals = ReadonlyMap<string, Step>;

class Planner {
  #locals: Locals = new Map();
  #localCount = 0;

  constructor(
    readonly checked: Checked,
    readonly options: PlannerOptions,
  ) {}

  plan(expr: Expr): Plan {
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value);
      case 'ident':
        return this.#ident(expr);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'comprehension':
        return this.#comprehension(expr);
      case 'struct':
        return this.#struct(expr);
      case 'broken':
        throw new ProgramError('unsupported expr: broken');
    }
  }

  #ident({ id, name }: ast.Ident): Plan {
    const type = this.checked.typeOf({ id } as Expr);
    const named = type.kind === 'type' ? this.options.types.get(name.replace(/^\./, '')) : undefined;
    if (named) return constant(named);
    const local = this.#locals.get(name);
    if (local) return path(local);
    const variable = name.replace(/^\./, '');
    return path((frame) => frame.variable(variable));
  }

  #select({ operand, field, isTest }: ast.Select): Plan {
    const attribute = attributeOf(this.plan(operand));
    if (!isTest) {
      attribute.add(new ConstantQualifier(field, false));
      return attributePlan(attribute);
    }
    attribute.add(new TestQualifier(field));
    // Asking costs nothing beyond the way there.
    const refund = attribute.ownCost - 1;
    const run: Step = (frame) => {
      const value = attribute.resolve(frame);
      if (refund !== 0) frame.charge(refund);
      return value instanceof Optional ? value.content !== undefined : value;
    };
    return { run, attribute };
  }

  #index(operand: Plan, key: Plan, isOptional: boolean): Plan {
    const attribute = attributeOf(operand);
    attribute.add(this.#qualifier(key, isOptional));
    return attributePlan(attribute);
  }

  #qualifier({ constant: known, attribute, run }: Plan, isOptional: boolean): ConstantQualifier | ComputedQualifier {
    if (known) {
      const { value } = known;
      if (typeof value === 'string' || typeof value === 'boolean' || isInt(value) || value instanceof Uint || value instanceof Double)
        return new ConstantQualifier(value, isOptional);
      throw new ProgramError(`invalid qualifier type: ${goTypeName(value)}`);
    }
    return new ComputedQualifier(attribute ? (frame) => attribute.resolve(frame) : run, isOptional);
  }

  #call(expr: ast.Call): Plan {
    const { name } = expr;
    const args = (expr.target ? [expr.target, ...expr.args] : expr.args).map((arg) => this.plan(arg));
    const [first, second, third] = args as [Plan, Plan, Plan];
    switch (name) {
      case '_&&_':
        return step(logical(first.run, second.run, false));
      case '_||_':
        return step(logical(first.run, second.run, true));
      case '_?_:_':
        return attributePlan(new ConditionalAttribute(first.run, attributeOf(second), attributeOf(third)));
      case '_==_':
      case '_!=_':
        return this.#equality(name, first, second);
      case '_[_]':
        return this.#index(first, second, false);
      case '_[?_]':
      case '_?._':
        return this.#index(first, second, true);
      default:
    }
    const overloads = this.checked.overloads.get(expr.id) ?? [];
    const overload = overloads.length === 1 ? overloads[0]! : '';
    if (args.length === 2 && name === 'or' && (overload === '' || overload === 'optional_or_optional')) return step(alternative(first.run, second.run, false));
    if (args.length === 2 && name === 'orValue' && (overload === '' || overload === 'optional_orValue_value'))
      return step(alternative(first.run, second.run, true));
    return this.#function(expr, args, overloads, overload);
  }

  #function({ name }: ast.Call, args: readonly Plan[], overloads: readonly string[], overload: string): Plan {
    const declaration = this.options.functions.get(name);
    const implementation = declaration && implementationOf(declaration, overloads, args.length);
    const cost = costOfCall(name, overload, this.options.costs);
    const steps = args.map(({ run }) => run);
    if (!implementation) return step(callStep(steps, { run: () => new CelError(`no such overload: ${name}`), stopsAtErrors: false, takesErrors: false }, cost));
    if (overload === 'in_list') {
      const membership = setMembership(args[0]!, args[1]!);
      if (membership) return membership;
    }
    if (conversions.has(name) && args.length === 1 && args[0]!.constant) {
      const value = implementation.run(args[0]!.constant.value);
      if (value instanceof CelError) throw new ProgramError(value.message);
      return constant(value);
    }
    const pattern = regexFunctions.has(name) ? args[1]?.constant?.value : undefined;
    if (typeof pattern !== 'string') return step(callStep(steps, implementation, cost));
    // Patterns that are known are compiled now, and their mistakes found.
    const compiled = compileRegex(pattern);
    if (compiled instanceof CelError) throw new ProgramError(compiled.message);
    const run = (...values: Value[]): Value => {
      const wrong = typeof values[0] === 'string' ? values.slice(2).find((value) => !isInt(value)) : values[0];
      return wrong === undefined ? implementation.run(...values) : overloadErrorFor(wrong);
    };
    return step(callStep(steps, { run, stopsAtErrors: true, takesErrors: false }, cost));
  }

  #equality(name: '_==_' | '_!=_', left: Plan, right: Plan): Plan {
    const run = name === '_==_' ? equalValues : (a: Value, b: Value): Value => equalValues(a, b) !== true;
    const cost = costOfCall(name, name === '_==_' ? 'equals' : 'not_equals', this.options.costs);
    return step(callStep([left.run, right.run], { run: run as (...values: Value[]) => Value, stopsAtErrors: false, takesErrors: false }, cost));
  }

  #list({ elements, optionals }: ast.List): Plan {
    const plans = elements.map((element) => this.plan(element));
    const steps = plans.map(({ run }) => run);
    const build: Step = (frame) => {
      const values: Value[] = [];
      for (const [i, each] of steps.entries()) {
        const value = each(frame);
        if (value instanceof CelError) return value;
        if (!optionals.has(i)) values.push(value);
        else if (!(value instanceof Optional)) return new CelError(`cannot initialize optional list element from non-optional value ${printValue(value)}`);
        else if (value.content !== undefined) values.push(value.content);
      }
      return new ArrayList(values);
    };
    return folded(build, plans, listCost);
  }

  #map({ entries }: ast.MapExpr): Plan {
    const plans = entries.map(({ key, value, isOptional }) => ({ key: this.plan(key), value: this.plan(value), isOptional }));
    const build: Step = (frame) => {
      const map = new EntriesMap();
      for (const entry of plans) {
        const key = entry.key.run(frame);
        if (key instanceof CelError) return key;
        const value = entry.value.run(frame);
        if (value instanceof CelError) return value;
        if (!entry.isOptional) map.set(key, value);
        else if (!(value instanceof Optional))
          return new CelError(`cannot initialize optional entry '${printValue(key)}' from non-optional value ${printValue(value)}`);
        else if (value.content === undefined) map.delete(key);
        else map.set(key, value.content);
      }
      return map;
    };
    return folded(
      build,
      plans.flatMap(({ key, value }) => [key, value]),
      mapCost,
    );
  }

  #struct({ typeName, fields }: ast.Struct): Plan {
    const { provider } = this.options;
    if (!provider.newStruct) throw new ProgramError(`unknown type: ${typeName}`);
    const plans = fields.map(({ name, value, isOptional }) => ({ name, run: this.plan(value).run, isOptional }));
    const run: Step = (frame) => {
      const made = new Map<string, Value>();
      for (const field of plans) {
        const value = field.run(frame);
        if (value instanceof CelError) return value;
        if (!field.isOptional) made.set(field.name, value);
        else if (!(value instanceof Optional))
          return new CelError(`cannot initialize optional entry '${field.name}' from non-optional value ${printValue(value)}`);
        else if (value.content !== undefined) made.set(field.name, value.content);
      }
      frame.charge(structCost);
      return provider.newStruct!(typeName, made);
    };
    return { run };
  }

  #comprehension(expr: ast.Comprehension): Plan {
    const initial = this.plan(expr.initial).run;
    const range = this.plan(expr.range).run;
    const outer = this.#locals;
    const [accumulator, variable] = [this.#localCount++, this.#localCount++];
    const variable2 = expr.variable2 === undefined ? undefined : this.#localCount++;
    const around = new Map(outer).set(expr.accumulator, accumulatorStep(accumulator, initial));
    const inside = new Map(around).set(expr.variable, readLocal(variable));
    if (expr.variable2 !== undefined) inside.set(expr.variable2, readLocal(variable2!));
    // The accumulator is looked for first.
    inside.set(expr.accumulator, around.get(expr.accumulator)!);
    this.#locals = inside;
    const condition = this.plan(expr.condition).run;
    const next = this.plan(expr.step).run;
    this.#locals = around;
    const result = this.plan(expr.result).run;
    this.#locals = outer;
    return step(foldStep({ range, initial, condition, step: next, result, accumulator, variable, variable2 }));
  }
}

const readLocal =
  (local: number): Step =>
  (frame) =>
    frame.locals[local]!;

const step = (run: Step): Plan => ({ run });
const constant = (value: Value): Plan => ({ run: () => value, constant: { value } });
const path = (start: Step): Plan => attributePlan(new PathAttribute(start));

function attributePlan(attribute: Attribute): Plan {
  const { ownCost } = attribute;
  if (ownCost === 0) return { run: (frame) => attribute.resolve(frame), attribute };
  const run: Step = (frame) => {
    const value = attribute.resolve(frame);
    frame.charge(ownCost);
    return value;
  };
  return { run, attribute };
}

const attributeOf = ({ attribute, run }: Plan): Attribute => attribute ?? new PathAttribute(run);

/** A list or map of constants is one. */
function folded(build: Step, parts: readonly Plan[], cost: number): Plan {
  if (parts.every((part) => part.constant)) return constant(build(new Frame({}, Number.POSITIVE_INFINITY)));
  return step((frame) => {
    const value = build(frame);
    frame.charge(cost);
    return value;
  });
}

/** `&&` and `||`: the value that decides wins over errors on the other side. */
const logical =
  (left: Step, right: Step, decisive: boolean): Step =>
  (frame) => {
    const a = left(frame);
    if (a === decisive) return decisive;
    const b = right(frame);
    if (b === decisive) return decisive;
    if (typeof a !== 'boolean') return overloadErrorFor(a);
    return typeof b === 'boolean' ? b : overloadErrorFor(b);
  };

/** `or` and `orValue`. */
const alternative =
  (left: Step, right: Step, unwraps: boolean): Step =>
  (frame) => {
    const value = left(frame);
    if (value instanceof CelError) return value;
    if (!(value instanceof Optional)) return noSuchOverload;
    if (value.content === undefined) return right(frame);
    return unwraps ? value.content : value;
  };

/** `x in [1, 2]`: a look into a set, which the reference does not charge for. */
function setMembership(element: Plan, list: Plan): Plan | undefined {
  const known = list.constant?.value;
  if (!(known instanceof ListValue)) return undefined;
  if (known.size === 0) return constant(false);
  const members = new Set<unknown>();
  for (const each of elementsOf(known)) {
    if (!isScalar(each)) return undefined;
    for (const kin of [each, ...numericKin(each)]) members.add(identity(kin));
  }
  return step((frame) => {
    const value = element.run(frame);
    return value instanceof CelError ? value : isScalar(value) && members.has(identity(value));
  });
}

const isScalar = (value: Value): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || isInt(value) || value instanceof Double || value instanceof Uint;
