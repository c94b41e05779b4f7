/** Texts as CEL sees them: sequences of code points, ordered by their bytes in UTF-8. */

const surrogates = /[\ud800-\udfff]/;

/** Whether every UTF-16 unit of the text is a code point of its own. */
export const isFlat = (text: string): boolean => !surrogates.test(text);

export function codePointCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next < 0xdc00 || next > 0xdfff) continue;
    count--;
    i++;
  }
  return count;
}

export const codePoints = (text: string): string[] => Array.from(text);

/** -1, 0 or 1. UTF-16 units are in another order than bytes only where there are surrogates. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  if (isFlat(a) && isFlat(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) as -1 | 1;
}
