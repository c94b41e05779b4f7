import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';

// Not a literal: it is JavaScript without types.
const example: string = './testing/readme-example.js';

it('the example of the README does what its comments say', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = readFileSync(new URL(example, import.meta.url), 'utf8');
  expect(readme).toContain(`\`\`\`js\n${code}\`\`\``);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import(example);
  const lines = log.mock.calls.map((words) => words.join(' '));
  log.mockRestore();
  expect(lines).toEqual([
    'ADDED one 2',
    '2 {"apiVersion":"example.com/v1","kind":"Widget","metadata":{"resourceVersion":"2","name":"one","namespace":"default"}}',
  ]);
});
