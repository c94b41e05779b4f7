/** Equality of parsed JSON values: same members whatever their order, numbers by value. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    // A bigint and a number may be the same integer: 1n and 1.
    return isNumeric(a) && isNumeric(b) && typeof a !== typeof b && a >= b && a <= b;
  }
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let at = 0; at < a.length; at++) if (!jsonEqual(a[at], b[at])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  // Walks without lists of names: every write compares whole objects, and this halves what that costs.
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  let more = 0;
  for (const name in left) {
    more++;
    const value = right[name];
    if ((value === undefined || left[name] !== value) && (!Object.hasOwn(right, name) || !jsonEqual(left[name], value))) return false;
  }
  for (const _ in right) more--;
  return more === 0;
}

const isNumeric = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
