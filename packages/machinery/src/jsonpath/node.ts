/** The parts of a parsed JSONPath. */

/** One bound of `[start:end:step]`. A derived end is that of `[index]`: one behind it. */
export interface ArrayBound {
  readonly value: number;
  readonly isKnown: boolean;
  readonly isDerived?: boolean;
}

export type JSONPathNode =
  | { readonly type: 'list'; readonly nodes: JSONPathNode[] }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'array'; readonly bounds: readonly [ArrayBound, ArrayBound, ArrayBound] }
  | { readonly type: 'filter'; readonly left: JSONPathNode[]; readonly operator: string; readonly right: JSONPathNode[] }
  | { readonly type: 'number'; readonly value: number; readonly isFloat: boolean }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' }
  | { readonly type: 'union'; readonly branches: JSONPathNode[][] }
  | { readonly type: 'identifier'; readonly name: string };
