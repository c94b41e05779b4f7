/** What the parser found: the grammar's phrases with the tokens that places of errors need. Macros are not expanded yet. */
import type { Token } from './token.js';

/** A phrase; where the text is broken, parts are missing. */
export type Phrase =
  | {
      readonly rule: 'conditional';
      readonly op: Token;
      readonly condition: Phrase | undefined;
      readonly whenTrue: Phrase | undefined;
      readonly whenFalse: Phrase | undefined;
    }
  | { readonly rule: 'logic'; readonly operator: '_||_' | '_&&_'; readonly terms: readonly (Phrase | undefined)[]; readonly ops: readonly Token[] }
  | { readonly rule: 'binary'; readonly op: Token; readonly left: Phrase | undefined; readonly right: Phrase | undefined; readonly start: Token }
  | { readonly rule: 'unary'; readonly operator: '!_' | '-_'; readonly ops: readonly Token[]; readonly operand: Phrase | undefined }
  | {
      readonly rule: 'select';
      readonly op: Token;
      readonly isOptional: boolean;
      readonly operand: Phrase | undefined;
      readonly id: Token | undefined;
      readonly start: Token;
    }
  | {
      readonly rule: 'memberCall';
      readonly open: Token;
      readonly operand: Phrase | undefined;
      readonly id: Token | undefined;
      readonly args: readonly (Phrase | undefined)[];
      readonly start: Token;
    }
  | {
      readonly rule: 'index';
      readonly op: Token;
      readonly isOptional: boolean;
      readonly operand: Phrase | undefined;
      readonly index: Phrase | undefined;
      readonly start: Token;
    }
  | { readonly rule: 'ident'; readonly hasDot: boolean; readonly id: Token; readonly start: Token }
  | {
      readonly rule: 'call';
      readonly hasDot: boolean;
      readonly id: Token;
      readonly open: Token;
      readonly args: readonly (Phrase | undefined)[];
      readonly start: Token;
    }
  | { readonly rule: 'list'; readonly open: Token; readonly elements: readonly { readonly isOptional: boolean; readonly element: Phrase | undefined }[] }
  | { readonly rule: 'map'; readonly open: Token; readonly entries: readonly MapEntryPhrase[] }
  | { readonly rule: 'message'; readonly hasDot: boolean; readonly ids: readonly Token[]; readonly open: Token; readonly fields: readonly FieldPhrase[] }
  | { readonly rule: 'literal'; readonly sign: Token | undefined; readonly token: Token };

export interface MapEntryPhrase {
  readonly isOptional: boolean;
  readonly key: Phrase | undefined;
  readonly colon: Token;
  readonly value: Phrase | undefined;
}

export interface FieldPhrase {
  readonly isOptional: boolean;
  readonly id: Token;
  readonly colon: Token;
  readonly value: Phrase | undefined;
}
