/** The order in which go-yaml prints the keys of a map: by character, letters after the rest, and numbers in the text by their value. */
export function compareKeys(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left[at] === right[at]) at++;
  if (at === length) return left.length - right.length;
  const [x, y] = [left[at]!, right[at]!];
  const isLetterX = letter.test(x);
  const isLetterY = letter.test(y);
  if (isLetterX !== isLetterY) return isLetterX ? 1 : -1;
  const byCharacter = x.codePointAt(0)! - y.codePointAt(0)!;
  if (isLetterX) return byCharacter;
  // A zero inside a number (10, 100) is one of its digits; a zero that leads (01, 1) is not.
  const leading = (x === '0' || y === '0') && isInsideNumber(left, at) ? 1n : 0n;
  const numberX = numberAt(left, at, leading);
  const numberY = numberAt(right, at, leading);
  if (numberX.value !== numberY.value) return numberX.value < numberY.value ? -1 : 1;
  return numberX.end - numberY.end || byCharacter;
}

const letter = /\p{L}/u;
const digit = /\p{Nd}/u;

function isInsideNumber(characters: readonly string[], at: number): boolean {
  for (let before = at - 1; before >= 0 && digit.test(characters[before]!); before--) if (characters[before] !== '0') return true;
  return false;
}

function numberAt(characters: readonly string[], start: number, leading: bigint): { value: bigint; end: number } {
  let value = leading;
  let end = start;
  for (; end < characters.length && digit.test(characters[end]!); end++)
    value = BigInt.asIntN(64, value * 10n + BigInt(characters[end]!.codePointAt(0)! - 0x30));
  return { value, end };
}
