/** Base64 as Go's `encoding/base64.StdEncoding` reads it. */
const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const digit = /[A-Za-z0-9+/]/;
const isNewline = (c: string | undefined): boolean => c === '\n' || c === '\r';

/** The byte at which Go finds the text illegal, or undefined where it is base64. Lines may be broken anywhere. */
export function illegalBase64Byte(text: string): number | undefined {
  if (canonical.test(text)) return undefined;
  let at = 0;
  const skipNewlines = (): void => {
    while (isNewline(text[at])) at++;
  };
  for (;;) {
    for (let inQuantum = 0; inQuantum < 4; inQuantum++) {
      skipNewlines();
      if (at === text.length) return inQuantum === 0 ? undefined : at - inQuantum;
      const c = text[at++]!;
      if (digit.test(c)) continue;
      if (c !== '=' || inQuantum < 2) return at - 1;
      if (inQuantum === 2) {
        skipNewlines();
        if (at === text.length) return at;
        if (text[at] !== '=') return at - 1;
        at++;
      }
      skipNewlines();
      return at < text.length ? at : undefined;
    }
  }
}

/** The text as Go prints the bytes again: without line breaks, and without bits beyond the last byte. The text must be base64. */
export const canonicalBase64 = (text: string): string => (canonical.test(text) && !text.endsWith('=') ? text : Buffer.from(text, 'base64').toString('base64'));
