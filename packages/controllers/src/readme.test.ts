import { ResourceStore } from '@apiserver-kit/rest';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as controllers from './index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const modules = { '@apiserver-kit/controllers': controllers, '@apiserver-kit/rest': { ResourceStore }, '@apiserver-kit/storage/memory': { memoryStorage } };
const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...values: unknown[]) => Promise<void>;

it('the example of the README gives what it says', async () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readme)!;
  const code = example!
    .replace(/^import (\{.*\}) from '(.*)';$/gm, "const $1 = modules['$2'];")
    .replace(/^console\.log\((.+)\); \/\/ (.+)$/gm, 'expect($1).toEqual($2);');
  await new AsyncFunction('modules', 'expect', code)(modules, expect);
});

it('the README names what there is', () => {
  const names = [...readme.matchAll(/^\| `([A-Za-z]+)/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) expect(controllers, name).toHaveProperty(name);
});
