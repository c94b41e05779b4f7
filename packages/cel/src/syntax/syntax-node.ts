/** The tree of rules that a recovering parser makes, and the phrases in it. */
import type { RuleName } from './grammar.js';
import type { Token, TokenType } from './token.js';
import type { FieldPhrase, MapEntryPhrase, Phrase } from './tree.js';

export interface Node {
  readonly rule: RuleName;
  /** The first token. */
  readonly start: Token;
  /** Which of the rule's alternatives, from 1. */
  alternative: number;
  children: (Token | Node)[];
}

const isNode = (child: Token | Node): child is Node => 'rule' in child;
const nodes = (node: Node): Node[] => node.children.filter(isNode);
const tokens = (node: Node, ...types: TokenType[]): Token[] => node.children.filter((child): child is Token => !isNode(child) && types.includes(child.type));
const rulesIn = (node: Node, rule: RuleName): Node[] => nodes(node).filter((child) => child.rule === rule);
const maybe = (node: Node | undefined): Phrase | undefined => node && phraseOf(node);

/** The phrase of a node; undefined where too much is missing. */
export function phraseOf(node: Node): Phrase | undefined {
  const make = makers[node.rule];
  return make?.(node);
}

const makers: Partial<Record<RuleName, (node: Node) => Phrase | undefined>> = {
  expr(node) {
    const [condition, whenTrue] = rulesIn(node, 'conditionalOr');
    const [op] = tokens(node, "'?'");
    if (!op) return maybe(condition);
    return { rule: 'conditional', op, condition: maybe(condition), whenTrue: maybe(whenTrue), whenFalse: maybe(rulesIn(node, 'expr')[0]) };
  },
  conditionalOr: (node) => logic(node, '_||_', "'||'"),
  conditionalAnd: (node) => logic(node, '_&&_', "'&&'"),
  relation: binary,
  calc: binary,
  unary(node) {
    const [member] = rulesIn(node, 'member');
    const ops = tokens(node, "'!'", "'-'");
    if (ops.length === 0) return maybe(member);
    return { rule: 'unary', operator: ops[0]!.type === "'!'" ? '!_' : '-_', ops, operand: maybe(member) };
  },
  member(node) {
    const left = rulesIn(node, 'member')[0];
    if (!left) return maybe(rulesIn(node, 'primary')[0]);
    const { start } = node;
    const operand = phraseOf(left);
    const isOptional = tokens(node, "'?'").length > 0;
    const [bracket] = tokens(node, "'['");
    if (bracket) return { rule: 'index', op: bracket, isOptional, operand, index: maybe(rulesIn(node, 'expr')[0]), start };
    const [op] = tokens(node, "'.'");
    const [open] = tokens(node, "'('");
    if (open) return { rule: 'memberCall', open, operand, id: tokens(node, 'IDENTIFIER')[0], args: argsOf(node), start };
    const [escaped] = rulesIn(node, 'escapeIdent');
    return op && { rule: 'select', op, isOptional, operand, id: escaped && tokens(escaped, 'IDENTIFIER', 'ESC_IDENTIFIER')[0], start };
  },
  primary(node) {
    const { start } = node;
    const [inner] = [...rulesIn(node, 'expr'), ...rulesIn(node, 'literal')];
    if (inner) return phraseOf(inner);
    const [bracket] = tokens(node, "'['");
    if (bracket) return { rule: 'list', open: bracket, elements: rulesIn(node, 'listInit').flatMap((list) => rulesIn(list, 'optExpr').map(element)) };
    const [brace] = tokens(node, "'{'");
    const ids = tokens(node, 'IDENTIFIER');
    const hasDot = start.type === "'.'";
    if (brace && ids.length > 0) return { rule: 'message', hasDot, ids, open: brace, fields: rulesIn(node, 'fieldInitializerList').flatMap(fieldsOf) };
    if (brace) return { rule: 'map', open: brace, entries: rulesIn(node, 'mapInitializerList').flatMap(entriesOf) };
    const [id] = ids;
    const [open] = tokens(node, "'('");
    if (!id) return undefined;
    return open ? { rule: 'call', hasDot, id, open, args: argsOf(node), start } : { rule: 'ident', hasDot, id, start };
  },
  literal(node) {
    const [token] = node.children.filter((child): child is Token => !isNode(child) && child.type !== "'-'");
    return token && { rule: 'literal', sign: tokens(node, "'-'")[0], token };
  },
};

function logic(node: Node, operator: '_||_' | '_&&_', type: TokenType): Phrase | undefined {
  const terms = nodes(node).map(phraseOf);
  const ops = tokens(node, type);
  return ops.length === 0 ? terms[0] : { rule: 'logic', operator, terms, ops };
}

function binary(node: Node): Phrase | undefined {
  const [left, right] = nodes(node);
  const op = node.children.find((child): child is Token => !isNode(child));
  return op ? { rule: 'binary', op, left: maybe(left), right: maybe(right), start: node.start } : maybe(left);
}

const argsOf = (node: Node): (Phrase | undefined)[] => rulesIn(node, 'exprList').flatMap((list) => rulesIn(list, 'expr').map(phraseOf));

const element = (node: Node): { isOptional: boolean; element: Phrase | undefined } => ({
  isOptional: tokens(node, "'?'").length > 0,
  element: maybe(rulesIn(node, 'expr')[0]),
});

function entriesOf(node: Node): MapEntryPhrase[] {
  const keys = rulesIn(node, 'optExpr').map(element);
  const values = rulesIn(node, 'expr').map(phraseOf);
  // An entry that is not whole leaves out all of them.
  return tokens(node, "':'").flatMap((colon, i) => {
    const key = keys[i];
    return key && i < values.length ? [{ isOptional: key.isOptional, key: key.element, colon, value: values[i] }] : [];
  });
}

function fieldsOf(node: Node): FieldPhrase[] {
  const names = rulesIn(node, 'optField');
  const values = rulesIn(node, 'expr').map(phraseOf);
  const colons = tokens(node, "':'");
  return names.flatMap((name, i) => {
    const [escaped] = rulesIn(name, 'escapeIdent');
    const id = escaped && tokens(escaped, 'IDENTIFIER', 'ESC_IDENTIFIER')[0];
    const colon = colons[i];
    return id && colon && i < values.length ? [{ isOptional: tokens(name, "'?'").length > 0, id, colon, value: values[i] }] : [];
  });
}
