/**
 * Sets of fields: who owns what (sigs.k8s.io/structured-merge-diff/v6/fieldpath.Set).
 *
 * A set is a tree like the objects it speaks of. A node says whether its field is in the set, and has a set of fields below it; a field may be
 * in the set without those around it. Sets are never changed once they are made, and an operation that changes nothing gives back the set it
 * was called on, so that whatever is remembered of a set (its text, that it fits a schema) stays with it.
 */
import { isKeyElement, compareElements, type FieldPath, memberElement, memberName, type PathElement } from './path-element.js';
import type { MergeType } from './merge-type.js';

/** One element of a set. Never without effect: it is a member, or has members below. */
export interface FieldNode {
  readonly isMember: boolean;
  readonly children: FieldSet | undefined;
}

/** The node of a field that has nothing below it. */
export const leaf: FieldNode = { isMember: true, children: undefined };

/** A node; undefined for one that would be without effect. */
export const fieldNode = (isMember: boolean, children: FieldSet | undefined): FieldNode | undefined => {
  const below = children?.isEmpty ? undefined : children;
  return below === undefined ? (isMember ? leaf : undefined) : { isMember, children: below };
};

/** Whether an element is a declared field of a type. */
export function isDeclared(type: MergeType | undefined, element: PathElement): boolean {
  const name = memberName(element);
  return name !== undefined && type?.map?.field(name) !== undefined;
}

/** The type of what an element stands for, as far as elements tell the form. */
export function typeBelow(type: MergeType | undefined, element: PathElement): MergeType | undefined {
  const name = memberName(element);
  if (name === undefined) return isKeyElement(element) ? type?.list?.element : undefined;
  return type?.map?.field(name)?.type ?? type?.map?.element;
}

/** Narrows a set: what a subresource or a strategy leaves alone is nobody's through it. */
export type FieldFilter = (set: FieldSet) => FieldSet;

export class FieldSet {
  static get empty(): FieldSet {
    return emptySet;
  }

  /** @internal The set in fieldsV1, once it has been printed. */
  printed: object | undefined = undefined;
  /** @internal The same below a field that is in the set too. */
  printedInMember: object | undefined = undefined;
  /** @internal The type that the set was last found to be in line with. */
  inLineWith: MergeType | undefined = undefined;

  /** @internal Use {@link FieldSet.of}, {@link FieldSetBuilder} or `readFieldsV1`. */
  constructor(readonly nodes: ReadonlyMap<PathElement, FieldNode>) {}

  /** The set of these nodes, which are the set's from here on. */
  static from(nodes: ReadonlyMap<PathElement, FieldNode>): FieldSet {
    return nodes.size === 0 ? emptySet : new FieldSet(nodes);
  }

  /** The set of these members, each given by the names on the way to it: `FieldSet.of(['metadata', 'name'], ['spec'])`. */
  static of(...paths: readonly (readonly string[])[]): FieldSet {
    const builder = new FieldSetBuilder();
    for (const path of paths) builder.insert(path.map(memberElement));
    return builder.build();
  }

  get isEmpty(): boolean {
    return this.nodes.size === 0;
  }

  /** How many fields are in the set. */
  get size(): number {
    let count = 0;
    for (const { isMember, children } of this.nodes.values()) count += (isMember ? 1 : 0) + (children?.size ?? 0);
    return count;
  }

  has(path: FieldPath): boolean {
    let set: FieldSet | undefined = this;
    for (const [at, element] of path.entries()) {
      const found: FieldNode | undefined = set?.nodes.get(element);
      if (at === path.length - 1) return found?.isMember ?? false;
      set = found?.children;
    }
    return false;
  }

