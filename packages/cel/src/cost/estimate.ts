/** What an expression may cost at most, before anything is known of its variables but their sizes (cel-go's cost estimation). */
import type { Checked } from '../checker/checker.js';
import { type Call, type Comprehension, type Expr, accumulatorName } from '../syntax/ast.js';
import { type Type, isOptional } from '../types/type.js';
import { codePointCount } from '../values/text.js';
import type { CostRules } from './cost-rules.js';
import { type Range, addRanges, fixed, largest, multiplySizes, plusCost, sizeCost, unionRanges, unknownSize } from './estimates.js';
import { estimateKubernetesCall } from './kubernetes-estimates.js';
import { listCost, mapCost, regexFactor, selectCost, structCost, traversalFactor } from './sizes.js';

/** A part of an expression, as rules of estimates see it. */
export interface EstimatedNode {
  /** Where it is from: `self`, `spec`, `@items`. Undefined for what is computed. */
  readonly path: readonly string[] | undefined;
  readonly type: Type;
  /** Undefined for the elements of a list. */
  readonly expr: Expr | undefined;
  /** As computed. */
  readonly size: Range | undefined;
  /** As whoever declared the variables says. */
  readonly declaredSize: Range | undefined;
}

export interface CallEstimate {
  readonly cost: Range;
  /** The size of the result. */
  readonly size?: Range;
}

/** How large the value at a path may be; undefined where that is not known. */
export type SizeOfPath = (path: readonly string[]) => number | undefined;

export interface EstimateOptions {
  readonly sizeOf?: SizeOfPath;
  readonly rules?: readonly CostRules[];
}

/** The least and the most that an evaluation costs. */
export const estimateCost = (checked: Checked, options: EstimateOptions = {}): Range => new Estimator(checked, options).cost(checked.expr);

/** The sizes of what a list or map holds. */
interface EntrySizes {
  readonly container: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: readonly string[];
  readonly size: Range | undefined;
  readonly entries: EntrySizes | undefined;
}

const noCost = fixed(0);

class Estimator {
  readonly #paths = new Map<number, readonly string[]>();
  readonly #sizes = new Map<number, Range>();
  readonly #entries = new Map<number, EntrySizes>();
  readonly #locals = new Map<string, Local[]>();

