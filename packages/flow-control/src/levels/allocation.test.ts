import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allocate } from './allocation.js';

const claim = fc
  .tuple(fc.nat(50), fc.nat(50), fc.nat(50))
  .map(([lowerBound, more, room]) => ({ lowerBound, target: lowerBound + more, upperBound: lowerBound + room }));

it('all seats are given, within the bounds, to each the same proportion of its target but for them', () => {
  fc.assert(
    fc.property(fc.array(claim, { minLength: 1, maxLength: 6 }), fc.double({ min: 0, max: 1, noNaN: true }), (claims, part) => {
      const low = claims.reduce((sum, { lowerBound }) => sum + lowerBound, 0);
      const high = claims.reduce((sum, { upperBound }) => sum + upperBound, 0);
      const wanted = Math.floor(low + part * (high - low));
      const given = allocate(wanted, claims)!;
      expect(given.reduce((sum, seats) => sum + seats, 0)).toBeCloseTo(wanted, 4);
      const free: number[] = [];
      for (const [at, { lowerBound, upperBound, target }] of claims.entries()) {
        const seats = given[at]!;
        expect(seats).toBeGreaterThanOrEqual(lowerBound - 1e-6);
        expect(seats).toBeLessThanOrEqual(upperBound + 1e-6);
        if (seats > lowerBound + 1e-3 && seats < upperBound - 1e-3) free.push(seats / Math.max(target, 0.001));
      }
      for (const proportion of free) expect(proportion / free[0]!).toBeCloseTo(1, 3);
    }),
  );
});

it('what the bounds do not allow is not given', () => {
  expect(allocate(3, [{ lowerBound: 4, target: 4, upperBound: 9 }])).toBeUndefined();
  expect(allocate(10, [{ lowerBound: 4, target: 4, upperBound: 9 }])).toBeUndefined();
});
