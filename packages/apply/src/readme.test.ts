import { readFileSync } from 'node:fs';
import * as schema from '@apiserver-kit/schema';
import { expect, it } from 'vitest';
import * as apply from './index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const modules: Record<string, object> = { '@apiserver-kit/apply': apply, '@apiserver-kit/schema': schema };

/** Runs an example: imports are taken from the sources, and `expression; // value` must be so. */
function run(example: string): void {
  const code = example
    .replace(/^import (\{.*\}) from '(.*)';$/gm, "const $1 = modules['$2'];")
    .replace(/^(?!const )(.+); \/\/ (.+)$/gm, 'expect($1).toEqual($2);');
  new Function('modules', 'expect', code)(modules, expect);
}

it('the examples of the README give what it says', () => {
  const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code!);
  expect(examples).not.toHaveLength(0);
  examples.forEach(run);
});
