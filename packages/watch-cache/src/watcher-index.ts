import type { Entry } from './entry.js';
import type { Selection } from './selection.js';
import type { Watcher } from './watcher.js';

type Watchers = Set<Watcher>;

/** Finds the watchers that a change may concern, without asking the others. */
export class WatcherIndex {
  /** By `namespace/name` of their selection, each of which may be empty: an entry looks under `/`, `/name`, `namespace/` and `namespace/name`. */
  readonly #byScope = new Map<string, Watchers>();
  /** Those whose selector demands a value of some field, by field and value: each node's kubelet watches the pods of its own. */
  readonly #byField = new Map<string, Map<string, Watchers>>();
  readonly #all = new Set<Watcher>();

  [Symbol.iterator](): IterableIterator<Watcher> {
    return this.#all.values();
  }

  add(watcher: Watcher): void {
    this.#all.add(watcher);
    const demand = demandOf(watcher.selection);
    if (demand) {
      const [field, value] = demand;
      const byValue = this.#byField.get(field) ?? new Map<string, Watchers>();
      this.#byField.set(field, byValue);
      addTo(byValue, value, watcher);
    } else addTo(this.#byScope, scopeOf(watcher.selection), watcher);
  }

  delete(watcher: Watcher): void {
    this.#all.delete(watcher);
    const demand = demandOf(watcher.selection);
    if (demand) {
      const [field, value] = demand;
      const byValue = this.#byField.get(field);
      if (!byValue) return;
      deleteFrom(byValue, value, watcher);
      if (byValue.size === 0) this.#byField.delete(field);
    } else deleteFrom(this.#byScope, scopeOf(watcher.selection), watcher);
  }

  /** Calls `visit` once for each watcher that may select the entry, or what it was before. */
  visit(entry: Entry, previous: Entry | undefined, visit: (watcher: Watcher) => void): void {
    if (this.#all.size === 0) return;
    const { namespace, name } = entry;
    this.#byScope.get('/')?.forEach(visit);
    this.#byScope.get(`/${name}`)?.forEach(visit);
    if (namespace !== '') {
      this.#byScope.get(`${namespace}/`)?.forEach(visit);
      this.#byScope.get(`${namespace}/${name}`)?.forEach(visit);
    }
    for (const [field, byValue] of this.#byField) {
      const value = fieldValue(entry, field);
      byValue.get(value)?.forEach(visit);
      const before = previous ? fieldValue(previous, field) : value;
      if (before !== value) byValue.get(before)?.forEach(visit);
    }
  }
}

// A field that an object does not have counts as empty, as selectors see it.
const fieldValue = ({ fields }: Entry, field: string): string => (Object.hasOwn(fields, field) ? fields[field]! : '');

const scopeOf = ({ namespace = '', name = '' }: Selection): string => `${namespace}/${name}`;

/** The field whose value a selection demands, if it is not narrowed down by its name already. */
function demandOf({ name, fieldSelector }: Selection): readonly [field: string, value: string] | undefined {
  if (name || !fieldSelector) return undefined;
  const demand = fieldSelector.requirements.find(({ operator, field }) => operator === '=' && field !== 'metadata.namespace');
  return demand && [demand.field, demand.value];
}

function addTo(map: Map<string, Watchers>, key: string, watcher: Watcher): void {
  const set = map.get(key);
  if (set) set.add(watcher);
  else map.set(key, new Set([watcher]));
}

function deleteFrom(map: Map<string, Watchers>, key: string, watcher: Watcher): void {
  const set = map.get(key);
  set?.delete(watcher);
  if (set?.size === 0) map.delete(key);
}
