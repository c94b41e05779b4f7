/** What holds for every expression and every number. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Compiled, type Evaluation, ProgramError, Uint, celEnvironment, celTypes, kubernetesLibraries, newestVersion } from './index.js';
import { tokenize } from './syntax/lexer.js';
import { maxDepth, parsePhrase } from './syntax/phrase-parser.js';
import { Source } from './syntax/source.js';
import type { Phrase } from './syntax/tree.js';

const literal = fc.constantFrom('1', '-7', '0x1F', '9223372036854775807', '3u', '1.5', '.5e3', '"a\\n"', "r'\\d'", "b'x'", '"""é😀"""', 'true', 'null');
const name = fc.constantFrom('x', 'self', 'list', 'a.b', '.c', 'in_', 'unknown');
const operator = fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||');
const method = fc.constantFrom('size', 'contains', 'all', 'map', 'startsWith', 'format', 'matches', 'orValue', 'sum', 'nope');
const unary = fc.constantFrom('!', '-', '!!', '--');

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const part = tie('expression');
  const parts = fc.array(part, { maxLength: 3 });
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      literal,
      name,
      fc.tuple(part, operator, part).map(([a, op, b]) => `${a} ${op} ${b}`),
      fc.tuple(unary, part).map(([op, a]) => `${op}(${a})`),
      fc.tuple(part, part, part).map(([a, b, c]) => `(${a}) ? (${b}) : ${c}`),
      part.map((a) => `(${a})`),
      fc.tuple(part, fc.constantFrom('.f', '.?f', '.`a-b`')).map(([a, field]) => `(${a})${field}`),
      fc.tuple(part, fc.constantFrom('[', '[?'), part).map(([a, open, b]) => `(${a})${open}${b}]`),
      fc.tuple(part, method, parts).map(([a, call, args]) => `(${a}).${call}(${args.join(', ')})`),
      fc.tuple(part, fc.constantFrom('all', 'exists', 'map', 'filter', 'sortBy'), part).map(([a, macro, b]) => `(${a}).${macro}(x, ${b})`),
      fc.tuple(fc.constantFrom('int', 'uint', 'string', 'double', 'dyn', 'size', 'type', 'duration', 'quantity'), part).map(([call, a]) => `${call}(${a})`),
      parts.map((elements) => `[${elements.join(', ')}]`),
      fc.array(fc.tuple(part, part), { maxLength: 2 }).map((entries) => `{${entries.map(([k, v]) => `${k}: ${v}`).join(', ')}}`),
    ),
  };
});

/** The phrase in text that is all brackets. */
function print(phrase: Phrase | undefined): string {
  if (!phrase) throw new Error('a part is missing');
  const list = (parts: readonly (Phrase | undefined)[]): string => parts.map(print).join(', ');
  const within = (part: Phrase | undefined): string => `(${print(part)})`;
  switch (phrase.rule) {
    case 'conditional':
      return `${within(phrase.condition)} ? ${within(phrase.whenTrue)} : ${within(phrase.whenFalse)}`;
    case 'logic':
      return phrase.terms.map(within).join(phrase.operator === '_||_' ? ' || ' : ' && ');
    case 'binary':
      return `${within(phrase.left)} ${phrase.op.text} ${within(phrase.right)}`;
    case 'unary':
      return `${phrase.ops.map(({ text }) => text).join('')}${within(phrase.operand)}`;
    case 'select':
      return `${within(phrase.operand)}.${phrase.isOptional ? '?' : ''}${phrase.id!.text}`;
    case 'memberCall':
      return `${within(phrase.operand)}.${phrase.id!.text}(${list(phrase.args)})`;
    case 'index':
      return `${within(phrase.operand)}[${phrase.isOptional ? '?' : ''}${print(phrase.index)}]`;
    case 'ident':
      return `${phrase.hasDot ? '.' : ''}${phrase.id.text}`;
    case 'call':
      return `${phrase.hasDot ? '.' : ''}${phrase.id.text}(${list(phrase.args)})`;
    case 'list':
      return `[${phrase.elements.map(({ isOptional, element }) => `${isOptional ? '?' : ''}${print(element)}`).join(', ')}]`;
    case 'map':
      return `{${phrase.entries.map(({ isOptional, key, value }) => `${isOptional ? '?' : ''}${print(key)}: ${print(value)}`).join(', ')}}`;
    case 'message':
      return `${phrase.hasDot ? '.' : ''}${phrase.ids.map(({ text }) => text).join('.')}{${phrase.fields.map(({ id, value }) => `${id.text}: ${print(value)}`).join(', ')}}`;
    case 'literal':
      return `${phrase.sign?.text ?? ''}${phrase.token.text}`;
  }
}

const parse = (text: string): Phrase => parsePhrase(tokenize(new Source(text)).tokens);

