/** Paths to fields that a schema specifies, as rules and selectable fields name them (apiextensions-apiserver/pkg/apiserver/schema/cel). */
import type { StructuralSchema } from '@apiserver-kit/schema';

export interface ResolvedPath {
  /** The first field. */
  readonly root: string;
  /** One spelling per path. */
  readonly text: string;
  readonly schema: StructuralSchema | undefined;
}

export interface FieldPathOptions {
  /** Whether `['name']` may stand for `.name`. Default: true. */
  readonly allowBrackets?: boolean;
}

/**
 * Follows `.spec.ports` or `.spec['a.b']` through the schema.
 * @throws Error with the sentence of the reference where the path is none, or leads to nothing.
 */
export function resolveFieldPath(path: string, root: StructuralSchema, { allowBrackets = true }: FieldPathOptions = {}): ResolvedPath {
  const tokens = path.match(token) ?? [];
  let at = 0;
  let schema: StructuralSchema | undefined = root;
  let text = '';
  let first: string | undefined;
  const next = (): string => {
    const found = tokens[at++];
    if (found === undefined) throw new Error('unexpected end of JSON path');
    return found;
  };
  const step = (name: string): void => {
    const { properties, additionalProperties }: Partial<StructuralSchema> = schema ?? {};
    if (properties) {
      schema = properties.get(name);
      if (schema === undefined) throw new Error('does not refer to a valid field');
      text = text === '' ? name : `${text}.${name}`;
    } else if (additionalProperties !== undefined) {
      schema = typeof additionalProperties === 'object' ? additionalProperties : undefined;
      text += `[${name}]`;
    } else throw new Error('does not refer to a valid field');
    first ??= name;
  };

  while (at < tokens.length) {
    const found = next();
    if (found === '.') step(next());
    else if (found !== '[') throw new Error(`expected [ or . but got: ${found}`);
    else if (!allowBrackets) throw new Error('array notation is not allowed');
    else {
      const quoted = next();
      if (quoted.length < 2 || !quoted.startsWith("'") || !quoted.endsWith("'")) throw new Error(`expected single quoted string but got ${quoted}`);
      step(withoutEscapes(quoted.slice(1, -1)));
      const end = next();
      if (end !== ']') throw new Error(`expected ] but got ${end}`);
    }
  }
  return { root: first ?? '', text, schema };
}

/** Dots and brackets are tokens, and so is what stands between them; within single quotes they are text. */
const token = /'(?:[^']*?\\')*[^']*?'|'.*$|[.[\]]|[^.[\]]+/gs;

const escapes: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', "'": "'", '\\': '\\' };

const withoutEscapes = (text: string): string =>
  text.replace(/\\./g, (escaped) => {
    const char = escapes[escaped[1]!];
    if (char === undefined) throw new Error(`invalid string literal: invalid escape char ${escaped}`);
    return char;
  });
