import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { describe, expect, it } from 'vitest';
import { importsOf, layers, packageOf, resolveRelative, scope, type WorkspacePackage, workspacePackages } from './package-imports.js';

const packages = workspacePackages();
const exportsOf = new Map(packages.map(({ name, exports }) => [name, exports]));
const root = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { devDependencies: Record<string, string> };
const forTests = new Set(Object.keys(root.devDependencies));
const order: readonly string[] = layers;

const isRelative = (specifier: string): boolean => specifier.startsWith('.');
const isOurs = (specifier: string): boolean => specifier.startsWith(scope);
const ourDependencies = ({ dependencies }: WorkspacePackage): string[] =>
  dependencies
    .filter(isOurs)
    .map((name) => name.slice(scope.length))
    .sort();

describe('importsOf', () => {
  it('finds imports, re-exports and dynamic imports, and no examples in comments', () => {
    const source = [
      "import { a } from 'one';",
      "import type { b } from 'two';",
      "import 'three';",
      "export * from 'four';",
      "export {\n  c,\n} from './five.js';",
      "const d = await import('six/seven');",
      "/**\n * import { e } from 'not-this';\n */",
      "// import 'nor-this';",
      "const f = 'import or export from';",
    ].join('\n');
    expect(importsOf(source)).toEqual(['one', 'two', 'three', 'four', './five.js', 'six/seven']);
  });
});

describe('every package', () => {
  it('stands in the table of the design', () => {
    expect(packages.map(({ name }) => name).filter((name) => !order.includes(name))).toEqual([]);
  });
});

describe.each(packages.map((one) => [one.name, one] as const))('%s', (name, one) => {
  const above = new Set(order.slice(0, order.indexOf(name)));
  const imports = one.files.flatMap(({ path, isTest, imports }) => imports.map((specifier) => ({ path, isTest, specifier, text: `${path}: ${specifier}` })));

  it('depends only on packages above it', () => {
    expect(ourDependencies(one).filter((dependency) => !above.has(dependency))).toEqual([]);
  });

  it('imports only from packages above it', () => {
    const offenders = imports.filter(({ specifier }) => isOurs(specifier) && !above.has(packageOf(specifier).slice(scope.length)));
    expect(offenders.map(({ text }) => text)).toEqual([]);
  });

  it('imports from other packages only what they export', () => {
    const offenders = imports.filter(({ specifier }) => {
      if (!isOurs(specifier)) return false;
      const target = packageOf(specifier);
      return !exportsOf.get(target.slice(scope.length))?.includes(`.${specifier.slice(target.length)}`);
    });
    expect(offenders.map(({ text }) => text)).toEqual([]);
  });

  it('reaches no other package by a relative path', () => {
    const offenders = imports.filter(({ path, isTest, specifier }) => {
      if (!isRelative(specifier)) return false;
      const target = resolveRelative(path, specifier);
      return !target.startsWith('src/') && !(isTest && target.startsWith('../../conformance/'));
    });
    expect(offenders.map(({ text }) => text)).toEqual([]);
  });

  it('imports only what its package.json lists, and in tests what the workspace has for them', () => {
    const listed = new Set(one.dependencies);
    const offenders = imports.filter(({ specifier, isTest }) => {
      if (isRelative(specifier) || isBuiltin(specifier)) return false;
      const target = packageOf(specifier);
      return !listed.has(target) && !(isTest && forTests.has(target));
    });
    expect(offenders.map(({ text }) => text)).toEqual([]);
  });

  it('refers in its tsconfig to the packages that it depends on', () => {
    expect([...one.references].sort()).toEqual(ourDependencies(one));
  });

  it('spells relative imports with their extension', () => {
    const offenders = imports.filter(({ specifier }) => isRelative(specifier) && !/\.(js|json)$/.test(specifier));
    expect(offenders.map(({ text }) => text)).toEqual([]);
  });
});