const variables = { self: celTypes.dyn, x: celTypes.int, list: celTypes.listOf(celTypes.int) };
const environment = celEnvironment({ variables, libraries: kubernetesLibraries(newestVersion) });
const activation = { self: { a: 1, f: 'text', list: [1, 'a', null] }, x: 3, list: [1, 2, 3] };

/** Undefined where a constant of the expression is no good. */
function evaluate(compiled: Compiled): Evaluation | undefined {
  try {
    return compiled.program().evaluate(activation);
  } catch (error) {
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}

describe('expressions', () => {
  it('mean the same when all brackets are written', () => {
    fc.assert(
      fc.property(expression, (text) => {
        const printed = print(parse(text));
        // Brackets are levels too, of which there may only be so many.
        fc.pre([...printed].filter((char) => char === '(').length < maxDepth / 10);
        expect(print(parse(printed))).toBe(printed);
      }),
    );
  });

  it('have a value, an error or issues, and nothing else is thrown', () => {
    fc.assert(
      fc.property(expression, (text) => {
        const compiled = environment.compile(text);
        if (compiled.issues.length > 0) {
          expect(compiled.errorText).toMatch(/^ERROR: <input>:/);
          return;
        }
        const evaluation = evaluate(compiled);
        if (!evaluation) return;
        const { value, error, cost } = evaluation;
        expect((value === undefined) !== (error === undefined)).toBe(true);
        expect(cost).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('are told what is wrong with them, whatever they are', () => {
    const token = fc.constantFrom(..."a 1 'x' \" ( ) [ ] { } . , ? : + - ! && || == in true 1u \\ @ é .? .a( b'".split(' '));
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const { issues, errorText } = environment.compile(tokens.join(' '));
        expect(errorText === '').toBe(issues.length === 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('cost no more than they are estimated to', () => {
    fc.assert(
      fc.property(expression, (text) => {
        const compiled = environment.compile(text);
        if (compiled.issues.length > 0) return;
        const evaluation = evaluate(compiled);
        if (evaluation && evaluation.error === undefined) expect(evaluation.cost).toBeLessThanOrEqual(compiled.cost(() => 100).max);
      }),
    );
  });
});

describe('arithmetic', () => {
  const env = celEnvironment({ variables: { a: celTypes.int, b: celTypes.int, u: celTypes.uint, v: celTypes.uint } });
  const programs = new Map(['+', '-', '*', '/', '%'].map((op) => [op, { int: env.compile(`a ${op} b`).program(), uint: env.compile(`u ${op} v`).program() }]));
  const edges = [0n, 1n, -1n, 2n ** 53n, 2n ** 31n, 2n ** 63n - 1n, -(2n ** 63n), 3037000500n, 2n ** 64n - 1n, 2n ** 62n];
  const near = fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -2, max: 2 })).map(([edge, by]) => edge + BigInt(by));
  const fits = (min: bigint, max: bigint) => (value: bigint) => value >= min && value <= max;
  const int64 = fits(-(2n ** 63n), 2n ** 63n - 1n);
  const uint64 = fits(0n, 2n ** 64n - 1n);
  const asInt = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

  /** What Go gives, or the error. */
  function model(op: string, a: bigint, b: bigint, isFitting: (value: bigint) => boolean, overflow: string): bigint | string {
    if (b === 0n && op === '/') return 'division by zero';
    if (b === 0n && op === '%') return 'modulus by zero';
    // Go's processors cannot divide the least number by -1.
    if (op === '%' && !isFitting(a / b)) return overflow;
    const result = { '+': () => a + b, '-': () => a - b, '*': () => a * b, '/': () => a / b, '%': () => a % b }[op]!();
    return isFitting(result) ? result : overflow;
  }

  it('of ints overflows as that of 64 bits', () => {
    const int = fc.oneof(near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer().map(BigInt)).filter(int64);
    fc.assert(
      fc.property(fc.constantFrom(...programs.keys()), int, int, (op, a, b) => {
        const { value, error } = programs.get(op)!.int.evaluate({ a: asInt(a), b: asInt(b) });
        expect(error ?? BigInt(value as bigint)).toBe(model(op, a, b, int64, 'integer overflow'));
        // There is one form of each number.
        if (error === undefined) expect(value).toBe(asInt(BigInt(value as bigint)));
      }),
      { numRuns: 2000 },
    );
  });

  it('of uints overflows as that of 64 bits', () => {
    const uint = fc.oneof(near, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat().map(BigInt)).filter(uint64);
    fc.assert(
      fc.property(fc.constantFrom(...programs.keys()), uint, uint, (op, u, v) => {
        const { value, error } = programs.get(op)!.uint.evaluate({ u: new Uint(u), v: new Uint(v) });
        expect(error ?? (value as Uint).value).toBe(model(op, u, v, uint64, 'unsigned integer overflow'));
      }),
      { numRuns: 2000 },
    );
  });
});
