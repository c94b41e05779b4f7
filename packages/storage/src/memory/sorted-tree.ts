/**
 * A sorted map that never changes: every change gives a new one, which shares all but one path of nodes with the old.
 *
 * It is a B+tree whose branches know how many entries are below them. So a snapshot costs nothing, a change copies about three nodes of up
 * to 32 slots, and counting or skipping entries takes as long as finding one. Nodes are written to only before anybody else can see them.
 */

interface Leaf<K, V> {
  readonly keys: readonly K[];
  readonly values: readonly V[];
  readonly children: undefined;
  readonly size: number;
}

interface Branch<K, V> {
  /** The smallest key below each child (or a smaller one, after deletions). */
  readonly keys: readonly K[];
  readonly values: undefined;
  readonly children: readonly Node<K, V>[];
  readonly size: number;
}

type Node<K, V> = Leaf<K, V> | Branch<K, V>;

const maxSlots = 32;

const leaf = <K, V>(keys: readonly K[], values: readonly V[]): Leaf<K, V> => ({ keys, values, children: undefined, size: keys.length });

function branch<K, V>(keys: readonly K[], children: readonly Node<K, V>[]): Branch<K, V> {
  let size = 0;
  for (const child of children) size += child.size;
  return { keys, values: undefined, children, size };
}

const sliceOf = <K, V>(node: Node<K, V>, from: number, to?: number): Node<K, V> =>
  node.children ? branch(node.keys.slice(from, to), node.children.slice(from, to)) : leaf(node.keys.slice(from, to), node.values.slice(from, to));

const joined = <K, V>(left: Node<K, V>, right: Node<K, V>): Node<K, V> =>
  left.children
    ? branch([...left.keys, ...right.keys], [...left.children, ...(right as Branch<K, V>).children])
    : leaf([...left.keys, ...right.keys], [...left.values, ...(right as Leaf<K, V>).values]);

export class SortedTree<K, V> {
  readonly #compare: (a: K, b: K) => number;
  readonly #root: Node<K, V>;

  private constructor(compare: (a: K, b: K) => number, root: Node<K, V>) {
    this.#compare = compare;
    this.#root = root;
  }

  static empty<K, V>(compare: (a: K, b: K) => number): SortedTree<K, V> {
    return new SortedTree<K, V>(compare, leaf([], []));
  }

  get size(): number {
    return this.#root.size;
  }

  get(key: K): V | undefined {
    let node = this.#root;
    while (node.children) node = node.children[this.#childFor(node, key)]!;
    const at = this.#slot(node, key);
    return at < node.keys.length && this.#compare(node.keys[at]!, key) === 0 ? node.values[at] : undefined;
  }

  /** The smallest key. */
  firstKey(): K | undefined {
    let node = this.#root;
    while (node.children) node = node.children[0]!;
    return node.keys[0];
  }

  /** The value of the entry that `rank` entries come before. */
  at(rank: number): V | undefined {
    return this.values(rank, rank + 1)[0];
  }

  set(key: K, value: V): SortedTree<K, V> {
    return this.#with(this.#insert(this.#root, key, value));
  }

  delete(key: K): SortedTree<K, V> {
    const root = this.#remove(this.#root, key);
    return root === this.#root ? this : this.#with([root]);
  }

  /** How many entries come before the first whose key is not `isBefore`; `isBefore` must hold for a run of keys from the smallest on. */
  rank(isBefore: (key: K) => boolean): number {
    let rank = 0;
    let node = this.#root;
    for (;;) {
      let low = 0;
      let high = node.keys.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (isBefore(node.keys[middle]!)) low = middle + 1;
        else high = middle;
      }
      if (!node.children) return rank + low;
      // The child before may go on with keys that are not before any more.
      const at = Math.max(low - 1, 0);
      for (let i = 0; i < at; i++) rank += node.children[i]!.size;
      node = node.children[at]!;
    }
  }

