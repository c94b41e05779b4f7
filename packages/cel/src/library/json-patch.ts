/** Help with JSON patches: for expressions that make them. */
import { string } from '../types/type.js';
import { type Library, fn, global } from './declaration.js';

const escapes: Readonly<Record<string, string>> = { '/': '~1', '~': '~0' };

export const jsonPatchLibrary: Library = {
  name: 'kubernetes.jsonpatch',
  functions: [
    fn(
      'jsonpatch.escapeKey',
      global('string_jsonpatch_escapeKey_string', [string], string, (key) => (key as string).replace(/[/~]/g, (char) => escapes[char]!)),
    ),
  ],
};
