/** The text form of label selectors: `a=b,c!=d,e in (f,g),h notin (),i,!j,k>1` (k8s.io/apimachinery/pkg/labels). */
import { checkParsedKey, type LabelOperator, type LabelRequirement, labelRequirement } from './label-requirement.js';
import { SelectorError } from './selector-error.js';

type TokenKind = 'end' | 'word' | ')' | ',' | '!' | '==' | '=' | '>' | '<' | '!=' | '(' | 'in' | 'notin';
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

// A NUL ends the text for the reference's lexer, which reads it as its own end mark; it is not white space here either.
const tokenPattern = /[ \t\r\n]*(?:(==|!=|[=!(),><])|([^ \t\r\n=!(),><\0]+)|(\0|$))/y;

function tokens(text: string): Token[] {
  const out: Token[] = [];
  tokenPattern.lastIndex = 0;
  for (;;) {
    const [, symbol, word] = tokenPattern.exec(text)!;
    if (symbol !== undefined) out.push({ kind: symbol as TokenKind, text: symbol });
    else if (word !== undefined) out.push({ kind: word === 'in' || word === 'notin' ? word : 'word', text: word });
    else {
      out.push({ kind: 'end', text: '' });
      return out;
    }
  }
}

const binaryOperators: Partial<Record<TokenKind, LabelOperator>> = { in: 'in', notin: 'notin', '=': '=', '==': '==', '!=': '!=', '>': 'gt', '<': 'lt' };

class Parser {
  readonly #tokens: Token[];
  #at = 0;
  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  /** `in` and `notin` are words wherever an operator cannot stand. */
  #peek(): Token {
    const token = this.#tokens[this.#at]!;
    return token.kind === 'in' || token.kind === 'notin' ? { kind: 'word', text: token.text } : token;
  }
  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end') return requirements;
      if (token.kind !== 'word' && token.kind !== '!') throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      try {
        requirements.push(this.#requirement());
      } catch (error) {
        if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
        throw error;
      }
      const after = this.#next();
      if (after.kind === 'end') return requirements;
      if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.kind !== 'word' && following.kind !== '!') throw new SelectorError(`found '${following.text}', expected: identifier after ','`);
    }
  }

  #requirement(): LabelRequirement {
    let token = this.#next();
    const negated = token.kind === '!';
    if (negated) token = this.#next();
    if (token.kind !== 'word') throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    checkParsedKey(key);
    const after = this.#peek().kind;
    if (negated) return labelRequirement(key, '!', []);
    if (after === 'end' || after === ',') return labelRequirement(key, 'exists', []);
    const sign = this.#tokens[this.#at++]!;
    const operator = binaryOperators[sign.kind];
    if (!operator) throw new SelectorError(`found '${sign.text}', expected: in, notin, =, ==, !=, gt, lt`);
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#value()];
    return labelRequirement(key, operator, values);
  }

  #value(): string {
    const kind = this.#peek().kind;
    if (kind === 'end' || kind === ',') return '';
    const token = this.#next();
    if (token.kind !== 'word') throw new SelectorError(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  /** `(a,b)`, each value once, sorted. A value may be empty: `(,a)` is the empty text and `a`. */
  #values(): string[] {
    const open = this.#next();
    if (open.kind !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.kind === ')') {
      this.#at++;
      return [''];
    }
    if (first.kind !== 'word' && first.kind !== ',') throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = new Set<string>();
    for (;;) {
      const token = this.#next();
      if (token.kind === 'word') {
        values.add(token.text);
        const after = this.#peek();
        if (after.kind === ')') break;
        if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.kind === ',') {
        if (values.size === 0) values.add('');
        const after = this.#peek().kind;
        if (after === ')' || after === ',') values.add('');
        if (after === ')') break;
      } else {
        throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
      }
    }
    this.#at++;
    return [...values].sort();
  }
}

/**
 * Reads the conditions, in the order of the text.
 * @throws SelectorError with the reference's text.
 */
export const parseLabelRequirements = (text: string): LabelRequirement[] => new Parser(text).parse();
