/** Paths to fields that a schema specifies, as the `fieldPath` of a rule names them. */
import type { StructuralSchema } from '@apiserver-kit/schema';

/** One spelling of `.spec.ports` or `.spec['a.b']`; undefined where it leads nowhere. */
export function normalFieldPath(path: string, root: StructuralSchema): string | undefined {
  const tokens = path.match(token) ?? [];
  let schema: StructuralSchema | undefined = root;
  let text = '';
  for (let at = 0; at < tokens.length; ) {
    let name: string | undefined;
    if (tokens[at] === '.') {
      name = tokens[at + 1];
      at += 2;
    } else {
      if (tokens[at] !== '[' || tokens[at + 2] !== ']') return undefined;
      name = unquoted(tokens[at + 1]!);
      at += 3;
    }
    if (name === undefined || !schema) return undefined;
    const { properties, additionalProperties }: StructuralSchema = schema;
    if (properties) {
      schema = properties.get(name);
      if (!schema) return undefined;
      text = text === '' ? name : `${text}.${name}`;
    } else if (additionalProperties === undefined) return undefined;
    else {
      schema = typeof additionalProperties === 'object' ? additionalProperties : undefined;
      text += `[${name}]`;
    }
  }
  return text;
}

/** Dots and brackets are tokens, and so is what stands between them; within single quotes they are text. */
const token = /'(?:[^']*?\\')*[^']*?'|'.*$|[.[\]]|[^.[\]]+/gs;

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', "'": "'", '\\': '\\' };

function unquoted(text: string): string | undefined {
  if (text.length < 2 || !text.startsWith("'") || !text.endsWith("'")) return undefined;
  let isValid = true;
  const plain = text.slice(1, -1).replace(/\\./g, (escaped) => {
    const char = escapes[escaped[1]!];
    isValid &&= char !== undefined;
    return char ?? '';
  });
  return isValid ? plain : undefined;
}
