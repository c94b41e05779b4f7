/** Lays an applied configuration over an object (sigs.k8s.io/structured-merge-diff/v6/typed, Merge). */
import { type JsonObject, setMember } from '@apiserver-kit/machinery';
import { asList, asMap, isEmptyMap } from './comparison.js';
import { itemElement, ListItemError } from './list-items.js';
import { type Form, formOf, type ListMergeType, type MapMergeType, type MergeType, settled } from './merge-type.js';
import { elementText, type PathElement } from './path-element.js';

/**
 * What the object is with the configuration laid over it: nothing is removed, and where both have a leaf the configuration's counts. Both fit
 * the type; an absent value is undefined. Shares what did not change with the arguments and writes to neither.
 */
export function merge(type: MergeType, live: unknown, config: unknown): unknown {
  if (config === undefined || config === live) return live;
  if (live === undefined) return config;
  return mergeAs(formOf(type, config), type, live, config);
}

function mergeAs(form: Form, type: MergeType, live: unknown, config: unknown): unknown {
  switch (settled(type, form)) {
    case 'map':
      return mergeMaps(type.map!, live, config);
    case 'list':
      return mergeLists(type.list!, live, config);
    default:
      return config;
  }
}

function mergeMaps(map: MapMergeType, liveValue: unknown, configValue: unknown): unknown {
  const [live, config] = [asMap(liveValue), asMap(configValue)];
  if (map.isAtomic || (isEmptyMap(live) && isEmptyMap(config))) return configValue;
  const out: JsonObject = { ...live };
  for (const name in config) {
    const type = map.field(name)?.type ?? map.element;
    const value = live && Object.hasOwn(live, name) && type ? merge(type, live[name], config[name]) : config[name];
    setMember(out, name, value);
  }
  return out;
}

interface Items {
  readonly elements: readonly PathElement[];
  readonly values: ReadonlyMap<PathElement, unknown>;
}

/** Of items that are there several times none is merged: their value is null. */
function itemsOf(list: ListMergeType, items: readonly unknown[], allowsDuplicates: boolean): Items {
  const values = new Map<PathElement, unknown>();
  const elements = items.map((item) => {
    const element = itemElement(list, item);
    if (!values.has(element)) values.set(element, item);
    else if (allowsDuplicates) values.set(element, null);
    else throw new ListItemError(`duplicate entries for key ${elementText(element)}`);
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
  if (list.isAtomic || (live.length === 0 && config.length === 0)) return configValue;
  const mine = itemsOf(list, config, false);
  const theirs = itemsOf(list, live, true);
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
  return out;
}
