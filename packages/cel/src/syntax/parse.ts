/** From text to a syntax tree. */
import { parseFloat64 } from '../values/convert.js';
import { intOf, maxUint } from '../values/arithmetic.js';
import { CelError, Double, Uint, type Value } from '../values/value.js';
import type { Broken, Expr, MapEntry, StructField } from './ast.js';
import { AstBuilder, MacroBuilder, MacroError, type Offsets } from './ast-builder.js';
import { explainSyntax } from './explain-syntax.js';
import { type Lexed, tokenize } from './lexer.js';
import { type Macros, macroKey } from './macros.js';
import { RecursionLimit, UnexpectedToken, maxDepth, parsePhrase } from './phrase-parser.js';
import { type Issue, Source, noLocation } from './source.js';
import type { Token } from './token.js';
import type { Phrase } from './tree.js';
import { UnescapeError, unescapeBytes, unescapeString } from './unescape.js';

export interface Parsed {
  readonly source: Source;
  readonly expr: Expr;
  readonly offsets: Offsets;
  /** Why the text is no expression; empty if it is one. */
  readonly issues: Issue[];
}

export interface ParseOptions {
  readonly macros: Macros;
  /** Whether `a.?b`, `a[?b]` and `[?a]` are understood. */
  readonly hasOptionals: boolean;
}

const maxCodePoints = 100_000;

const reserved: ReadonlySet<string> = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(' '),
);

/** Parses an expression and expands its macros. */
export function parse(text: string, options: ParseOptions): Parsed {
  const source = new Source(text);
  const nodes = new AstBuilder();
  const issues: Issue[] = [];
  const done = (expr: Expr): Parsed => ({ source, expr, offsets: nodes.offsets, issues });
  const nothing: Broken = { kind: 'broken', id: 0 };
  if (source.length > maxCodePoints) {
    issues.push({ location: noLocation, message: `expression code point size exceeds limit: size: ${source.length}, limit ${maxCodePoints}` });
    return done(nothing);
  }
  const lexed = tokenize(source);
  issues.push(...lexed.issues);
  try {
    return done(new Visitor(source, nodes, issues, options).visit(phraseOf(source, lexed, issues)));
  } catch (error) {
    if (!(error instanceof RecursionLimit)) throw error;
    issues.push({ location: noLocation, message: error.message });
    return done(nothing);
  }
}

/** The text's phrase; of broken text what there is of it, and the errors. */
function phraseOf(source: Source, lexed: Lexed, issues: Issue[]): Phrase | undefined {
  try {
    return parsePhrase(lexed.tokens);
  } catch (error) {
    if (!(error instanceof UnexpectedToken)) throw error;
    const { phrase, issues: found } = explainSyntax(source, lexed);
    issues.push(...found);
    return phrase;
  }
}

const relationNames: Readonly<Record<string, string>> = { in: '@in' };

/** Makes nodes of phrases. */
class Visitor {
  #depth = 0;

  constructor(
    readonly source: Source,
    readonly nodes: AstBuilder,
    readonly issues: Issue[],
    readonly options: ParseOptions,
  ) {}

