/** Durations in words: `2 days`. */
import { Duration } from '../values/value.js';

/** Per unit its names, and its nanoseconds; whatever starts with the last name is meant too. */
const units: readonly (readonly [readonly string[], bigint])[] = [
  [['ns', 'nano'], 1n],
  [['us', 'µs', 'micro'], 1_000n],
  [['ms', 'milli'], 1_000_000n],
  [['s', 'sec'], 1_000_000_000n],
  [['m', 'min'], 60_000_000_000n],
  [['h', 'hr', 'hour'], 3_600_000_000_000n],
  [['d', 'day'], 86_400_000_000_000n],
  [['w', 'wk', 'week'], 604_800_000_000_000n],
];

/** The sum of all numbers with a unit in the text; undefined where there is none. Overflows wrap, as in the reference. */
export function wordyDuration(text: string): Duration | undefined {
  let total = 0n;
  let isFound = false;
  for (const [, digits, word] of text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)) {
    if (digits!.length > 18) return undefined;
    const unit = word!.toLowerCase();
    for (const [names, nanos] of units) {
      for (const [i, name] of names.entries()) {
        if (unit !== name && !(i === names.length - 1 && unit.startsWith(name))) continue;
        isFound = true;
        total += BigInt(digits!) * nanos;
      }
    }
  }
  return isFound ? new Duration(BigInt.asIntN(64, total)) : undefined;
}
