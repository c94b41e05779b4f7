/** What tells the items of a list apart (sigs.k8s.io/structured-merge-diff/v6/typed). */
import { goQuote, isRecord } from '@apiserver-kit/machinery';
import type { ListMergeType } from './merge-type.js';
import { compareText, type PathElement, printName, printValue, valueElement } from './path-element.js';

/** Why an item has no place in the list; undefined where it has one. */
export function itemProblem(list: ListMergeType, item: unknown): string | undefined {
  if (list.keys.length === 0) return setProblem(item);
  if (item === null || item === undefined) return 'associative list with keys may not have a null element';
  if (!isRecord(item)) return 'associative list with keys may not have non-map elements';
  for (const name of list.keys) {
    if (Object.hasOwn(item, name)) return undefined;
    if (!list.element.map) return `couldn't find default value for ${name}: associative list may not have non-map types`;
    if (list.element.map.field(name)?.default != null) return undefined;
  }
  return `associative list with keys has an element that omits all key fields [${list.keys.map(goQuote).join(' ')}] (and doesn't have default values for any key fields)`;
}

function setProblem(item: unknown): string | undefined {
  if (item === null || item === undefined) return "associative list without keys has an element that's an explicit null";
  if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
  return typeof item === 'object' ? "associative list without keys has an element that's a map type" : undefined;
}

interface KeyText {
  readonly name: string;
  /** What stands before the value. */
  readonly head: string;
}

/** The keys of lists as elements have them, sorted. */
const keyTexts = new WeakMap<ListMergeType, readonly KeyText[]>();

function keysOf(list: ListMergeType): readonly KeyText[] {
  let keys = keyTexts.get(list);
  if (!keys) {
    keys = [...list.keys].sort(compareText).map((name) => ({ name, head: `${printName(name)}:` }));
    keyTexts.set(list, keys);
  }
  return keys;
}

/**
 * The element of an item of a list that is not atomic. An item that leaves out a key is another item than one that has it, unless the key has
 * a default. The item has a place in the list: see {@link itemProblem}.
 */
export function itemElement(list: ListMergeType, item: unknown): PathElement {
  if (list.keys.length === 0) return valueElement(item);
  let text = 'k:{';
  for (const { name, head } of keysOf(list)) {
    const value = Object.hasOwn(item as object, name) ? (item as Record<string, unknown>)[name] : list.element.map?.field(name)?.default;
    if (value !== undefined) text += text.length === 3 ? head + printValue(value) : `,${head}${printValue(value)}`;
  }
  return `${text}}`;
}
