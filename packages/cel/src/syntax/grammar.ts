/** The grammar as a graph of states: what the reference's parser generator makes of it. Errors of syntax are told in terms of this graph. */
import type { TokenType } from './token.js';

export type RuleName =
  | 'start'
  | 'expr'
  | 'conditionalOr'
  | 'conditionalAnd'
  | 'relation'
  | 'calc'
  | 'unary'
  | 'member'
  | 'primary'
  | 'exprList'
  | 'listInit'
  | 'fieldInitializerList'
  | 'optField'
  | 'mapInitializerList'
  | 'escapeIdent'
  | 'optExpr'
  | 'literal';

/** What kind of state it is says what the parser does there with a token that does not fit. */
export type StateType = 'basic' | 'blockStart' | 'loopEntry' | 'loopBack' | 'ruleStop';

export interface State {
  readonly type: StateType;
  readonly rule: RuleName;
  readonly next: Transition[];
}

export type Transition =
  | { readonly kind: 'epsilon'; readonly to: State }
  /** Passable where the rule was called with no higher precedence. */
  | { readonly kind: 'precedence'; readonly level: number; readonly to: State }
  | { readonly kind: 'tokens'; readonly types: ReadonlySet<TokenType>; readonly to: State }
  | { readonly kind: 'rule'; readonly name: RuleName; readonly precedence: number; readonly to: State };

/** Phrases of the grammar, each with the states that it starts and ends at. */
export type Element =
  | { readonly kind: 'tokens'; readonly types: ReadonlySet<TokenType>; readonly state: State }
  | { readonly kind: 'rule'; readonly name: RuleName; readonly precedence: number; readonly state: State; readonly follow: State }
  | { readonly kind: 'sequence'; readonly parts: readonly Element[] }
  | Block;

export interface Block {
  readonly kind: 'block';
  readonly repeat: 'once' | 'optional' | 'star' | 'plus';
  /** By the next token alone, or by as many as it takes. */
  readonly decision: 'token' | 'lookahead';
  readonly alternatives: readonly Element[];
  /** Where the choice between the alternatives is. */
  readonly block: State;
  /** Where the choice to go in, or in again, is. */
  readonly entry: State;
  readonly back: State;
}

type Draft = (from: State, rule: RuleName) => { element: Element; end: State };

const state = (rule: RuleName, type: StateType = 'basic'): State => ({ type, rule, next: [] });
const link = (from: State, to: State): number => from.next.push({ kind: 'epsilon', to });

const tokens =
  (...types: TokenType[]): Draft =>
  (from, rule) => {
    const end = state(rule);
    const set = new Set(types);
    from.next.push({ kind: 'tokens', types: set, to: end });
    return { element: { kind: 'tokens', types: set, state: from }, end };
  };

const rule =
  (name: RuleName, precedence = 0): Draft =>
  (from, within) => {
    const end = state(within);
    from.next.push({ kind: 'rule', name, precedence, to: end });
    return { element: { kind: 'rule', name, precedence, state: from, follow: end }, end };
  };

const sequence =
  (...parts: Draft[]): Draft =>
  (from, within) => {
    let end = from;
    const elements = parts.map((part) => {
      const made = part(end, within);
      end = made.end;
      return made.element;
    });
    return { element: { kind: 'sequence', parts: elements }, end };
  };

/** An operator that binds so tightly. */
const level =
  (precedence: number, part: Draft): Draft =>
  (from, within) => {
    const inner = state(within);
    from.next.push({ kind: 'precedence', level: precedence, to: inner });
    return part(inner, within);
  };

function alternativesOf(block: State, end: State, within: RuleName, drafts: readonly Draft[]): Element[] {
  return drafts.map((draft) => {
    const from = state(within);
    link(block, from);
    const made = draft(from, within);
    link(made.end, end);
    return made.element;
  });
}

const block =
  (repeat: Block['repeat'], decision: Block['decision'], ...drafts: Draft[]): Draft =>
  (from, within) => {
    const start = state(within, 'blockStart');
    const end = state(within);
    if (repeat === 'once' || repeat === 'optional') {
      link(from, start);
      const alternatives = alternativesOf(start, end, within, drafts);
      if (repeat === 'optional') link(start, end);
      return { element: { kind: 'block', repeat, decision, alternatives, block: start, entry: start, back: start }, end };
    }
    const back = state(within, 'loopBack');
    const alternatives = alternativesOf(start, back, within, drafts);
    const entry = repeat === 'star' ? state(within, 'loopEntry') : start;
    link(from, entry);
    if (repeat === 'star') {
      link(entry, start);
      link(entry, end);
      link(back, entry);
    } else {
      link(back, start);
      link(back, end);
    }
    return { element: { kind: 'block', repeat, decision, alternatives, block: start, entry, back }, end };
  };

