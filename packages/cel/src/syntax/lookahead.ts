/** What the grammar allows from a state on: the next tokens, and the alternative that the tokens ahead are. */
import { type RuleName, type State, type Transition, rules } from './grammar.js';
import type { Token, TokenType } from './token.js';

/** `null` among tokens: the rule may end there. */
export type Expected = ReadonlySet<TokenType | null>;

/** The calls that a state is in, the innermost first: where each goes on. */
export interface Context {
  readonly follow: State;
  readonly outer: Context | undefined;
}

const known = new Map<State, Expected>();

/** The tokens that may come next within the rule. */
export function nextTokens(state: State): Expected {
  let found = known.get(state);
  if (!found) {
    const tokens = new Set<TokenType | null>();
    look(state, undefined, false, tokens, new Set(), new Set());
    known.set(state, tokens);
    found = tokens;
  }
  return found;
}

/** The tokens that may come next, also behind the calls that the state is in. */
export function nextTokensIn(state: State, context: Context | undefined): Expected {
  const tokens = new Set<TokenType | null>();
  look(state, context, true, tokens, new Set(), new Set());
  return tokens;
}

function look(state: State, context: Context | undefined, isWhole: boolean, tokens: Set<TokenType | null>, seen: Set<string>, within: Set<RuleName>): void {
  const mark = `${idOf(state)} ${contextId(context)}`;
  if (seen.has(mark)) return;
  seen.add(mark);
  if (state.type === 'ruleStop') {
    if (context) look(context.follow, context.outer, isWhole, tokens, seen, new Set([...within].filter((name) => name !== state.rule)));
    else tokens.add(isWhole ? '<EOF>' : null);
    return;
  }
  for (const step of state.next) {
    if (step.kind === 'tokens') for (const type of step.types) tokens.add(type);
    else if (step.kind !== 'rule') look(step.to, context, isWhole, tokens, seen, within);
    else if (!within.has(step.name)) look(rules[step.name].start, { follow: step.to, outer: context }, isWhole, tokens, seen, new Set([...within, step.name]));
  }
}

const ids = new Map<State, number>();
function idOf(state: State): number {
  let id = ids.get(state);
  if (id === undefined) ids.set(state, (id = ids.size));
  return id;
}

const contextId = (context: Context | undefined): string => (context ? `${idOf(context.follow)}<${contextId(context.outer)}` : '');

/** A way to read the tokens so far. */
interface Way {
  readonly state: State;
  readonly context: Context | undefined;
  readonly alternative: number;
  /** It has left the rule that the decision is in. */
  readonly hasLeft: boolean;
}

/** Where each rule is called from: a way that leaves the rule of the decision may go on at any of them. */
const callers = new Map<RuleName, State[]>();
for (const { start } of Object.values(rules)) collectCallers(start, new Set());

function collectCallers(state: State, seen: Set<State>): void {
  if (seen.has(state)) return;
  seen.add(state);
  for (const step of state.next) {
    if (step.kind === 'rule') callers.set(step.name, [...(callers.get(step.name) ?? []), step.to]);
    collectCallers(step.to, seen);
  }
}

/** No alternative goes on with the token at the index. */
export class NoAlternative extends Error {
  constructor(readonly at: number) {
    super();
  }
}

/**
 * The alternative of the decision that the tokens are; of several the first.
 * @throws NoAlternative
 */
export function predict(decision: State, tokens: readonly Token[], from: number, precedence: number): number {
  let ways = new Ways();
  for (const [i, step] of decision.next.entries()) ways.follow({ state: step.to, context: undefined, alternative: i + 1, hasLeft: false }, precedence);
  for (let at = from; ; at++) {
    const { type } = tokens[Math.min(at, tokens.length - 1)]!;
    const reached = new Ways();
    for (const way of ways.all)
      for (const step of way.state.next) if (step.kind === 'tokens' && step.types.has(type)) reached.follow({ ...way, state: step.to });
    if (reached.all.length === 0) {
      const finished = ways.all.filter(({ hasLeft, state }) => hasLeft || state.type === 'ruleStop').map(({ alternative }) => alternative);
      if (finished.length > 0) return Math.min(...finished);
      throw new NoAlternative(at);
    }
    const alternatives = new Set(reached.all.map(({ alternative }) => alternative));
    if (alternatives.size === 1 || type === '<EOF>' || reached.isUndecidable()) return Math.min(...alternatives);
    ways = reached;
  }
}

class Ways {
  readonly all: Way[] = [];
  readonly #seen = new Set<string>();

  /** Adds the way and all that it leads to without a token. Only at the decision itself is the precedence known. */
  follow(way: Way, precedence?: number): void {
    const mark = `${way.alternative} ${idOf(way.state)} ${contextId(way.context)}`;
    if (this.#seen.has(mark)) return;
    this.#seen.add(mark);
    const { state, context } = way;
    if (state.type === 'ruleStop') {
      if (context) this.follow({ ...way, state: context.follow, context: context.outer });
      else if (callers.has(state.rule)) for (const caller of callers.get(state.rule)!) this.follow({ ...way, state: caller, hasLeft: true });
      else this.all.push({ ...way, hasLeft: true });
      return;
    }
    if (state.next.some(({ kind }) => kind === 'tokens')) this.all.push(way);
    for (const step of state.next) this.#step(way, step, precedence);
  }

  #step(way: Way, step: Transition, precedence: number | undefined): void {
    if (step.kind === 'epsilon') this.follow({ ...way, state: step.to }, precedence);
    else if (step.kind === 'precedence') {
      if (precedence === undefined || step.level >= precedence) this.follow({ ...way, state: step.to }, precedence);
    } else if (step.kind === 'rule') this.follow({ ...way, state: rules[step.name].start, context: { follow: step.to, outer: way.context } });
  }

  /** Several alternatives have led to the same, and none is alone anywhere: more tokens would tell nothing. */
  isUndecidable(): boolean {
    const atSame = new Map<string, Set<number>>();
    const atState = new Map<State, Set<number>>();
    for (const { state, context, alternative } of this.all) {
      const mark = `${idOf(state)} ${contextId(context)}`;
      atSame.set(mark, (atSame.get(mark) ?? new Set()).add(alternative));
      atState.set(state, (atState.get(state) ?? new Set()).add(alternative));
    }
    return [...atSame.values()].some((set) => set.size > 1) && [...atState.values()].every((set) => set.size > 1);
  }
}