  #report(offset: number, message: string): Broken {
    this.issues.push({ location: this.source.locate(offset), message });
    return { kind: 'broken', id: this.nodes.id(offset) };
  }

  visit(phrase: Phrase | undefined): Expr {
    if (phrase === undefined) {
      // What is missing has been told already.
      if (this.issues.length > 0) return { kind: 'broken', id: this.nodes.id(-1) };
      return this.#report(-1, 'unknown parse element encountered: <<nil>>');
    }
    if (phrase.rule === 'logic' || phrase.rule === 'unary' || phrase.rule === 'literal' || phrase.rule === 'ident') return this.#make(phrase);
    if (++this.#depth > maxDepth) throw new RecursionLimit('max recursion depth exceeded');
    const made = this.#make(phrase);
    this.#depth--;
    return made;
  }

  #make(phrase: Phrase): Expr {
    switch (phrase.rule) {
      case 'conditional': {
        const condition = this.visit(phrase.condition);
        const id = this.nodes.id(phrase.op.start);
        return this.#call(id, '_?_:_', undefined, [condition, this.visit(phrase.whenTrue), this.visit(phrase.whenFalse)]);
      }
      case 'logic':
        return this.#logic(phrase);
      case 'binary': {
        const left = this.visit(phrase.left);
        const id = this.nodes.id(phrase.op.start);
        return this.#call(id, relationNames[phrase.op.text] ?? `_${phrase.op.text}_`, undefined, [left, this.visit(phrase.right)]);
      }
      case 'unary': {
        if (phrase.ops.length % 2 === 0) return this.visit(phrase.operand);
        const id = this.nodes.id(phrase.ops[0]!.start);
        return this.#call(id, phrase.operator, undefined, [this.visit(phrase.operand)]);
      }
      case 'select':
        return this.#select(phrase);
      case 'memberCall': {
        const target = this.visit(phrase.operand);
        if (!phrase.id) return { kind: 'broken', id: this.nodes.id(phrase.start.start) };
        const id = this.nodes.id(phrase.open.start);
        return this.#call(id, phrase.id.text, target, this.#all(phrase.args));
      }
      case 'index': {
        const target = this.visit(phrase.operand);
        const id = this.nodes.id(phrase.op.start);
        const index = this.visit(phrase.index);
        if (phrase.isOptional && !this.options.hasOptionals) return this.#report(phrase.op.start, "unsupported syntax '[?'");
        return this.#call(id, phrase.isOptional ? '_[?_]' : '_[_]', undefined, [target, index]);
      }
      case 'ident':
        if (reserved.has(phrase.id.text)) return this.#report(phrase.start.start, `reserved identifier: ${phrase.id.text}`);
        return { kind: 'ident', id: this.nodes.id(phrase.id.start), name: phrase.hasDot ? `.${phrase.id.text}` : phrase.id.text };
      case 'call': {
        if (reserved.has(phrase.id.text)) return this.#report(phrase.start.start, `reserved identifier: ${phrase.id.text}`);
        const id = this.nodes.id(phrase.open.start);
        return this.#call(id, phrase.hasDot ? `.${phrase.id.text}` : phrase.id.text, undefined, this.#all(phrase.args));
      }
      case 'list':
        return this.#list(phrase);
      case 'map':
        return this.#map(phrase);
      case 'message':
        return this.#message(phrase);
      case 'literal':
        return this.#literal(phrase);
    }
  }

  #all(phrases: readonly (Phrase | undefined)[]): Expr[] {
    return phrases.map((phrase) => this.visit(phrase));
  }

  /** A balanced tree, so that long chains are not deep. */
  #logic({ operator, terms: phrases, ops }: Extract<Phrase, { rule: 'logic' }>): Expr {
    const terms = [this.visit(phrases[0])];
    const ids: number[] = [];
    for (const [i, op] of ops.entries()) {
      if (i + 1 >= phrases.length) return this.#report(op.start, `unexpected character, wanted '${operator.slice(1, -1)}'`);
      terms.push(this.visit(phrases[i + 1]));
      ids.push(this.nodes.id(op.start));
    }
    const balanced = (low: number, high: number): Expr => {
      const middle = Math.floor((low + high + 1) / 2);
      const left = middle === low ? terms[middle]! : balanced(low, middle - 1);
      const right = middle === high ? terms[middle + 1]! : balanced(middle + 1, high);
      return { kind: 'call', id: ids[middle]!, name: operator, target: undefined, args: [left, right] };
    };
    return balanced(0, ids.length - 1);
  }

  #select({ op, isOptional, operand: phrase, id: token, start }: Extract<Phrase, { rule: 'select' }>): Expr {
    const operand = this.visit(phrase);
    if (!token) return { kind: 'broken', id: this.nodes.id(start.start) };
    const field = nameOf(token);
    if (!isOptional) return { kind: 'select', id: this.nodes.id(op.start), operand, field, isTest: false };
    if (!this.options.hasOptionals) return this.#report(op.start, "unsupported syntax '.?'");
    const name: Expr = { kind: 'literal', id: this.nodes.id(token.start), value: field };
    return { kind: 'call', id: this.nodes.id(op.start), name: '_?._', target: undefined, args: [operand, name] };
  }

  #list({ open, elements }: Extract<Phrase, { rule: 'list' }>): Expr {
    const id = this.nodes.id(open.start);
    const optionals = new Set<number>();
    const made = elements.map(({ isOptional, element }, i) => {
      const expr = this.visit(element);
      if (isOptional && this.#allowsOptional(expr)) optionals.add(i);
      return expr;
    });
    return { kind: 'list', id, elements: made, optionals };
  }

  #allowsOptional(expr: Expr): boolean {
    if (!this.options.hasOptionals) this.#report(this.nodes.offsetOf(expr), "unsupported syntax '?'");
    return this.options.hasOptionals;
  }

  #map({ open, entries }: Extract<Phrase, { rule: 'map' }>): Expr {
    const id = this.nodes.id(open.start);
    const made = entries.map(({ isOptional, key: keyPhrase, colon, value }): MapEntry => {
      const entryId = this.nodes.id(colon.start);
      const key = this.visit(keyPhrase);
      return { id: entryId, key, value: this.visit(value), isOptional: isOptional && this.#allowsOptional(key) };
    });
    return { kind: 'map', id, entries: made };
  }

  #message({ hasDot, ids, open, fields }: Extract<Phrase, { rule: 'message' }>): Expr {
    const typeName = `${hasDot ? '.' : ''}${ids.map(({ text }) => text).join('.')}`;
    const id = this.nodes.id(open.start);
    const made = fields.map(({ isOptional, id: token, colon, value: phrase }): StructField => {
      const fieldId = this.nodes.id(colon.start);
      const value = this.visit(phrase);
      return { id: fieldId, name: nameOf(token), value, isOptional: isOptional && this.#allowsOptional(value) };
    });
    return { kind: 'struct', id, typeName, fields: made };
  }

  #literal({ sign, token }: Extract<Phrase, { rule: 'literal' }>): Expr {
    const start = (sign ?? token).start;
    const value = literalValue(token, sign !== undefined);
    if (value instanceof CelError) return this.#report(start, value.message);
    return { kind: 'literal', id: this.nodes.id(start), value };
  }

  #call(id: number, name: string, target: Expr | undefined, args: Expr[]): Expr {
    const call: Expr = { kind: 'call', id, name, target, args };
    const macro = this.options.macros.get(macroKey(name, args.length, target !== undefined));
    if (!macro) return call;
    const offset = this.nodes.offsetOf(call);
    try {
      return macro(new MacroBuilder(this.nodes, offset), target!, args) ?? call;
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      return this.#report(this.nodes.offsetOf(error.at), error.message);
    }
  }
}

const nameOf = ({ type, text }: Token): string => (type === 'ESC_IDENTIFIER' ? text.slice(1, -1) : text);

/** The literal's value, or an error with the reference's sentence. */
function literalValue({ type, text }: Token, isNegative: boolean): Value {
  switch (type) {
    case 'NUM_INT': {
      const value = intOf(isNegative ? -BigInt(text) : BigInt(text));
      return value instanceof CelError ? new CelError('invalid int literal') : value;
    }
    case 'NUM_UINT': {
      const value = BigInt(text.slice(0, -1));
      return value > maxUint ? new CelError('invalid uint literal') : new Uint(value);
    }
    case 'NUM_FLOAT': {
      const value = parseFloat64(isNegative ? `-${text}` : text);
      return value === undefined ? new CelError('invalid double literal') : new Double(value);
    }
    case 'STRING':
    case 'BYTES':
      try {
        return type === 'STRING' ? unescapeString(text) : unescapeBytes(text.slice(1));
      } catch (error) {
        if (error instanceof UnescapeError) return new CelError(error.message);
        throw error;
      }
    case "'true'":
      return true;
    case "'false'":
      return false;
    default:
      return null;
  }
}
