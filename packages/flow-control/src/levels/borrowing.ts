/** Lets levels that need more have the seats of those that need less (KEP-1040; updateBorrowing of the reference's controller). */
import { allocate } from './allocation.js';
import type { PriorityLevel } from './priority-level.js';

/** What each level has until the next time: looks at what it wanted since the last, and sets `currentSeats`. */
export function adjustSeats(levels: readonly PriorityLevel[], nowMs: number): void {
  const nominalSum = levels.reduce((sum, { nominalSeats }) => sum + nominalSeats, 0);
  for (const level of levels) level.demand.update(level.queues.demand.take(nowMs));
  const limited = levels.filter(({ isExempt }) => !isExempt);
  let remaining = nominalSum;
  for (const level of levels.filter(({ isExempt }) => isExempt)) {
    level.currentSeats = Math.max(level.minSeats, level.demand.highWatermark);
    remaining -= level.currentSeats;
  }
  const needs = limited.map(({ minSeats, nominalSeats, demand }) => Math.max(minSeats, Math.min(nominalSeats, demand.highWatermark)));
  const minSum = limited.reduce((sum, { minSeats }) => sum + minSeats, 0);
  const needSum = needs.reduce((sum, need) => sum + need, 0);
  const seats = shareOut();
  for (const [at, level] of limited.entries()) level.currentSeats = Math.round(seats[at]!);

  function shareOut(): readonly number[] {
    if (remaining <= minSum) return limited.map(({ minSeats }) => minSeats);
    if (remaining <= needSum) {
      const part = (remaining - minSum) / (needSum - minSum);
      return limited.map(({ minSeats }, at) => minSeats + Math.round((needs[at]! - minSeats) * part));
    }
    const claims = limited.map(({ maxSeats, demand }, at) => ({
      lowerBound: needs[at]!,
      upperBound: maxSeats,
      target: Math.max(needs[at]!, demand.smoothed),
    }));
    return allocate(nominalSum, claims) ?? limited.map(({ currentSeats, nominalSeats }) => currentSeats ?? nominalSeats);
  }
}
