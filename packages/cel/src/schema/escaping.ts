/** Names of fields as identifiers of CEL: what no identifier may be is spelled out between underscores. */

const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

const spelled: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };
const meanings: Readonly<Record<string, string>> = { underscores: '__', dot: '.', dash: '-', slash: '/' };

/** The identifier for a field; undefined where there is none. */
export function escapeName(name: string): string | undefined {
  if (name === '' || /^\d/.test(name)) return undefined;
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replace(/__|[-./]/g, (part) => spelled[part]!);
}

/** The field of an identifier; undefined where there is none. */
export function unescapeName(identifier: string): string | undefined {
  if (!identifier.includes('__')) return identifier;
  let isValid = true;
  const name = identifier.replace(/__([^_]+)__/g, (part, inner: string) => {
    const meaning = Object.hasOwn(meanings, inner) ? meanings[inner] : undefined;
    if (meaning !== undefined) return meaning;
    // Reserved words are escaped only as a whole.
    if (!reserved.has(inner) || part.length !== identifier.length) isValid = false;
    return inner;
  });
  return isValid ? name : undefined;
}
