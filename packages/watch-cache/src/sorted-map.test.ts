import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefixEnd, SortedMap } from './sorted-map.js';

const key = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'c', '/', '.') });

describe('a SortedMap', () => {
  it('holds what a plain map holds, in order, and leaves older versions as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), key, fc.nat()), { maxLength: 600 }), key, key, (changes, from, to) => {
        const model = new Map<string, number>();
        let map = SortedMap.empty<number>();
        const versions: { map: SortedMap<number>; model: Map<string, number> }[] = [];
        for (const [isSet, k, v] of changes) {
          if (isSet) {
            model.set(k, v);
            map = map.set(k, v);
          } else {
            model.delete(k);
            map = map.delete(k);
          }
          if (versions.length < 20) versions.push({ map, model: new Map(model) });
        }
        for (const version of [...versions, { map, model }]) {
          const expected = [...version.model].filter(([k]) => k >= from && k < to).sort(([a], [b]) => (a < b ? -1 : 1));
          const seen: [string, number][] = [];
          version.map.visit(from, to, (v, k) => {
            seen.push([k, v]);
          });
          expect(seen).toEqual(expected);
          expect(version.map.count(from, to)).toBe(expected.length);
          expect(version.map.values(from, to)).toEqual(expected.map(([, v]) => v));
          expect(version.map.size).toBe(version.model.size);
          expect(version.map.get(from)).toBe(version.model.get(from));
        }
      }),
    );
  });
  it('is right when it grows over many chunks and shrinks again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(999), { minLength: 1000, maxLength: 1500 }), fc.array(fc.nat(999), { minLength: 500, maxLength: 1500 }), (added, removed) => {
        const keyOf = (n: number): string => String(n).padStart(3, '0');
        let map = SortedMap.empty<number>();
        const model = new Set(added);
        for (const n of added) map = map.set(keyOf(n), n);
        for (const n of removed) {
          model.delete(n);
          map = map.delete(keyOf(n));
        }
        expect(map.values('', '~')).toEqual([...model].sort((a, b) => a - b));
        for (const n of added) expect(map.get(keyOf(n))).toBe(model.has(n) ? n : undefined);
      }),
      { numRuns: 30 },
    );
  });

  it('stays ordered over many chunks', () => {
    let map = SortedMap.empty<number>();
    for (let i = 0; i < 5000; i++) map = map.set(`/r/${(i * 7919) % 5000}`, i);
    let last = '';
    let n = 0;
    map.visit('/r/', prefixEnd('/r/'), (_, k) => {
      expect(k > last).toBe(true);
      last = k;
      n++;
    });
    expect(n).toBe(5000);
  });
});
