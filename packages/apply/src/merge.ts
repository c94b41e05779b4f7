/** Lays an applied configuration over an object (sigs.k8s.io/structured-merge-diff/v6/typed, Merge). */
import { jsonEqual, type JsonObject, setMember } from '@apiserver-kit/machinery';
import { asList, asMap, isEmptyMap } from './comparison.js';
import { itemElement } from './list-items.js';
import { formOf, type ListMergeType, type MapMergeType, type MergeType, settled } from './merge-type.js';
import type { PathElement } from './path-element.js';

/**
 * What the object is with the configuration laid over it: nothing is removed, and where both have a leaf the configuration's counts. Both fit
 * the type; an absent value is undefined. Shares what did not change with the arguments and writes to neither.
 */
export function merge(type: MergeType, live: unknown, config: unknown): unknown {
  if (config === undefined || config === live) return live;
  if (live === undefined) return config;
  switch (settled(type, formOf(type, config))) {
    case 'map':
      return mergeMaps(type.map!, live, config);
    case 'list':
      return mergeLists(type.list!, live, config);
    default:
      return leaf(live, config);
  }
}

/** What did not change stays the very same, so that it need not be compared again. */
const leaf = (live: unknown, config: unknown): unknown => (jsonEqual(live, config) ? live : config);

function mergeMaps(map: MapMergeType, liveValue: unknown, configValue: unknown): unknown {
  const [live, config] = [asMap(liveValue), asMap(configValue)];
  if (map.isAtomic || (isEmptyMap(live) && isEmptyMap(config))) return leaf(liveValue, configValue);
  if (!live) return config;
  let out: JsonObject | undefined;
  for (const name in config) {
    const type = map.field(name)?.type ?? map.element;
    const before = Object.hasOwn(live, name) ? live[name] : undefined;
    const value = type ? merge(type, before, config[name]) : config[name];
    if (value === before) continue;
    out ??= { ...live };
    setMember(out, name, value);
  }
  return out ?? live;
}

interface Items {
  readonly elements: readonly PathElement[];
  readonly values: ReadonlyMap<PathElement, unknown>;
}

/** Of items that are there several times none is merged: their value is null. */
function itemsOf(list: ListMergeType, items: readonly unknown[]): Items {
  const values = new Map<PathElement, unknown>();
  const elements = items.map((item) => {
    const element = itemElement(list, item);
    if (!values.has(element)) values.set(element, item);
    else values.set(element, null);
    return element;
  });
  return { elements, values };
}

/**
 * The items of both, in an order that keeps to both as far as they agree: items of the configuration come in its order, the object's others stay
 * where they are between them.
 */
function mergeLists(list: ListMergeType, liveValue: unknown, configValue: unknown): unknown {
  const [live, config] = [asList(liveValue) ?? [], asList(configValue) ?? []];
  if (list.isAtomic || (live.length === 0 && config.length === 0)) return leaf(liveValue, configValue);
  const mine = itemsOf(list, config);
  const theirs = itemsOf(list, live);
  const shared = mine.elements.filter((element) => theirs.values.has(element));
  const merged = new Set<PathElement>();
  const out: unknown[] = [];

  const take = (element: PathElement): void => {
    merged.add(element);
    out.push(merge(list.element, theirs.values.get(element), mine.values.get(element)));
  };
  let nextShared = shared.shift();
  for (let at = 0, taken = 0; at < live.length || taken < config.length; ) {
    const [left, right] = [theirs.elements[at], mine.elements[taken]];
    if (left !== undefined && left === right) {
      take(left);
      at++;
      taken++;
      nextShared = shared.shift();
      continue;
    }
    // An item of both that is not the next of both in the configuration's order waits for its turn there.
    if (left !== undefined && right !== undefined && nextShared !== undefined && mine.values.has(left) && nextShared !== left) {
      at++;
      continue;
    }
    if (left !== undefined) {
      if (!mine.values.has(left)) {
        out.push(live[at]);
        at++;
        continue;
      }
      // It is there already, with the configuration's item; here it would be there twice.
      if (merged.has(left)) at++;
    }
    if (right !== undefined) {
      take(right);
      taken++;
      if (nextShared === right) nextShared = shared.shift();
    }
  }
  return out.length === live.length && out.every((item, at) => item === live[at]) ? liveValue : out;
}
