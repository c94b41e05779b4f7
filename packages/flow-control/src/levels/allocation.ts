/** Shares seats out among levels of priority (k8s.io/apiserver/pkg/util/flowcontrol/conc_alloc.go). */

export interface Claim {
  /** What it would like; at least its lower bound. */
  readonly target: number;
  readonly lowerBound: number;
  readonly upperBound: number;
}

const minTarget = 0.001;
const epsilon = 1e-7;

/**
 * Gives each claim the same proportion of its target, but for its bounds, so that all get `sum` together.
 * @returns undefined when the bounds do not allow it.
 */
export function allocate(sum: number, claims: readonly Claim[]): readonly number[] | undefined {
  const targets = claims.map(({ target }) => Math.max(target, minTarget));
  const low = claims.reduce((total, { lowerBound }) => total + lowerBound, 0);
  const high = claims.reduce((total, { upperBound }) => total + upperBound, 0);
  if (claims.some(({ lowerBound, upperBound, target }) => lowerBound < 0 || target < lowerBound || upperBound < lowerBound)) return undefined;
  if (low - sum > epsilon || sum - high > epsilon) return undefined;
  const at = (proportion: number): number[] =>
    claims.map(({ lowerBound, upperBound }, index) => Math.max(lowerBound, Math.min(upperBound, proportion * targets[index]!)));
  const total = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

  // What all get grows with the proportion, and is straight between two bounds: find the two that the sum lies between, and the point between them.
  const turns = claims.flatMap(({ lowerBound, upperBound }, index) => [lowerBound / targets[index]!, upperBound / targets[index]!]).sort((a, b) => a - b);
  let from = 0;
  let to = turns.length - 1;
  if (to < 0) return [];
  if (sum <= total(at(turns[0]!))) return at(turns[0]!);
  if (sum >= total(at(turns[to]!))) return at(turns[to]!);
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (total(at(turns[middle]!)) <= sum) from = middle;
    else to = middle;
  }
  const below = total(at(turns[from]!));
  const above = total(at(turns[to]!));
  const part = above === below ? 0 : (sum - below) / (above - below);
  return at(turns[from]! + part * (turns[to]! - turns[from]!));
}
