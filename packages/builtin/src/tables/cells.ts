/** Pieces of cells that several kinds share. */
import { type JsonObject, labelSelectorFrom, type LabelSelectorObject } from '@apiserver-kit/machinery';
import { recordAt, recordsAt, textAt } from '../types/read.js';

/** What a row's cells are made of. */
export type Cell = string | number | boolean;

/** The cells of an object's row. */
export type Cells = (object: JsonObject, nowMs: number) => Cell[];

export const orNone = (text: string): string => (text === '' ? '<none>' : text);

/** Labels as `a=b,c=d`, in the order of their keys. */
export function labelsCell(labels: unknown): string {
  const pairs = Object.entries((labels ?? {}) as Record<string, string>).map(([key, value]) => `${key}=${value}`);
  return orNone(pairs.sort().join(','));
}

/** A selector in query syntax; `invalid` where it is none. */
export function selectorText(selector: unknown, invalid: string): string {
  try {
    return labelSelectorFrom(selector as LabelSelectorObject | undefined).toString();
  } catch {
    // Stored before its rules were what they are: the row says so, the list goes on.
    return invalid;
  }
}
export const selectorCell = (selector: unknown): string => orNone(selectorText(selector, '<error>'));

/** The names and the images of a pod template's containers. */
export function containerCells(template: JsonObject): [string, string] {
  const containers = recordsAt(recordAt(template, 'spec'), 'containers');
  return [containers.map((container) => textAt(container, 'name')).join(','), containers.map((container) => textAt(container, 'image')).join(',')];
}

/** True where a condition of that type is `True`. */
export const hasCondition = (status: JsonObject, type: string): boolean =>
  recordsAt(status, 'conditions').some((condition) => condition.type === type && condition.status === 'True');
