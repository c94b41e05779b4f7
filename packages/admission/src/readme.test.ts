import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as admission from './index.js';
import * as plugins from './plugins/index.js';
import * as policies from './policies/index.js';
import * as testing from './testing/index.js';
import * as webhooks from './webhooks/index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const modules: Record<string, object> = { '@apiserver-kit/admission/testing': testing };

/** Runs an example: imports are taken from the sources, and `expression; // value` must be so. */
async function run(example: string): Promise<void> {
  const code = example
    .replace(/^import (\{.*\}) from '(.*)';$/gm, "const $1 = modules['$2'];")
    .replace(/^(?!const )(.+); \/\/ (.+)$/gm, 'expect($1).toEqual($2);');
  await (new Function('modules', 'expect', `return (async () => {${code}})()`) as (...args: unknown[]) => Promise<void>)(modules, expect);
}

const examplesOf = (page: string): string[] => [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code!);

it('the examples of the README give what it says', async () => {
  const examples = examplesOf(readme);
  expect(examples).toHaveLength(2);
  for (const example of examples) await run(example);
});

it('the examples of the page about the kit give what it says', async () => {
  const examples = examplesOf(readFileSync(new URL('../../../docs/admission.md', import.meta.url), 'utf8'));
  expect(examples).toHaveLength(3);
  for (const example of examples) await run(example);
});

it('the README names what there is', () => {
  const names = [...readme.matchAll(/^\|.*$/gm)].flatMap(([row]) => [...row.matchAll(/`([A-Za-z]+)`/g)].map(([, name]) => name!));
  for (const name of names) expect({ ...admission, ...plugins, ...policies, ...testing, ...webhooks }, name).toHaveProperty(name);
});
