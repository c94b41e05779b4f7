/** The syntax tree, with macros expanded: what is checked, estimated and compiled. */
import type { Value } from '../values/value.js';

interface Node {
  /** Unique in the tree. */
  readonly id: number;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}

export interface Ident extends Node {
  readonly kind: 'ident';
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** `has(operand.field)` */
  readonly isTest: boolean;
}

export interface Call extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}

export interface List extends Node {
  readonly kind: 'list';
  readonly elements: readonly Expr[];
  /** The indexes of elements that are left out if they are `optional.none()`. */
  readonly optionals: ReadonlySet<number>;
}

export interface MapEntry extends Node {
  readonly key: Expr;
  readonly value: Expr;
  readonly isOptional: boolean;
}

export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

export interface StructField extends Node {
  readonly name: string;
  readonly value: Expr;
  readonly isOptional: boolean;
}

export interface Struct extends Node {
  readonly kind: 'struct';
  readonly typeName: string;
  readonly fields: readonly StructField[];
}

/** A loop over `range` that carries `accumulator` along. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  readonly range: Expr;
  readonly variable: string;
  /** With two variables the first is the index or key. */
  readonly variable2: string | undefined;
  readonly accumulator: string;
  readonly initial: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** What stands where the text is broken. */
export interface Broken extends Node {
  readonly kind: 'broken';
}

export type Expr = Literal | Ident | Select | Call | List | MapExpr | Struct | Comprehension | Broken;

/** The variable that macros collect their result in: no text of a user can name it. */
export const accumulatorName = '@result';
/** What it was called once; users may not take that name either. */
export const oldAccumulatorName = '__result__';

/** The parts of an expression, in the order of the text. */
export function childrenOf(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : [...expr.args];
    case 'list':
      return [...expr.elements];
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expr.fields.map(({ value }) => value);
    case 'comprehension':
      return [expr.range, expr.initial, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** The expression and all within it. */
export function* everyExpr(expr: Expr): Generator<Expr> {
  yield expr;
  for (const child of childrenOf(expr)) yield* everyExpr(child);
}