const optional = (...parts: Draft[]): Draft => block('optional', 'token', sequence(...parts));
const choice = (...drafts: Draft[]): Draft => block('once', 'lookahead', ...drafts);
const star = (decision: Block['decision'], ...parts: Draft[]): Draft => block('star', decision, sequence(...parts));

const optionalEnd = (list: RuleName, close: TokenType): Draft => sequence(optional(rule(list)), optional(tokens("','")), tokens(close));
const dotted = optional(tokens("'.'"));
const args = sequence(tokens("'('"), optional(rule('exprList')), tokens("')'"));

const drafts: Record<RuleName, Draft> = {
  start: sequence(rule('expr'), tokens('<EOF>')),
  expr: sequence(rule('conditionalOr'), optional(tokens("'?'"), rule('conditionalOr'), tokens("':'"), rule('expr'))),
  conditionalOr: sequence(rule('conditionalAnd'), star('token', tokens("'||'"), rule('conditionalAnd'))),
  conditionalAnd: sequence(rule('relation'), star('token', tokens("'&&'"), rule('relation'))),
  relation: sequence(rule('calc'), star('lookahead', level(1, sequence(tokens("'<'", "'<='", "'>='", "'>'", "'=='", "'!='", "'in'"), rule('relation', 2))))),
  calc: sequence(
    rule('unary'),
    block('star', 'lookahead', level(2, sequence(tokens("'*'", "'/'", "'%'"), rule('calc', 3))), level(1, sequence(tokens("'+'", "'-'"), rule('calc', 2)))),
  ),
  unary: choice(
    rule('member'),
    sequence(block('plus', 'token', tokens("'!'")), rule('member')),
    sequence(block('plus', 'lookahead', tokens("'-'")), rule('member')),
  ),
  member: sequence(
    rule('primary'),
    block(
      'star',
      'lookahead',
      level(3, sequence(tokens("'.'"), optional(tokens("'?'")), rule('escapeIdent'))),
      level(2, sequence(tokens("'.'"), tokens('IDENTIFIER'), args)),
      level(1, sequence(tokens("'['"), optional(tokens("'?'")), rule('expr'), tokens("']'"))),
    ),
  ),
  primary: choice(
    sequence(dotted, tokens('IDENTIFIER')),
    sequence(dotted, tokens('IDENTIFIER'), args),
    sequence(tokens("'('"), rule('expr'), tokens("')'")),
    sequence(tokens("'['"), optionalEnd('listInit', "']'")),
    sequence(tokens("'{'"), optionalEnd('mapInitializerList', "'}'")),
    sequence(dotted, tokens('IDENTIFIER'), star('token', tokens("'.'"), tokens('IDENTIFIER')), tokens("'{'"), optionalEnd('fieldInitializerList', "'}'")),
    rule('literal'),
  ),
  exprList: sequence(rule('expr'), star('token', tokens("','"), rule('expr'))),
  listInit: sequence(rule('optExpr'), star('lookahead', tokens("','"), rule('optExpr'))),
  fieldInitializerList: sequence(
    rule('optField'),
    tokens("':'"),
    rule('expr'),
    star('lookahead', tokens("','"), rule('optField'), tokens("':'"), rule('expr')),
  ),
  optField: sequence(optional(tokens("'?'")), rule('escapeIdent')),
  mapInitializerList: sequence(rule('optExpr'), tokens("':'"), rule('expr'), star('lookahead', tokens("','"), rule('optExpr'), tokens("':'"), rule('expr'))),
  escapeIdent: block('once', 'token', tokens('IDENTIFIER'), tokens('ESC_IDENTIFIER')),
  optExpr: sequence(optional(tokens("'?'")), rule('expr')),
  literal: choice(
    sequence(optional(tokens("'-'")), tokens('NUM_INT')),
    tokens('NUM_UINT'),
    sequence(optional(tokens("'-'")), tokens('NUM_FLOAT')),
    tokens('STRING'),
    tokens('BYTES'),
    tokens("'true'"),
    tokens("'false'"),
    tokens("'null'"),
  ),
};

export interface Rule {
  readonly name: RuleName;
  readonly start: State;
  readonly stop: State;
  readonly body: Element;
}

function build(name: RuleName): Rule {
  const start = state(name);
  const stop = state(name, 'ruleStop');
  const { element, end } = drafts[name](start, name);
  link(end, stop);
  return { name, start, stop, body: element };
}

/** The rules by name. */
export const rules = Object.fromEntries((Object.keys(drafts) as RuleName[]).map((name) => [name, build(name)])) as Record<RuleName, Rule>;
