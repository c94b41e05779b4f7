/** Equality of API objects as the reference's equality.Semantic has it for lists and maps: empty ones are as good as none. */
import { isRecord, jsonEqual } from '@apiserver-kit/machinery';

/** True when two JSON values differ at most in members that are null, an empty list or an empty map in one and missing in the other. */
export const isSemanticallyEqual = (a: unknown, b: unknown): boolean =>
  // Mostly they are the same to the letter: then nothing has to be copied.
  jsonEqual(a, b) || jsonEqual(withoutEmpty(a), withoutEmpty(b));

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const kept = withoutEmpty(member);
      return isNothing(kept) ? [] : [[name, kept]];
    }),
  );
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0) || (isRecord(value) && Object.keys(value).length === 0);
