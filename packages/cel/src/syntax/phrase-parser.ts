/** The grammar by recursive descent: for text that is right. It stops at the first token that is not; {@link explainSyntax} then says what is wrong. */
import type { Token, TokenType } from './token.js';
import type { FieldPhrase, MapEntryPhrase, Phrase } from './tree.js';

/** The token that no phrase goes on with. */
export class UnexpectedToken extends Error {}

/** A rule is within itself more often than the reference allows. */
export class RecursionLimit extends Error {}

export const maxDepth = 250;

const relations: ReadonlySet<TokenType> = new Set(["'<'", "'<='", "'>='", "'>'", "'=='", "'!='", "'in'"]);
const products: ReadonlySet<TokenType> = new Set(["'*'", "'/'", "'%'"]);
const sums: ReadonlySet<TokenType> = new Set(["'+'", "'-'"]);

/**
 * The phrase that the tokens are.
 * @throws UnexpectedToken, RecursionLimit
 */
export function parsePhrase(tokens: readonly Token[]): Phrase {
  let at = 0;
  let [expressions, relationDepth, calcDepth, memberDepth] = [0, 0, 0, 0];
  const type = (ahead = 0): TokenType => tokens[Math.min(at + ahead, tokens.length - 1)]!.type;
  const take = (): Token => tokens[at++]!;
  const accept = (wanted: TokenType): boolean => {
    if (type() !== wanted) return false;
    at++;
    return true;
  };
  const expect = (wanted: TokenType): Token => {
    if (type() !== wanted) throw new UnexpectedToken();
    return take();
  };
  const limit = (depth: number): void => {
    if (depth > maxDepth) throw new RecursionLimit(`expression recursion limit exceeded: ${maxDepth}`);
  };

  const phrase = expression();
  expect('<EOF>');
  return phrase;

  function expression(): Phrase {
    limit(++expressions);
    const condition = logic('_||_', "'||'", conjunction);
    let result = condition;
    if (type() === "'?'") {
      const op = take();
      const whenTrue = logic('_||_', "'||'", conjunction);
      expect("':'");
      result = { rule: 'conditional', op, condition, whenTrue, whenFalse: expression() };
    }
    expressions--;
    return result;
  }

  function conjunction(): Phrase {
    return logic('_&&_', "'&&'", relation);
  }

  function logic(operator: '_||_' | '_&&_', token: TokenType, term: () => Phrase): Phrase {
    const first = term();
    if (type() !== token) return first;
    const terms = [first];
    const ops: Token[] = [];
    while (type() === token) {
      ops.push(take());
      terms.push(term());
    }
    return { rule: 'logic', operator, terms, ops };
  }

  function relation(): Phrase {
    const entered = relationDepth;
    limit(++relationDepth);
    const start = tokens[at]!;
    let left = sum();
    while (relations.has(type())) {
      limit(++relationDepth);
      const op = take();
      limit(relationDepth + 1);
      left = { rule: 'binary', op, left, right: sum(), start };
    }
    relationDepth = entered;
    return left;
  }

  function sum(): Phrase {
    const entered = calcDepth;
    limit(++calcDepth);
    const start = tokens[at]!;
    let left = product();
    while (sums.has(type())) {
      limit(++calcDepth);
      const op = take();
      left = { rule: 'binary', op, left, right: product(), start };
    }
    calcDepth = entered;
    return left;
  }

  function product(): Phrase {
    const start = tokens[at]!;
    let left = unary();
    while (products.has(type())) {
      limit(++calcDepth);
      const op = take();
      left = { rule: 'binary', op, left, right: unary(), start };
    }
    return left;
  }

  function unary(): Phrase {
    if (type() === "'!'") return operators('!_', "'!'");
    // A sign before a number belongs to the number, unless there are several.
    if (type() === "'-'" && type(1) !== 'NUM_INT' && type(1) !== 'NUM_FLOAT') return operators('-_', "'-'");
    return member();
  }

  function operators(operator: '!_' | '-_', token: TokenType): Phrase {
    const ops: Token[] = [];
    // Of `--1` both signs are operators.
    while (type() === token) ops.push(take());
    return { rule: 'unary', operator, ops, operand: member() };
  }

  function member(): Phrase {
    const entered = memberDepth;
    limit(++memberDepth);
    const start = tokens[at]!;
    let operand = primary();
    for (;;) {
      if (type() === "'.'") {
        limit(++memberDepth);
        const op = take();
        const isOptional = accept("'?'");
        if (!isOptional && type() === 'IDENTIFIER' && type(1) === "'('") {
          const id = take();
          const open = take();
          operand = { rule: 'memberCall', open, operand, id, args: args(), start };
        } else {
          if (type() !== 'IDENTIFIER' && type() !== 'ESC_IDENTIFIER') throw new UnexpectedToken();
          operand = { rule: 'select', op, isOptional, operand, id: take(), start };
        }
      } else if (type() === "'['") {
        limit(++memberDepth);
        const op = take();
        const isOptional = accept("'?'");
        const index = expression();
        expect("']'");
        operand = { rule: 'index', op, isOptional, operand, index, start };
      } else {
        memberDepth = entered;
        return operand;
      }
    }
  }

  /** What stands before the closing parenthesis, and that. */
  function args(): Phrase[] {
    const found: Phrase[] = [];
    if (accept("')'")) return found;
    do found.push(expression());
    while (accept("','"));
    expect("')'");
    return found;
  }

  function primary(): Phrase {
    const start = tokens[at]!;
    switch (start.type) {
      case "'('": {
        at++;
        const inner = expression();
        expect("')'");
        return inner;
      }
      case "'['":
        return list();
      case "'{'":
        return map();
      case "'.'":
      case 'IDENTIFIER':
        return named(start);
      case "'-'":
        at++;
        if (type() !== 'NUM_INT' && type() !== 'NUM_FLOAT') throw new UnexpectedToken();
        return { rule: 'literal', sign: start, token: take() };
      case 'NUM_INT':
      case 'NUM_UINT':
      case 'NUM_FLOAT':
      case 'STRING':
      case 'BYTES':
      case "'true'":
      case "'false'":
      case "'null'":
        return { rule: 'literal', sign: undefined, token: take() };
      default:
        throw new UnexpectedToken();
    }
  }

  function named(start: Token): Phrase {
    const hasDot = accept("'.'");
    if (type() !== 'IDENTIFIER') throw new UnexpectedToken();
    let end = 1;
    while (type(end) === "'.'" && type(end + 1) === 'IDENTIFIER') end += 2;
    if (type(end) === "'{'") return message(hasDot);
    const id = take();
    if (type() !== "'('") return { rule: 'ident', hasDot, id, start };
    const open = take();
    return { rule: 'call', hasDot, id, open, args: args(), start };
  }

  function list(): Phrase {
    const open = take();
    const elements: { isOptional: boolean; element: Phrase }[] = [];
    while (type() !== "']'" && !(type() === "','" && elements.length === 0)) {
      elements.push({ isOptional: accept("'?'"), element: expression() });
      if (type() !== "','" || type(1) === "']'") break;
      at++;
    }
    accept("','");
    expect("']'");
    return { rule: 'list', open, elements };
  }

  function map(): Phrase {
    const open = take();
    const entries: MapEntryPhrase[] = [];
    while (type() !== "'}'" && !(type() === "','" && entries.length === 0)) {
      const isOptional = accept("'?'");
      const key = expression();
      const colon = expect("':'");
      entries.push({ isOptional, key, colon, value: expression() });
      if (type() !== "','" || type(1) === "'}'") break;
      at++;
    }
    accept("','");
    expect("'}'");
    return { rule: 'map', open, entries };
  }

  function message(hasDot: boolean): Phrase {
    const ids = [take()];
    while (accept("'.'")) ids.push(take());
    const open = take();
    const fields: FieldPhrase[] = [];
    while (type() !== "'}'" && !(type() === "','" && fields.length === 0)) {
      const isOptional = accept("'?'");
      if (type() !== 'IDENTIFIER' && type() !== 'ESC_IDENTIFIER') throw new UnexpectedToken();
      const id = take();
      const colon = expect("':'");
      fields.push({ isOptional, id, colon, value: expression() });
      if (type() !== "','" || type(1) === "'}'") break;
      at++;
    }
    accept("','");
    expect("'}'");
    return { rule: 'message', hasDot, ids, open, fields };
  }
}