  constructor(
    readonly checked: Checked,
    readonly options: EstimateOptions,
  ) {}

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'ident': {
        const path = this.#local(expr.name)?.path ?? [expr.name];
        this.#paths.set(expr.id, path);
        return fixed(selectCost);
      }
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return plusCost(
          expr.fields.reduce((sum, { value }) => addRanges(sum, this.cost(value)), noCost),
          structCost,
        );
      case 'comprehension':
        return isBind(expr) ? this.#bind(expr) : this.#fold(expr);
      default:
        return noCost;
    }
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name);
    if (stack) stack.push(local);
    else this.#locals.set(name, [local]);
  }

  #pop(name: string): void {
    this.#locals.get(name)!.pop();
  }

  #path(expr: Expr): readonly string[] {
    return (expr.kind === 'ident' ? this.#local(expr.name)?.path : undefined) ?? this.#paths.get(expr.id) ?? [];
  }

  #select({ id, operand, field, isTest }: Extract<Expr, { kind: 'select' }>): Range {
    const cost = this.cost(operand);
    // Asking for presence costs no more than the way there.
    if (isTest) return cost;
    this.#paths.set(id, [...this.#path(operand), field]);
    const { kind } = this.checked.typeOf(operand);
    return kind === 'map' || kind === 'struct' || kind === 'typeParam' ? plusCost(cost, selectCost) : cost;
  }

  #list(expr: Extract<Expr, { kind: 'list' }>): Range {
    let sum = noCost;
    let size: Range = { min: expr.elements.length === 0 ? 0 : largest, max: 0 };
    for (const element of expr.elements) {
      sum = addRanges(sum, this.cost(element));
      size = unionRanges(size, this.#sizeOrUnknown(element));
    }
    this.#entries.set(expr.id, { container: 'list', key: fixed(1), value: size });
    return plusCost(sum, listCost);
  }

  #map(expr: Extract<Expr, { kind: 'map' }>): Range {
    let sum = noCost;
    const nothing: Range = { min: expr.entries.length === 0 ? 0 : largest, max: 0 };
    let [key, value] = [nothing, nothing];
    for (const entry of expr.entries) {
      sum = addRanges(addRanges(sum, this.cost(entry.key)), this.cost(entry.value));
      key = unionRanges(key, this.#sizeOrUnknown(entry.key));
      value = unionRanges(value, this.#sizeOrUnknown(entry.value));
    }
    this.#entries.set(expr.id, { container: 'map', key, value });
    return plusCost(sum, mapCost);
  }

  #fold(expr: Comprehension): Range {
    const { range, initial, condition, step, result, accumulator, variable, variable2 } = expr;
    let sum = addRanges(this.cost(range), this.cost(initial));
    this.#push(accumulator, { path: this.#path(initial), size: this.#size(initial), entries: this.#entrySizes(initial) });
    this.#pushVariables(range, variable, variable2);
    const loop = addRanges(this.cost(condition), this.cost(step));
    this.#pop(variable);
    if (variable2 !== undefined) this.#pop(variable2);
    sum = addRanges(sum, this.cost(result));
    this.#pop(accumulator);
    const rounds = this.#sizeOrUnknown(range);
    sum = addRanges(sum, multiplySizes(rounds, loop));
    if (initial.kind === 'literal') this.#setSize(expr, this.#size(initial));
    else if (initial.kind === 'list' || initial.kind === 'map') {
      this.#setSize(expr, rounds);
      this.#setEntries(expr, this.#entrySizes(step));
    }
    return sum;
  }

  #pushVariables(range: Expr, first: string, second: string | undefined): void {
    const entries = this.#entrySizes(range);
    const container = entries?.container ?? this.checked.typeOf(range).kind;
    const path = this.#path(range);
    const isList = container === 'list';
    const value: Local = { path: [...path, isList ? '@items' : '@values'], size: entries?.value, entries: undefined };
    if (second === undefined) this.#push(first, isList ? value : { path: [...path, '@keys'], size: entries?.key, entries: undefined });
    else {
      this.#push(first, { path: [...path, isList ? '@indices' : '@keys'], size: entries?.key, entries: undefined });
      this.#push(second, value);
    }
  }

  #bind(expr: Comprehension): Range {
    const { range, initial, result, accumulator } = expr;
    const before = addRanges(this.cost(range), this.cost(initial));
    this.#push(accumulator, { path: this.#path(initial), size: this.#size(initial), entries: this.#entrySizes(initial) });
    const sum = addRanges(before, this.cost(result));
    this.#pop(accumulator);
    this.#copySizes(expr, result);
    return sum;
  }

  #copySizes(to: Expr, from: Expr): void {
    this.#setSize(to, this.#size(from));
    this.#setEntries(to, this.#entrySizes(from));
  }

  #setSize({ id }: Expr, size: Range | undefined): void {
    if (size) this.#sizes.set(id, size);
  }

  #setEntries({ id }: Expr, entries: EntrySizes | undefined): void {
    if (entries) this.#entries.set(id, entries);
  }

  #entrySizes(expr: Expr): EntrySizes | undefined {
    return this.#entries.get(expr.id) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entries : undefined);
  }

  #size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr.id) ?? literalSize(expr);
    if (known) return known;
    const declared = this.#declaredSize(this.#path(expr));
    if (declared) {
      this.#sizes.set(expr.id, declared);
      return declared;
    }
    if (isScalar(this.checked.typeOf(expr))) return fixed(1);
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }

  #declaredSize(path: readonly string[] | undefined): Range | undefined {
    const size = path && path.length > 0 ? this.options.sizeOf?.(path) : undefined;
    return size === undefined ? undefined : { min: 0, max: size };
  }

  #sizeOrUnknown(expr: Expr): Range {
    return this.#size(expr) ?? unknownSize;
  }

  #node(expr: Expr): EstimatedNode {
    const path = this.#path(expr);
    const isCollected = path[0] === accumulatorName || path[0] === '__result__';
    const type = this.checked.typeOf(expr);
    const shown = isCollected || path.length === 0 ? undefined : path;
    return { path: shown, type, expr, size: this.#size(expr), declaredSize: this.#declaredSize(shown) };
  }

  /** The elements of a list. */
  elementsOf({ type, path }: EstimatedNode): EstimatedNode | undefined {
    const [element] = type.params;
    const inside = path && [...path, '@items'];
    return element && { path: inside, type: element, expr: undefined, size: undefined, declaredSize: this.#declaredSize(inside) };
  }

  #call(expr: Call): Range {
    if (expr.name === 'dyn') {
      const cost = this.cost(expr.args[0]!);
      this.#copySizes(expr, expr.args[0]!);
      return plusCost(cost, 1);
    }
    const costs = expr.args.map((arg) => this.cost(arg));
    const args = expr.args.map((arg) => this.#node(arg));
    const overloads = this.checked.overloads.get(expr.id) ?? [];
    if (overloads.length === 0) return noCost;
    const targetCost = expr.target ? this.cost(expr.target) : noCost;
    const target = expr.target && this.#node(expr.target);
    let cost: Range = { min: largest, max: 0 };
    let size: Range | undefined;
    for (const overload of overloads) {
      const estimate = this.#estimate(expr, overload, target, args, costs);
      cost = unionRanges(cost, estimate.cost);
      if (estimate.size) size = size ? unionRanges(size, estimate.size) : estimate.size;
      if (overload === 'index_list' || overload === 'index_map') {
        const [collection] = expr.args as [Expr];
        size = this.#entrySizes(collection)?.value;
        this.#paths.set(expr.id, [...this.#path(collection), overload === 'index_list' ? '@items' : '@values']);
      }
      size ??= this.#size(expr);
    }
    this.#setSize(expr, size);
    return addRanges(targetCost, cost);
  }

  #estimate(expr: Call, overload: string, target: EstimatedNode | undefined, args: readonly EstimatedNode[], costs: readonly Range[]): CallEstimate {
    const withArgs = ({ cost, size }: CallEstimate): CallEstimate => ({ cost: costs.reduce(addRanges, cost), size });
    for (const { estimate } of this.options.rules ?? []) {
      const found = estimate && Object.hasOwn(estimate, overload) ? estimate[overload]!(target, args) : undefined;
      if (found) return withArgs(found);
    }
    const ofKubernetes = estimateKubernetesCall(expr.name, overload, target, args, (list) => this.elementsOf(list));
    if (ofKubernetes) return withArgs(ofKubernetes);
    if (overload === 'logical_or' || overload === 'logical_and') return { cost: { min: costs[0]!.min, max: addRanges(costs[0]!, costs[1]!).max } };
    if (overload === 'conditional') return this.#conditional(expr, args, costs);
    return withArgs(this.#usual(expr, overload, target, args) ?? { cost: fixed(1) });
  }

  #conditional(expr: Call, args: readonly EstimatedNode[], [condition, then, otherwise]: readonly Range[]): CallEstimate {
    this.#setEntries(expr, unionEntries(this.#entrySizes(expr.args[1]!), this.#entrySizes(expr.args[2]!)));
    return { cost: addRanges(condition!, unionRanges(then!, otherwise!)), size: unionRanges(sizeOr(args[1]!), sizeOr(args[2]!)) };
  }

  /** The rules of the standard library. */
  #usual(expr: Call, overload: string, target: EstimatedNode | undefined, args: readonly EstimatedNode[]): CallEstimate | undefined {
    const [first, second] = args;
    switch (overload) {
      case 'string_format':
        return target && { cost: sizeCost(sizeOr(target), traversalFactor) };
      case 'string_to_bytes':
      case 'bytes_to_string':
      case 'strings_quote':
        return first && { cost: sizeCost(sizeOr(first), traversalFactor), size: textSizes[overload](sizeOr(first)) };
      case 'starts_with_string':
      case 'ends_with_string':
        return first && { cost: sizeCost(sizeOr(first), traversalFactor) };
      case 'in_list':
        return second && { cost: sizeCost(sizeOr(second), 1) };
      case 'matches':
        return first && second && { cost: searchCost(first, second) };
      case 'matches_string':
        return target && first && { cost: searchCost(target, first) };
      case 'contains_string':
        return target && first && { cost: multiplySizes(sizeCost(sizeOr(target), traversalFactor), sizeCost(sizeOr(first), traversalFactor)) };
      case 'add_string':
      case 'add_bytes':
      case 'add_list':
        return first && second && this.#sum(expr, overload, first, second);
      default:
        return comparisons.has(overload) && first && second ? { cost: comparisonCost(sizeOr(first), sizeOr(second)) } : undefined;
    }
  }

  #sum(expr: Call, overload: string, first: EstimatedNode, second: EstimatedNode): CallEstimate {
    const size = addRanges(sizeOr(first), sizeOr(second));
    this.#setEntries(expr, unionEntries(this.#entrySizes(expr.args[0]!), this.#entrySizes(expr.args[1]!)));
    return { cost: overload === 'add_list' ? fixed(1) : sizeCost(size, traversalFactor), size };
  }
}

