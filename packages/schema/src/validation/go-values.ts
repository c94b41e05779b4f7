/** How Go prints JSON values in messages. */
import { isRecord, setMember } from '@apiserver-kit/machinery';

/** `%v` of a float64: with an exponent from a million on. */
export function goFloat(value: number): string {
  const magnitude = Math.abs(value);
  if (value === 0 || (magnitude >= 1e-4 && magnitude < 1e6)) return String(value);
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

const htmlEscapes: Record<string, string> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

/** `json.Marshal`: members sorted, and the characters escaped that HTML gives a meaning to. */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (isRecord(value)) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${goJson(name)}:${goJson(value[name])}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value ?? null).replace(/[<>&\u2028\u2029]/g, (char) => htmlEscapes[char]!);
}

/** A copy as the reference shows a value: its maps have their members sorted. */
export function sortedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedMembers);
  if (!isRecord(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) setMember(copy, name, sortedMembers(value[name]));
  return copy;
}
