/** What the sources of the workspace's packages import, and what their manifests say: material for tests of the architecture. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const scope = '@apiserver-kit/';
const packagesDirectory = fileURLToPath(new URL('../packages/', import.meta.url));

/** The packages of the design, in its order: each may import only from those before it. */
export const layers = [
  'machinery',
  'pipeline',
  'client',
  'storage',
  'watch-cache',
  'schema',
  'cel',
  'apply',
  'authn',
  'authz',
  'audit',
  'flow-control',
  'admission',
  'rest',
  'crd-registry',
  'builtin',
  'aggregator',
  'controllers',
  'server',
  'testing',
] as const;

export interface SourceFile {
  /** Relative to the package. */
  readonly path: string;
  readonly isTest: boolean;
  readonly imports: readonly string[];
}

export interface WorkspacePackage {
  /** Without the scope. */
  readonly name: string;
  readonly exports: readonly string[];
  readonly dependencies: readonly string[];
  /** The names of the packages that its tsconfig refers to. */
  readonly references: readonly string[];
  readonly files: readonly SourceFile[];
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Tests, and the `fixtures.ts` that only they import and that are neither built nor published. */
const isTestFile = (file: string): boolean => /(?:\.test|[/\\]fixtures)\.ts$/.test(file);

// Comments may show imports as examples.
const withoutComments = (source: string): string => source.replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replace(/^[ \t]*\/\/.*$/gm, '');

/** The specifiers of all imports and re-exports, static and dynamic. */
export function importsOf(source: string): string[] {
  const statements = /(?:^|[\s;])(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"\n]+)['"]|\bimport\s*\(\s*['"]([^'"\n]+)['"]\s*\)/gm;
  const found = [...withoutComments(source).matchAll(statements)].map(([, fixed, dynamic]) => (fixed ?? dynamic)!);
  // A message may have the words of an import in it.
  return found.filter((specifier) => !specifier.includes('${'));
}

/** `a` of `a/b`, `@s/a` of `@s/a/b`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function sourcesOf(directory: string): SourceFile[] {
  return readdirSync(join(directory, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(directory, file), isTest: isTestFile(file), imports: importsOf(readFileSync(file, 'utf8')) }));
}

/** All packages that are there, in the order of their directories. */
export function workspacePackages(): WorkspacePackage[] {
  return readdirSync(packagesDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const directory = join(packagesDirectory, name);
      const manifest = readJson(join(directory, 'package.json')) as {
        name: string;
        exports?: Record<string, unknown>;
        dependencies?: Record<string, string>;
        peerDependencies?: Record<string, string>;
      };
      const { references = [] } = readJson(join(directory, 'tsconfig.json')) as { references?: { path: string }[] };
      return {
        name: manifest.name.slice(scope.length),
        exports: Object.keys(manifest.exports ?? {}),
        dependencies: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
        references: references.map(({ path }) => relative(packagesDirectory, join(directory, path))),
        files: sourcesOf(directory),
      };
    });
}

/** Where a relative import of a file leads, relative to the package. */
export const resolveRelative = (file: string, specifier: string): string => join(dirname(file), specifier);