  /** The fields below an element. */
  below(element: PathElement): FieldSet {
    return this.nodes.get(element)?.children ?? FieldSet.empty;
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.nodes.size !== other.nodes.size) return false;
    for (const [element, mine] of this.nodes) {
      const theirs = other.nodes.get(element);
      if (mine === theirs) continue;
      if (theirs?.isMember !== mine.isMember || !(mine.children ?? FieldSet.empty).equals(theirs.children ?? FieldSet.empty)) return false;
    }
    return true;
  }

  /** The fields that are in one of the two. */
  union(other: FieldSet): FieldSet {
    if (other.isEmpty || other === this) return this;
    if (this.isEmpty) return other;
    let nodes: Map<PathElement, FieldNode> | undefined;
    for (const [element, theirs] of other.nodes) {
      const mine = this.nodes.get(element);
      if (mine === theirs) continue;
      const children = mine?.children && theirs.children ? mine.children.union(theirs.children) : (mine?.children ?? theirs.children);
      const isMember = theirs.isMember || mine?.isMember === true;
      if (mine && mine.isMember === isMember && mine.children === children) continue;
      nodes ??= new Map(this.nodes);
      nodes.set(element, fieldNode(isMember, children)!);
    }
    return nodes ? new FieldSet(nodes) : this;
  }

  /** The fields that are in both. */
  intersection(other: FieldSet): FieldSet {
    if (other === this) return this;
    return this.#map((element, mine) => {
      const theirs = other.nodes.get(element);
      return theirs && (mine === theirs ? mine : fieldNode(mine.isMember && theirs.isMember, theirs.children && mine.children?.intersection(theirs.children)));
    });
  }

  /** The fields that are not in the other. Those below a field of the other stay. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty || this.isEmpty) return this;
    return this.#map((element, mine) => {
      const theirs = other.nodes.get(element);
      return theirs ? fieldNode(mine.isMember && !theirs.isMember, theirs.children ? mine.children?.difference(theirs.children) : mine.children) : mine;
    });
  }

  /** The fields that are neither in the other nor below a field of the other. */
  without(other: FieldSet): FieldSet {
    if (other.isEmpty || this.isEmpty) return this;
    return this.#map((element, mine) => {
      const theirs = other.nodes.get(element);
      if (!theirs) return mine;
      return theirs.isMember ? undefined : fieldNode(mine.isMember, theirs.children ? mine.children?.without(theirs.children) : mine.children);
    });
  }

  /** The fields that have none of the set below them. */
  leaves(): FieldSet {
    return this.#map((_, { isMember, children }) => (children ? fieldNode(false, children.leaves()) : fieldNode(isMember, undefined)));
  }

  /**
   * The set with the declared fields on the way to its fields. Sets do not name those (a struct is nobody's, its fields are), but where items
   * are removed they count.
   */
  withDeclaredFields(type: MergeType | undefined): FieldSet {
    return this.#map((element, { isMember, children }) => {
      if (!children) return leaf;
      return fieldNode(isMember || isDeclared(type, element), children.withDeclaredFields(typeBelow(type, element)));
    });
  }

  /** The elements in the order in which they are printed. */
  sorted(): Iterable<readonly [PathElement, FieldNode]> {
    let last: PathElement | undefined;
    for (const element of this.nodes.keys()) {
      if (last !== undefined && compareElements(last, element) > 0) return [...this.nodes].sort(([a], [b]) => compareElements(a, b));
      last = element;
    }
    return this.nodes;
  }

  /** Every field of the set: those of a level, then those below. */
  *paths(above: FieldPath = []): Generator<FieldPath> {
    const entries = this.sorted();
    for (const [element, { isMember }] of entries) if (isMember) yield [...above, element];
    for (const [element, { children }] of entries) if (children) yield* children.paths([...above, element]);
  }

  /** A set with each node changed, or left out. This set where all stay the same. */
  #map(change: (element: PathElement, node: FieldNode) => FieldNode | undefined): FieldSet {
    let isChanged = false;
    const nodes = new Map<PathElement, FieldNode>();
    for (const [element, mine] of this.nodes) {
      const changed = change(element, mine);
      const isSame = changed !== undefined && changed.isMember === mine.isMember && changed.children === mine.children;
      if (!isSame) isChanged = true;
      if (changed) nodes.set(element, isSame ? mine : changed);
    }
    return isChanged ? (nodes.size === 0 ? FieldSet.empty : new FieldSet(nodes)) : this;
  }
}

const emptySet = new FieldSet(new Map());

interface DraftNode {
  isMember: boolean;
  children: Draft | undefined;
  below: FieldSet | undefined;
}
type Draft = Map<PathElement, DraftNode>;

/** Collects the fields of a set. */
export class FieldSetBuilder {
  #draft: Draft | undefined;

  /** Adds the field at the path, and what is below it in the set, if given. The object as a whole is nobody's. */
  insert(path: FieldPath, below?: FieldSet): void {
    if (path.length === 0) return;
    let level = (this.#draft ??= new Map());
    for (let at = 0; ; at++) {
      let draft = level.get(path[at]!);
      if (!draft) level.set(path[at]!, (draft = { isMember: false, children: undefined, below: undefined }));
      if (at === path.length - 1) {
        draft.isMember = true;
        if (below) draft.below = below;
        return;
      }
      level = draft.children ??= new Map();
    }
  }

  /** The set. The builder is of no use afterwards. */
  build(): FieldSet {
    return this.#draft ? finished(this.#draft) : FieldSet.empty;
  }
}

function finished(draft: Draft): FieldSet {
  const nodes = new Map<PathElement, FieldNode>();
  for (const [element, { isMember, children, below }] of draft) {
    const set = children && (below ? finished(children).union(below) : finished(children));
    nodes.set(element, fieldNode(isMember, set ?? below)!);
  }
  return new FieldSet(nodes);
}

/** Leaves out these fields and all that is below them. */
export const excluding =
  (fields: FieldSet): FieldFilter =>
  (set) =>
    set.without(fields);

/** Any element, in a pattern of {@link including}. */
export const anyElement = '*';

/** Keeps only what is at or below a path that matches one of the patterns, made of elements and {@link anyElement}, or on the way to it. */
export function including(...patterns: readonly FieldPath[]): FieldFilter {
  return (set) => includingBelow(set, patterns);
}

function includingBelow(set: FieldSet, patterns: readonly FieldPath[]): FieldSet {
  if (patterns.some((pattern) => pattern.length === 0)) return set;
  const nodes = new Map<PathElement, FieldNode>();
  for (const [element, { isMember, children }] of set.nodes) {
    const matching = patterns.filter(([first]) => first === anyElement || first === element);
    if (matching.length === 0) continue;
    const kept = fieldNode(
      isMember,
      children &&
        includingBelow(
          children,
          matching.map((pattern) => pattern.slice(1)),
        ),
    );
    if (kept) nodes.set(element, kept);
  }
  return new FieldSet(nodes);
}
