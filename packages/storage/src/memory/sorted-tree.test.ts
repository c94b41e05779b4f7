import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedTree } from './sorted-tree.js';

const numbers = (a: number, b: number): number => a - b;
const empty = (): SortedTree<number, string> => SortedTree.empty<number, string>(numbers);
const all = (tree: SortedTree<number, string>): string[] => tree.values(0, tree.size);

type Step = { readonly op: 'set' | 'delete' | 'dropFirst'; readonly n: number };
const step: fc.Arbitrary<Step> = fc.record({ op: fc.constantFrom('set', 'set', 'set', 'delete', 'delete', 'dropFirst'), n: fc.nat(400) });

describe('SortedTree', () => {
  it('is a sorted map under any changes, and leaves every earlier tree as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 1, arbitrary: step }), { minLength: 1, maxLength: 400, size: 'max' }), (steps) => {
        let tree = empty();
        let model = new Map<number, string>();
        const snapshots: (readonly [SortedTree<number, string>, string[]])[] = [];
        const sorted = (): number[] => [...model.keys()].sort(numbers);
        steps.forEach(({ op, n }, i) => {
          if (op === 'set') {
            tree = tree.set(n, `${n}@${i}`);
            model.set(n, `${n}@${i}`);
          } else if (op === 'delete') {
            tree = tree.delete(n);
            model.delete(n);
          } else {
            const count = n % 5;
            tree = tree.dropFirst(count);
            model = new Map(
              sorted()
                .slice(count)
                .map((key) => [key, model.get(key)!]),
            );
          }
          if (i % 50 === 0) snapshots.push([tree, sorted().map((key) => model.get(key)!)]);
        });
        snapshots.push([tree, sorted().map((key) => model.get(key)!)]);
        for (const [snapshot, expected] of snapshots) expect(all(snapshot)).toEqual(expected);
        for (const probe of [0, 7, 200, 399]) {
          expect(tree.get(probe)).toBe(model.get(probe));
          expect(tree.rank((key) => key < probe)).toBe(sorted().filter((key) => key < probe).length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('holds a hundred thousand entries in any order of insertion and finds a page in the middle', () => {
    let tree = empty();
    for (let i = 0; i < 100_000; i++) tree = tree.set((i * 61_381) % 100_000, 'v');
    expect(tree.size).toBe(100_000);
    expect(tree.rank((key) => key < 54_321)).toBe(54_321);
    for (let i = 0; i < 100_000; i++) if (i % 100) tree = tree.delete(i);
    expect(tree.size).toBe(1000);
    expect(tree.values(500, 502)).toEqual(['v', 'v']);
    expect(tree.rank((key) => key < 50_000)).toBe(500);
  });
});
