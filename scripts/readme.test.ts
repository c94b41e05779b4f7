import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

// The examples are run by tests of their own: what the README shows is what runs.
it.each(['examples/embed/embed.ts', 'examples/extend/extend.ts', 'examples/test/controller.test.ts'])('the README shows %s as it is', (path) => {
  const source = readFileSync(new URL(path, root), 'utf8').trim();
  expect(readme).toContain(`\`\`\`ts\n${source}\n\`\`\`\n`);
});
