/**
 * Says what is wrong with broken text, in the words of the reference.
 *
 * The reference's parser is generated, and its messages and how it goes on after an error follow from the generator's strategy: drop one token
 * if the next one fits, put one in if that makes it fit, else leave the rule and skip to what may follow. This runs that strategy on the
 * grammar's graph. Only broken text comes here.
 */
import { type Block, type Element, type RuleName, type State, rules } from './grammar.js';
import { type Context, type Expected, NoAlternative, nextTokens, nextTokensIn, predict } from './lookahead.js';
import type { Lexed } from './lexer.js';
import { RecursionLimit, maxDepth } from './phrase-parser.js';
import type { Issue, Source } from './source.js';
import { type Node, phraseOf } from './syntax-node.js';
import { type Token, type TokenType, tokenTypes } from './token.js';
import type { Phrase } from './tree.js';

const maxRecoveries = 30;

export interface Explained {
  readonly phrase: Phrase | undefined;
  readonly issues: Issue[];
}

/** The errors of broken text, and what phrases there are in it. */
export function explainSyntax(source: Source, lexed: Lexed): Explained {
  const parser = new RecoveringParser(source, lexed);
  const root = parser.parse();
  return { phrase: root && phraseOf(root), issues: parser.issues };
}

/** An error that ends the rule. */
class Mismatch extends Error {}
class TooManyRecoveries extends Error {}

class RecoveringParser {
  readonly issues: Issue[] = [];
  #at = 0;
  #state: State = rules.start.start;
  #context: Context | undefined;
  #isRecovering = false;
  #lastErrorAt = -1;
  #lastErrorStates = new Set<State>();
  #recoveries = 0;
  readonly #depths = new Map<RuleName, number>();

  readonly tokens: readonly Token[];

  constructor(
    readonly source: Source,
    readonly lexed: Lexed,
  ) {
    this.tokens = lexed.tokens;
  }

  parse(): Node | undefined {
    try {
      const node = this.#rule('start', 0);
      return node.children.find((child): child is Node => 'rule' in child);
    } catch (error) {
      if (error instanceof TooManyRecoveries) return undefined;
      throw error;
    }
  }

  #ahead(n = 0): Token {
    return this.tokens[Math.min(this.#at + n, this.tokens.length - 1)]!;
  }

  #consume(): Token {
    const token = this.#ahead();
    if (token.type !== '<EOF>') this.#at++;
    return token;
  }

