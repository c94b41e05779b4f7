#!/usr/bin/env node
// Builds every package (incrementally) and makes the command runnable: `npm run build`.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

let tsc;
try {
  tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
} catch {
  console.error('build: typescript is not installed; run `npm install` first');
  process.exit(1);
}

const { status, error } = spawnSync(process.execPath, [tsc, '-b', join(root, 'tsconfig.json')], { cwd: root, stdio: 'inherit' });
if (error || status !== 0) {
  console.error(`build: failed${error ? `: ${error.message}` : ''}; the errors stand above`);
  process.exit(1);
}

// The compiler writes plain files; npm makes a bin executable only when it installs the package.
const server = join(root, 'packages', 'server');
const { bin = {} } = JSON.parse(readFileSync(join(server, 'package.json'), 'utf8'));
for (const file of Object.values(bin)) if (existsSync(join(server, file))) chmodSync(join(server, file), 0o755);
