/**
 * The order of the lists that strategic merge patches merge: what the patch names stands in the patch's order, the rest in the order it had, and the two are interleaved by the
 * order of the list that was patched.
 */
import { goPrint, goTypeOf } from './go-print.js';
import { getMember } from './member.js';
import { isRecord } from './object.js';
import { PatchError } from './patch-error.js';

/** Said where a value is of another type than `expected`. */
export const badArgument = (expected: unknown, actual: unknown): PatchError =>
  new PatchError(`expected a ${goTypeOf(expected)}, but received a ${goTypeOf(actual)}`);

/** The value of an item's merge key. @throws PatchError when the item has none. */
export function mergeKeyOf(item: unknown, mergeKey: string): unknown {
  if (!isRecord(item)) throw badArgument({}, item);
  const key = getMember(item, mergeKey);
  if (key === undefined) throw new PatchError(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  return key;
}

/**
 * True for lists of objects, false for lists of scalars.
 * @throws PatchError when there are no items, they are lists, or their types differ.
 */
export function elementsAreMaps(...lists: readonly (readonly unknown[])[]): boolean {
  let first: string | undefined;
  for (const item of lists.flat(1)) {
    const type = goTypeOf(item);
    if (first === undefined && Array.isArray(item)) throw new PatchError('lists of lists are not supported', 422);
    first ??= type;
    if (type !== first) throw new PatchError(`list element types are not identical: ${goPrint(lists)}`);
  }
  if (first === undefined) throw new PatchError('no elements in any of the given slices');
  return first === goTypeOf({});
}

/**
 * Checks that the items of a patch stand in the order that `$setElementOrder` gives, and are all named there. Deletions need not be.
 * @throws PatchError
 */
export function orderMatches(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  const items = mergeKey === '' ? patch : patch.filter((item) => !isDeletion(item));
  const keyOf = (item: unknown): unknown => (mergeKey === '' ? item : mergeKeyOf(item, mergeKey));
  let at = 0;
  for (const named of order) {
    while (at < items.length && hasDirective(items[at])) at++;
    if (at === items.length) return;
    if (keyOf(items[at]) === keyOf(named)) at++;
  }
  if (at < items.length) throw new PatchError(`The order in patch list:\n${goPrint(patch)}\n doesn't match $setElementOrder list:\n${goPrint(order)}\n`);
}

const hasDirective = (item: unknown): boolean => isRecord(item) && Object.hasOwn(item, '$patch');

function isDeletion(item: unknown): boolean {
  if (!isRecord(item)) throw badArgument({}, item);
  return getMember(item, '$patch') === 'delete';
}

/** Puts merged items in order: those that `order` names in its order, the others in that of `original`, interleaved by `original`. */
export function orderElements(
  merged: readonly unknown[],
  order: readonly unknown[],
  original: readonly unknown[],
  mergeKey: string,
  areMaps: boolean,
): unknown[] {
  const keyOf = areMaps ? (item: unknown): unknown => mergeKeyOf(item, mergeKey) : (item: unknown): unknown => item;
  const ranks = ranksOf(order, keyOf, areMaps);
  const originalRanks = ranksOf(original, keyOf, areMaps);
  const named: Ranked[] = [];
  const others: Ranked[] = [];
  for (const item of merged) {
    const key = keyOf(item);
    const rank = ranks.get(key);
    const originalRank = originalRanks.get(key);
    if (rank === undefined) others.push({ item, rank: originalRank ?? -1, originalRank });
    else named.push({ item, rank, originalRank });
  }
  for (const list of [named, others]) list.sort((a, b) => Number(areMaps && isDeletion(a.item)) - Number(areMaps && isDeletion(b.item)) || a.rank - b.rank);
  return interleave(others, named);
}

interface Ranked {
  readonly item: unknown;
  readonly rank: number;
  readonly originalRank: number | undefined;
}

function ranksOf(list: readonly unknown[], keyOf: (item: unknown) => unknown, areMaps: boolean): Map<unknown, number> {
  const ranks = new Map<unknown, number>();
  list.forEach((item, at) => {
    if (areMaps && !isRecord(item)) throw new PatchError(`value for key ${at} is not a map`);
    const key = keyOf(item);
    if (!ranks.has(key)) ranks.set(key, at);
  });
  return ranks;
}

/** An item of the others goes before the first named item that it stood before. */
function interleave(others: readonly Ranked[], named: readonly Ranked[]): unknown[] {
  const result: unknown[] = [];
  let at = 0;
  for (const next of named) {
    while (at < others.length && isBefore(others[at]!, next)) result.push(others[at++]!.item);
    result.push(next.item);
  }
  for (; at < others.length; at++) result.push(others[at]!.item);
  return result;
}

const isBefore = ({ originalRank: a }: Ranked, { originalRank: b }: Ranked): boolean => a !== undefined && b !== undefined && a < b;
