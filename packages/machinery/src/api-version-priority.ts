/** The order of API versions: what is stable before what is not (`v2`, `v1`, `v1beta2`, `v1beta1`, `v1alpha1`, then names of other forms). */

const form = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const stages = { alpha: 0, beta: 1 };
const stable = 2;

function parse(version: string): readonly [stage: number, major: bigint, minor: bigint] | undefined {
  const match = form.exec(version);
  if (!match) return undefined;
  const [, major, stage, minor = '0'] = match as unknown as [string, string, keyof typeof stages | undefined, string?];
  const numbers = [BigInt(major), BigInt(minor)] as const;
  // What Go's int does not hold is no version.
  if (numbers.some((number) => number >= 1n << 63n)) return undefined;
  return [stage === undefined ? stable : stages[stage], ...numbers];
}

/**
 * Compares two versions: positive where the first has priority, negative where the second has, 0 where neither has. Sort by `(a, b) => compareApiVersions(b, a)` to have the
 * preferred version first.
 *
 * Versions of other forms come last, by their names (k8s.io/apimachinery/pkg/version.CompareKubeAwareVersionStrings).
 */
export function compareApiVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parse(a);
  const right = parse(b);
  if (!left || !right) return left ? 1 : right ? -1 : Buffer.compare(Buffer.from(b), Buffer.from(a));
  for (const at of [0, 1, 2] as const) if (left[at] !== right[at]) return left[at] > right[at] ? 1 : -1;
  return 0;
}
