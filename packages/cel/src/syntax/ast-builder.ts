/** Makes the nodes of a tree and remembers where in the text they are. */
import type { Value } from '../values/value.js';
import { type Call, type Expr, type Ident, type List, type Literal, type MapEntry, type MapExpr, type Select, accumulatorName } from './ast.js';

export class MacroError extends Error {
  constructor(
    message: string,
    /** The expression that is wrong. */
    readonly at: Expr,
  ) {
    super(message);
  }
}

/** Where each node starts, by its id, in code points. */
export type Offsets = number[];

export class AstBuilder {
  readonly offsets: Offsets = [-1];

  /** An id for a node that starts there. */
  id(offset: number): number {
    return this.offsets.push(offset) - 1;
  }

  offsetOf({ id }: { readonly id: number }): number {
    return this.offsets[id] ?? -1;
  }
}

/** Makes what a macro expands to: all of it stands where the macro's call does. */
export class MacroBuilder {
  constructor(
    readonly nodes: AstBuilder,
    readonly offset: number,
  ) {}

  #id(): number {
    return this.nodes.id(this.offset);
  }

  literal(value: Value): Literal {
    return { kind: 'literal', id: this.#id(), value };
  }

  ident(name: string): Ident {
    return { kind: 'ident', id: this.#id(), name };
  }

  accumulator(): Ident {
    return this.ident(accumulatorName);
  }

  call(name: string, ...args: Expr[]): Call {
    return { kind: 'call', id: this.#id(), name, target: undefined, args };
  }

  memberCall(name: string, target: Expr, ...args: Expr[]): Call {
    return { kind: 'call', id: this.#id(), name, target, args };
  }

  list(...elements: Expr[]): List {
    return { kind: 'list', id: this.#id(), elements, optionals: new Set() };
  }

  map(): MapExpr {
    return { kind: 'map', id: this.#id(), entries: [] };
  }

  presenceTest(operand: Expr, field: string): Select {
    return { kind: 'select', id: this.#id(), operand, field, isTest: true };
  }

  fold(
    range: Expr,
    variables: readonly [string, string?],
    parts: { readonly accumulator?: string; readonly initial: Expr; readonly condition: Expr; readonly step: Expr; readonly result: Expr },
  ): Expr {
    const [variable, variable2] = variables;
    return { kind: 'comprehension', id: this.#id(), range, variable, variable2, accumulator: accumulatorName, ...parts };
  }

  /** `result` with the name standing for the value. */
  bind(name: string, value: Expr, result: Expr): Expr {
    return this.fold(this.list(), ['#unused'], { accumulator: name, initial: value, condition: this.literal(false), step: this.ident(name), result });
  }

  /** The same expression with ids of its own. */
  copy(expr: Expr): Expr {
    const id = this.nodes.id(this.nodes.offsetOf(expr));
    const copy = (each: Expr): Expr => this.copy(each);
    switch (expr.kind) {
      case 'select':
        return { ...expr, id, operand: copy(expr.operand) };
      case 'call':
        return { ...expr, id, args: expr.args.map(copy), target: expr.target && copy(expr.target) };
      case 'list':
        return { ...expr, id, elements: expr.elements.map(copy) };
      case 'map':
        return { ...expr, id, entries: expr.entries.map((entry): MapEntry => ({ ...entry, id: this.#id(), key: copy(entry.key), value: copy(entry.value) })) };
      case 'struct':
        return { ...expr, id, fields: expr.fields.map((field) => ({ ...field, id: this.#id(), value: copy(field.value) })) };
      case 'comprehension': {
        const { range, initial, condition, step, result } = expr;
        return { ...expr, id, range: copy(range), initial: copy(initial), condition: copy(condition), step: copy(step), result: copy(result) };
      }
      default:
        return { ...expr, id };
    }
  }
}
