/** What tells the items of a list apart (sigs.k8s.io/structured-merge-diff/v6/typed). */
import { goQuote, isRecord } from '@apiserver-kit/machinery';
import type { ListMergeType } from './merge-type.js';
import { compareText, keyElement, type PathElement, valueElement } from './path-element.js';

/** An item that has no place in a list with keys or in a set; the message says why. */
export class ListItemError extends Error {}

/** The element of an item of a list that is not atomic. @throws ListItemError */
export const itemElement = (list: ListMergeType, item: unknown): PathElement => (list.keys.length > 0 ? keyedElement(list, item) : setElement(item));

function keyedElement(list: ListMergeType, item: unknown): PathElement {
  if (item === null || item === undefined) throw new ListItemError('associative list with keys may not have a null element');
  if (!isRecord(item)) throw new ListItemError('associative list with keys may not have non-map elements');
  const keys: [string, unknown][] = [];
  for (const name of list.keys) {
    // An item that leaves out a key is another item than one that has it, unless the key has a default.
    const value = Object.hasOwn(item, name) ? item[name] : defaultOf(list, name);
    if (value !== undefined) keys.push([name, value]);
  }
  if (keys.length === 0)
    throw new ListItemError(
      `associative list with keys has an element that omits all key fields [${list.keys.map(goQuote).join(' ')}] (and doesn't have default values for any key fields)`,
    );
  return keyElement(keys.length > 1 ? keys.sort(([a], [b]) => compareText(a, b)) : keys);
}

function defaultOf({ element }: ListMergeType, name: string): unknown {
  if (!element.map) throw new ListItemError(`couldn't find default value for ${name}: associative list may not have non-map types`);
  return element.map.field(name)?.default ?? undefined;
}

function setElement(item: unknown): PathElement {
  if (item === null || item === undefined) throw new ListItemError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new ListItemError('not supported: associative list with lists as elements');
  if (typeof item === 'object') throw new ListItemError("associative list without keys has an element that's a map type");
  return valueElement(item);
}
