/**
 * YAML as the reference reads it: by sigs.k8s.io/yaml, which is go-yaml v2 and then a conversion to what JSON can hold.
 *
 * The library parses. What nodes mean (scalars, merges, aliases, duplicates, keys) is decided in `node-value.ts`: in all of these go-yaml differs from YAML 1.2 and from the letter of 1.1.
 */
import { Composer, CST, LineCounter, Parser } from 'yaml';
import { yamlErrorText } from './error-text.js';
import { maxDepth, NodeValues } from './node-value.js';
import { YamlError } from './yaml-error.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what YAML forbids
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

export interface DecodedYaml {
  readonly value: unknown;
  /** What strict decoding says of the text: the keys that are given more than once. Undefined where there are none. */
  readonly strictError?: string;
}

const options = {
  schema: 'failsafe',
  version: '1.1',
  strict: false,
  uniqueKeys: false,
  merge: false,
  resolveKnownTags: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/**
 * Reads the first document of the text. Of a key that is given twice, the last value counts.
 * @throws YamlError
 */
export function decodeYaml(text: string): DecodedYaml {
  if (forbidden.test(text)) throw new YamlError('yaml: control characters are not allowed');
  const lines = new LineCounter();
  const tokens = withinDepth(new Parser(lines.addNewLine).parse(text));
  for (const { errors, contents } of new Composer(options).compose(tokens, true, text.length)) {
    const failures = errors.filter(({ code }) => code !== 'ALIAS_PROPS');
    if (failures.length > 0) throw new YamlError(`yaml: ${yamlErrorText(failures, text)}`);
    const values = new NodeValues(contents, text, lines);
    const value = values.root();
    const { duplicates } = values;
    // What follows the first document is not even looked at.
    return duplicates.length === 0 ? { value } : { value, strictError: `yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}` };
  }
  return { value: null };
}

/** Passes on tokens whose nesting is within bounds. It does not recurse: what is too deep is refused before anything recurses into it. */
function* withinDepth(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  for (const token of tokens) {
    const open: [CST.Token | null | undefined, number][] = [[token, 0]];
    for (let next = open.pop(); next; next = open.pop()) {
      const [at, depth] = next;
      if (depth > maxDepth) throw new YamlError(`yaml: exceeded max depth of ${maxDepth}`);
      if (at?.type === 'document') open.push([at.value, depth]);
      else if (CST.isCollection(at)) for (const item of at.items) open.push([item.key, depth + 1], [item.value, depth + 1]);
    }
    yield token;
  }
}