  /** The values from one rank up to, but without, another. */
  values(from: number, to: number): V[] {
    const found: V[] = [];
    collect(this.#root, Math.max(from, 0), Math.min(to, this.size), found);
    return found;
  }

  /** Without its first `count` entries. */
  dropFirst(count: number): SortedTree<K, V> {
    if (count <= 0) return this;
    return count >= this.size ? SortedTree.empty(this.#compare) : this.#with([withoutFirst(this.#root, count)]);
  }

  #with(roots: readonly Node<K, V>[]): SortedTree<K, V> {
    let root = roots.length === 1 ? roots[0]! : branch([roots[0]!.keys[0]!, roots[1]!.keys[0]!], roots);
    while (root.children?.length === 1) root = root.children[0]!;
    return new SortedTree(this.#compare, root);
  }

  /** The first slot whose key is not smaller. */
  #slot(node: Node<K, V>, key: K): number {
    let low = 0;
    let high = node.keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(node.keys[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #childFor(node: Branch<K, V>, key: K): number {
    const at = this.#slot(node, key);
    return at < node.keys.length && this.#compare(node.keys[at]!, key) === 0 ? at : Math.max(at - 1, 0);
  }

  /** The node with the entry in it, as one node or, where it had to be split, as two. */
  #insert(node: Node<K, V>, key: K, value: V): Node<K, V>[] {
    if (!node.children) {
      const at = this.#slot(node, key);
      const isThere = at < node.keys.length && this.#compare(node.keys[at]!, key) === 0;
      const keys = isThere ? node.keys : node.keys.toSpliced(at, 0, key);
      return this.#split(leaf(keys, node.values.toSpliced(at, isThere ? 1 : 0, value)), at);
    }
    const at = this.#childFor(node, key);
    const fresh = this.#insert(node.children[at]!, key, value);
    const keys = fresh.length === 1 && node.keys[at] === fresh[0]!.keys[0] ? node.keys : node.keys.toSpliced(at, 1, ...fresh.map((child) => child.keys[0]!));
    return this.#split(branch(keys, node.children.toSpliced(at, 1, ...fresh)), at);
  }

  #split(node: Node<K, V>, changedAt: number): Node<K, V>[] {
    const slots = node.keys.length;
    if (slots <= maxSlots) return [node];
    // Keys that come in order (revisions, numbered names) are appended: full nodes stay behind, not halves.
    const middle = changedAt >= slots - 2 ? slots - 1 : slots >> 1;
    return [sliceOf(node, 0, middle), sliceOf(node, middle)];
  }

  #remove(node: Node<K, V>, key: K): Node<K, V> {
    if (!node.children) {
      const at = this.#slot(node, key);
      if (at === node.keys.length || this.#compare(node.keys[at]!, key) !== 0) return node;
      return leaf(node.keys.toSpliced(at, 1), node.values.toSpliced(at, 1));
    }
    const at = this.#childFor(node, key);
    const before = node.children[at]!;
    const child = this.#remove(before, key);
    if (child === before) return node;
    if (child.keys.length === 0) return branch(node.keys.toSpliced(at, 1), node.children.toSpliced(at, 1));
    // A small node is put together with a neighbour where both fit, so that a tree that shrinks has fewer nodes.
    const left = child.keys.length < maxSlots / 4 ? (at > 0 ? at - 1 : at) : -1;
    if (left >= 0 && left + 1 < node.children.length) {
      const pair = [left === at ? child : node.children[left]!, left === at ? node.children[at + 1]! : child] as const;
      if (pair[0].keys.length + pair[1].keys.length <= maxSlots) {
        return branch(node.keys.toSpliced(left + 1, 1), node.children.toSpliced(left, 2, joined(...pair)));
      }
    }
    return branch(node.keys, node.children.with(at, child));
  }
}

function collect<K, V>(node: Node<K, V>, from: number, to: number, found: V[]): void {
  if (!node.children) {
    for (let i = from; i < to; i++) found.push(node.values[i]!);
    return;
  }
  let start = 0;
  for (const child of node.children) {
    if (start >= to) return;
    const end = start + child.size;
    if (end > from) collect(child, Math.max(from - start, 0), Math.min(to - start, child.size), found);
    start = end;
  }
}

function withoutFirst<K, V>(node: Node<K, V>, count: number): Node<K, V> {
  if (!node.children) return sliceOf(node, count);
  let at = 0;
  let left = count;
  while (left >= node.children[at]!.size) left -= node.children[at++]!.size;
  const rest = sliceOf(node, at) as Branch<K, V>;
  return left === 0 ? rest : branch(rest.keys, rest.children.with(0, withoutFirst(rest.children[0]!, left)));
}
