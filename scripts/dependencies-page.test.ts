import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scope, workspacePackages } from './package-imports.js';

const root = new URL('../', import.meta.url);
const page = readFileSync(new URL('docs/dependencies.md', root), 'utf8');
const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { devDependencies: Record<string, string> };

/** The first two cells of the rows of a table of the page: what is listed, and where it says that it is used. */
const rows = (heading: string): Map<string, string> => {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const cells = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  return new Map(
    cells.slice(1).flatMap((line) => {
      const [, names = '', where = ''] = line.split('|').map((cell) => cell.trim());
      return names.split(', ').map((name): [string, string] => [name, where]);
    }),
  );
};

describe('docs/dependencies.md', () => {
  it('has a line for each library that a package uses, with the packages, and no other', () => {
    const used = new Map<string, string[]>();
    for (const { name, dependencies } of workspacePackages()) {
      // What a package leaves to its users, such as the runner of a contract suite, is a tool here.
      const own = dependencies.filter((library) => !library.startsWith(scope) && !Object.hasOwn(devDependencies, library));
      for (const library of own) used.set(library, [...(used.get(library) ?? []), name]);
    }
    const said = [...rows('Of the packages')].map(([name, where]) => `${name}: ${where.split(', ').sort().join(', ')}`);
    expect(said.sort()).toEqual([...used].map(([name, where]) => `${name}: ${where.sort().join(', ')}`).sort());
  });

  it('has a line for each tool of the workspace, and no other', () => {
    expect([...rows('Of the workspace').keys()].sort()).toEqual(Object.keys(devDependencies).sort());
  });
});
