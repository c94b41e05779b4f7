/**
 * The JSONPath of kubectl and of printer columns (k8s.io/client-go/util/jsonpath): text with actions in braces. An action is a path (`.a.b`, `['a']`, `[0]`, `[1:3]`, `[*]`,
 * `[0,2]`, `..a`, `[?(@.a=="x")]`), a quoted text, a number, or `range` and `end`.
 */
import { codePointName, parseInt64 } from '../go-text.js';
import { JSONPathError } from './jsonpath-error.js';
import type { ArrayBound, JSONPathNode } from './node.js';
import { unquote } from './unquote.js';

/**
 * The nodes of a template, text and actions in their order.
 * @throws JSONPathError
 */
export function parseTemplate(template: string): JSONPathNode[] {
  return new TemplateParser(template).parse();
}

/** The nodes of one action, given without its braces. */
function parseAction(text: string): JSONPathNode[] {
  const first = parseTemplate(`{${text}}`)[0];
  return first?.type === 'list' ? first.nodes : [];
}

const isDigit = (char: string): boolean => /^\p{Nd}$/u.test(char);
const isAlphaNumeric = (char: string): boolean => /^[_\p{L}\p{Nd}]$/u.test(char);
const terminators = new Set(['', ' ', '\t', '\r', '\n', '.', ',', '[', ']', '$', '@', '{', '}']);
const dictKey = /^'([^']*)'$/;
const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;
const comparison = /^([^!<>=]+)([!<>=]+)([^\n]+?)$/;

class TemplateParser {
  readonly #input: string;
  #at = 0;

  constructor(input: string) {
    this.#input = input;
  }

  parse(): JSONPathNode[] {
    const root: JSONPathNode[] = [];
    while (this.#at < this.#input.length) {
      const brace = this.#input.indexOf('{', this.#at);
      const end = brace < 0 ? this.#input.length : brace;
      if (end > this.#at) root.push({ type: 'text', text: this.#input.slice(this.#at, end) });
      if (brace < 0) break;
      this.#at = brace + 1;
      root.push({ type: 'list', nodes: this.#action() });
    }
    return root;
  }

  #action(): JSONPathNode[] {
    const nodes: JSONPathNode[] = [];
    for (;;) {
      if (this.#skip('}')) return nodes;
      if (this.#skip('[?(')) {
        nodes.push(this.#filter());
        continue;
      }
      if (this.#skip('..')) {
        if (nodes.at(-1)?.type === 'recursive') throw new JSONPathError('invalid multiple recursive descent');
        nodes.push({ type: 'recursive' });
        if (isAlphaNumeric(this.#peek())) nodes.push(this.#field());
        continue;
      }
      const char = this.#next();
      if (char === '' || char === '\r' || char === '\n') throw new JSONPathError('unclosed action');
      if (char === ' ' || char === '@' || char === '$') continue;
      if (char === '[') nodes.push(...this.#array());
      else if (char === '"' || char === "'") nodes.push(this.#quote(char));
      else if (char === '.') nodes.push(this.#field());
      else if (char === '+' || char === '-' || isDigit(char)) nodes.push(this.#number(char));
      else if (isAlphaNumeric(char)) nodes.push(this.#identifier(char));
      else throw new JSONPathError(`unrecognized character in action: ${codePointName(char)}${/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char) ? ` '${char}'` : ''}`);
    }
  }

  #identifier(first: string): JSONPathNode {
    let name = first;
    while (!terminators.has(this.#peek())) name += this.#next();
    return name === 'true' || name === 'false' ? { type: 'bool', value: name === 'true' } : { type: 'identifier', name };
  }

  #number(first: string): JSONPathNode {
    let text = first;
    while (this.#peek() === '.' || isDigit(this.#peek())) text += this.#next();
    const integer = parseInt64(text);
    if (integer !== undefined) return { type: 'number', value: Number(integer), isFloat: false };
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text) || !Number.isFinite(Number(text))) throw new JSONPathError(`cannot parse number ${text}`);
    return { type: 'number', value: Number(text), isFloat: true };
  }

  #field(): JSONPathNode {
    let name = '';
    for (;;) {
      const char = this.#peek();
      if (char === '\\') {
        this.#next();
        name += this.#next().replace('\\', '');
      } else if (terminators.has(char)) break;
      else name += this.#next();
    }
    return name === '*' ? { type: 'wildcard' } : { type: 'field', name };
  }

  #quote(quote: string): JSONPathNode {
    const start = this.#at - 1;
    for (;;) {
      const char = this.#next();
      if (char === '' || char === '\n') throw new JSONPathError('unterminated quoted string');
      if (char === quote && this.#input[this.#at - 2] !== '\\') break;
    }
    const quoted = this.#input.slice(start, this.#at);
    const text = unquote(quoted);
    if (text === undefined) throw new JSONPathError(`unquote string ${quoted} error invalid syntax`);
    return { type: 'text', text };
  }

  #array(): JSONPathNode[] {
    const start = this.#at;
    for (let char = this.#next(); char !== ']'; char = this.#next()) if (char === '' || char === '\n') throw new JSONPathError('unterminated array');
    const written = this.#input.slice(start, this.#at - 1);
    const text = written === '*' ? ':' : written;
    if (text.includes(',')) return [{ type: 'union', branches: text.split(',').map((part) => parseAction(`[${part.replace(/^ +| +$/g, '')}]`)) }];
    const key = dictKey.exec(text);
    if (key) return parseAction(`.${key[1]}`);
    const parts = slice.exec(text);
    if (!parts) throw new JSONPathError(`invalid array index ${text}`);
    const first = bound(parts[1]!);
    const end: ArrayBound = parts[2] ? bound(parts[2].slice(1)) : { value: first.value + 1, isKnown: true, isDerived: true };
    return [{ type: 'array', bounds: [first, end, bound(parts[3]?.slice(1) ?? '')] }];
  }

  #filter(): JSONPathNode {
    const start = this.#at;
    // Quotes are looked at only so far as to let one text in quotes hold a parenthesis.
    let quote = '';
    let isClosed = false;
    for (;;) {
      const char = this.#next();
      if (char === '' || char === '\n') throw new JSONPathError('unterminated filter');
      if (char === ')' && (quote === '' || isClosed)) break;
      if (char !== '"' && char !== "'") continue;
      if (quote === '') quote = char;
      else if (this.#input[this.#at - 2] !== '\\' && char === quote) isClosed = true;
    }
    if (this.#next() !== ']') throw new JSONPathError('unclosed array expect ]');
    const text = this.#input.slice(start, this.#at - 2);
    const parts = comparison.exec(text);
    if (!parts) return { type: 'filter', left: parseAction(text), operator: 'exists', right: [] };
    return { type: 'filter', left: parseAction(parts[1]!), operator: parts[2]!, right: parseAction(parts[3]!) };
  }

  #skip(prefix: string): boolean {
    const isNext = this.#input.startsWith(prefix, this.#at);
    if (isNext) this.#at += prefix.length;
    return isNext;
  }

  /** The next character, or '' at the end. */
  #peek(): string {
    const code = this.#input.codePointAt(this.#at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #next(): string {
    const char = this.#peek();
    this.#at += char.length;
    return char;
  }
}

function bound(text: string): ArrayBound {
  if (text === '') return { value: 0, isKnown: false };
  const value = parseInt64(text);
  if (value === undefined) throw new JSONPathError(`array index ${text} is not a number`);
  return { value: Number(value), isKnown: true };
}