const sizeOr = ({ size }: EstimatedNode): Range => size ?? unknownSize;

const textSizes: Readonly<Record<'string_to_bytes' | 'bytes_to_string' | 'strings_quote', (size: Range) => Range>> = {
  string_to_bytes: ({ min, max }) => ({ min, max: Math.min(max * 4, largest) }),
  bytes_to_string: ({ min, max }) => ({ min: Math.floor(min / 4), max }),
  // Of texts of any size the reference's number starts anew.
  strings_quote: ({ min, max }) => ({ min: min + 2, max: (max * 2 + 2) % largest }),
};

const comparisons: ReadonlySet<string> = new Set([
  'equals',
  'not_equals',
  ...['less', 'greater', 'less_equals', 'greater_equals'].flatMap((name) => [`${name}_string`, `${name}_bytes`]),
]);

function comparisonCost(a: Range, b: Range): Range {
  const max = Math.min(a.max, b.max);
  return sizeCost({ min: max > 0 ? 1 : 0, max }, traversalFactor);
}

const searchCost = (text: EstimatedNode, pattern: EstimatedNode): Range =>
  multiplySizes(sizeCost(addRanges(sizeOr(text), fixed(1)), traversalFactor), sizeCost(sizeOr(pattern), regexFactor));

const unionEntries = (a: EntrySizes | undefined, b: EntrySizes | undefined): EntrySizes | undefined =>
  a && b && { container: a.container, key: unionRanges(a.key, b.key), value: unionRanges(a.value, b.value) };

function literalSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return fixed(expr.elements.length);
  if (expr.kind === 'map') return fixed(expr.entries.length);
  if (expr.kind !== 'literal') return undefined;
  const { value } = expr;
  return fixed(typeof value === 'string' ? codePointCount(value) : value instanceof Uint8Array ? value.length : 1);
}

const scalars: ReadonlySet<Type['kind']> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);
const isScalar = (type: Type): boolean => (isOptional(type) ? isScalar(type.params[0]!) : scalars.has(type.kind));

/** A name for a value: a loop that never runs. */
const isBind = ({ range, condition, accumulator }: Comprehension): boolean =>
  range.kind === 'list' && range.elements.length === 0 && condition.kind === 'literal' && condition.value === false && accumulator !== '__result__';