  #rule(name: RuleName, precedence: number): Node {
    const depth = (this.#depths.get(name) ?? 0) + 1;
    if (depth > maxDepth) throw new RecursionLimit(`expression recursion limit exceeded: ${maxDepth}`);
    this.#depths.set(name, depth);
    const node: Node = { rule: name, start: this.#ahead(), alternative: 1, children: [] };
    try {
      this.#run(rules[name].body, node, precedence);
    } catch (error) {
      if (!(error instanceof Mismatch) && !(error instanceof NoAlternative)) throw error;
      this.#report(error);
      this.#recover();
    }
    this.#depths.set(name, depth - 1);
    return node;
  }

  #run(element: Element, node: Node, precedence: number): void {
    switch (element.kind) {
      case 'sequence':
        for (const part of element.parts) this.#run(part, node, precedence);
        break;
      case 'tokens':
        this.#state = element.state;
        node.children.push(this.#match(element.types));
        break;
      case 'rule': {
        this.#state = element.state;
        const context = this.#context;
        this.#context = { follow: element.follow, outer: context };
        const child = this.#rule(element.name, element.precedence);
        this.#context = context;
        this.#state = element.state;
        node.children.push(child);
        break;
      }
      case 'block':
        this.#block(element, node, precedence);
    }
  }

  #block(block: Block, node: Node, precedence: number): void {
    const { repeat, entry, back } = block;
    this.#state = entry;
    this.#sync();
    if (repeat === 'once') {
      this.#alternative(block, node, precedence, false);
      return;
    }
    if (repeat === 'plus') this.#alternative(block, node, precedence, false);
    else if (!this.#entersAt(entry, block, precedence)) return;
    else this.#enter(block, node, precedence);
    if (repeat === 'optional') return;
    for (;;) {
      this.#state = back;
      this.#sync();
      if (!this.#entersAt(repeat === 'star' ? entry : back, block, precedence)) return;
      this.#enter(block, node, precedence);
    }
  }

  #enter(block: Block, node: Node, precedence: number): void {
    if (block.repeat === 'star') wrapLeft(node);
    this.#alternative(block, node, precedence, block.repeat === 'star' && block.alternatives.length > 1);
  }

  /** Whether to go into the block once (more). */
  #entersAt(decision: State, { decision: how, block, repeat }: Block, precedence: number): boolean {
    if (how === 'lookahead') return predict(decision, this.tokens, this.#at, precedence) === 1;
    const inside = repeat === 'optional' ? block.next[0]!.to : block;
    return nextTokens(inside).has(this.#ahead().type);
  }

  #alternative({ alternatives, block, decision }: Block, node: Node, precedence: number, syncs: boolean): void {
    if (syncs) {
      this.#state = block;
      this.#sync();
    }
    let chosen = 1;
    if (alternatives.length > 1) {
      if (decision === 'lookahead') chosen = predict(block, this.tokens, this.#at, precedence);
      else chosen = block.next.findIndex(({ to }) => nextTokens(to).has(this.#ahead().type)) + 1;
      if (chosen === 0) throw new NoAlternative(this.#at);
    }
    node.alternative = chosen;
    this.#run(alternatives[chosen - 1]!, node, precedence);
  }

  #match(types: ReadonlySet<TokenType>): Token {
    if (types.has(this.#ahead().type)) {
      this.#isRecovering = false;
      return this.#consume();
    }
    this.#countRecovery();
    if (this.#deleteToken()) {
      this.#isRecovering = false;
      return this.#consume();
    }
    const after = this.#state.next[0]!.to;
    if (!nextTokensIn(after, this.#context).has(this.#ahead().type)) throw new Mismatch();
    const missing = show(this.#expected());
    this.#tell(`missing ${missing} at ${this.#display(this.#ahead())}`);
    const [type] = types;
    return { type: type!, text: `<missing ${missing}>`, start: this.#ahead().start };
  }

  /** At a decision: whether the token fits any way on; if not, whether it will do without it. */
  #sync(): void {
    if (this.#isRecovering) return;
    const next = nextTokens(this.#state);
    if (next.has(null) || next.has(this.#ahead().type)) return;
    if (this.#state.type === 'blockStart' || this.#state.type === 'loopEntry') {
      if (!this.#deleteToken()) throw new Mismatch();
    } else if (this.#state.type === 'loopBack') {
      this.#tell(`extraneous input ${this.#display(this.#ahead())} expecting ${show(this.#expected())}`);
      this.#skipTo(new Set([...this.#expected(), ...this.#recoverySet()]));
    }
  }

  #deleteToken(): boolean {
    const expected = this.#expected();
    if (!expected.has(this.#ahead(1).type)) return false;
    this.#tell(`extraneous input ${this.#display(this.#ahead())} expecting ${show(expected)}`);
    this.#consume();
    this.#isRecovering = false;
    return true;
  }

  #expected(): Expected {
    let next = nextTokens(this.#state);
    if (!next.has(null)) return next;
    const all = new Set(next);
    for (let context = this.#context; context && next.has(null); context = context.outer) {
      next = nextTokens(context.follow);
      for (const type of next) all.add(type);
    }
    all.delete(null);
    if (next.has(null)) all.add('<EOF>');
    return all;
  }

  /** What may follow any of the rules that the parser is in. */
  #recoverySet(): Set<TokenType | null> {
    const all = new Set<TokenType | null>();
    for (let context = this.#context; context; context = context.outer) for (const type of nextTokens(context.follow)) all.add(type);
    all.delete(null);
    return all;
  }

  #recover(): void {
    this.#countRecovery();
    if (this.#lastErrorAt === this.#at && this.#lastErrorStates.has(this.#state)) this.#consume();
    this.#lastErrorAt = this.#at;
    this.#lastErrorStates.add(this.#state);
    this.#skipTo(this.#recoverySet());
  }

  #skipTo(types: ReadonlySet<TokenType | null>): void {
    while (this.#ahead().type !== '<EOF>' && !types.has(this.#ahead().type)) this.#consume();
  }

  #countRecovery(): void {
    if (this.#recoveries++ < maxRecoveries) return;
    this.#isRecovering = false;
    this.#tell(`error recovery attempt limit exceeded: ${maxRecoveries}`);
    throw new TooManyRecoveries();
  }

  #report(error: Mismatch | NoAlternative): void {
    if (error instanceof NoAlternative) {
      const offending = this.tokens[Math.min(error.at, this.tokens.length - 1)]!;
      this.#tell(noAlternative(this.#textBetween(this.#ahead(), offending)), offending);
    } else this.#tell(`mismatched input ${this.#display(this.#ahead())} expecting ${show(this.#expected())}`);
  }

  /** One sentence per error: until a token fits again nothing more is told. */
  #tell(message: string, at: Token = this.#ahead()): void {
    if (this.#isRecovering) return;
    this.#isRecovering = true;
    this.issues.push({ location: this.source.locate(at.start), message: `Syntax error: ${message}` });
  }

  #display({ type, text }: Token): string {
    return type === '<EOF>' ? "'<EOF>'" : quote(text);
  }

  #textBetween(first: Token, last: Token): string {
    if (first.type === '<EOF>') return "'<EOF>'";
    const end = last.type === '<EOF>' ? this.source.length : last.start + Array.from(last.text).length;
    let text = '';
    let at = first.start;
    for (const [from, to] of this.lexed.dropped) {
      if (from < at || from >= end) continue;
      text += this.source.slice(at, from);
      at = to;
    }
    return quote(text + this.source.slice(at, end));
  }
}

const quote = (text: string): string => `'${text.replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;

function noAlternative(text: string): string {
  const word = /^'.(true|false|null)'$/.exec(text);
  return word ? `mismatched input '${word[1]}' expecting IDENTIFIER` : `no viable alternative at input ${text}`;
}

function show(expected: Expected): string {
  const names = tokenTypes.filter((type) => expected.has(type));
  return names.length === 1 ? names[0]! : `{${names.join(', ')}}`;
}

/** What has been read becomes the left operand of what comes: `a.b` of `a.b.c`. */
function wrapLeft(node: Node): void {
  if (node.rule !== 'relation' && node.rule !== 'calc' && node.rule !== 'member') return;
  const left: Node = { rule: node.rule, start: node.start, alternative: node.alternative, children: node.children };
  node.children = [left];
}
