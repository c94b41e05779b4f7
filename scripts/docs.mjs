#!/usr/bin/env node
// Writes docs/packages.md from the packages' manifests: `npm run docs`. With --check it only says whether the page is up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs', 'packages.md');
const scope = '@apiserver-kit/';

const manifests = readdirSync(join(root, 'packages')).map((name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')));
const inner = ({ dependencies = {} }) => Object.keys(dependencies).filter((name) => name.startsWith(scope));
const outer = ({ dependencies = {} }) => Object.keys(dependencies).filter((name) => !name.startsWith(scope));

// Fewest dependencies first, which is the order of the layers.
const sorted = manifests.sort((a, b) => inner(a).length - inner(b).length || (a.name < b.name ? -1 : 1));
const cells = (manifest) => {
  const name = manifest.name.slice(scope.length);
  const entries = Object.keys(manifest.exports).map((path) => `\`${manifest.name}${path.slice(1)}\``);
  return [
    `[${name}](../packages/${name}/README.md)`,
    manifest.description,
    entries.join(', '),
    inner(manifest)
      .map((one) => one.slice(scope.length))
      .join(', '),
    outer(manifest).join(', '),
  ];
};
const text = [
  '# Packages',
  '',
  'Each works alone; its README says how. Made from the manifests by `npm run docs`.',
  '',
  '| package | what it is | entry points | builds on | third-party |',
  '| --- | --- | --- | --- | --- |',
  ...sorted.map((manifest) => `| ${cells(manifest).join(' | ')} |`),
  '',
].join('\n');

// A formatter may align the table: only the words count.
const words = (markdown) => markdown.replace(/[\s|-]+/g, ' ');
if (process.argv.includes('--check')) {
  if (!existsSync(page) || words(readFileSync(page, 'utf8')) !== words(text)) {
    console.error('docs/packages.md is not what the manifests say: run `npm run docs`');
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, text);
}
