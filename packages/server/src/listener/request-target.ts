/** The target of a request line (or `:path`), read as Go's net/http reads it. */

export interface RequestTarget {
  /** Percent-decoded. Starts with a slash, or is `*`. */
  readonly path: string;
  readonly rawQuery: string;
}

const beyondPlain = /[^!-$&-~]/;
const control = /[^ -~\u0080-\u00ff]/;
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*/;
const badEscape = /%(?![0-9A-Fa-f]{2})/;

/**
 * Splits and decodes a target. The query stays as it was sent.
 *
 * The characters are bytes, one each, as node hands them on: a path sent in raw UTF-8 is read as UTF-8. Bytes that are not UTF-8, which a Go
 * string can hold, become U+FFFD.
 *
 * @returns undefined for a target that is malformed: the answer is 400.
 */
export function readRequestTarget(target: string): RequestTarget | undefined {
  const at = target.charCodeAt(0) === 0x2f ? 0 : authorityLength(target);
  if (at < 0) return undefined;
  const question = target.indexOf('?', at);
  const rawPath = question < 0 ? target.slice(at) : target.slice(at, question);
  const rawQuery = question < 0 ? '' : target.slice(question + 1);
  if (rawQuery !== '' && control.test(rawQuery)) return undefined;
  if (!beyondPlain.test(rawPath)) return { path: rawPath === '' ? '/' : rawPath, rawQuery };
  const path = decodePath(rawPath);
  return path === undefined ? undefined : { path, rawQuery };
}

/** How much of an absolute target stands before its path; -1 when it is neither that nor `*`. */
function authorityLength(target: string): number {
  return target === '*' ? 0 : (absolute.exec(target)?.[0].length ?? -1);
}

function decodePath(raw: string): string | undefined {
  if (control.test(raw) || badEscape.test(raw)) return undefined;
  const bytes = raw.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
