#!/usr/bin/env node
// Runs the measurements beside this file and prints their figures: `npm run bench`, or `npm run bench -- NAME...` for some of them.
// Each is a program of its own (`node bench/NAME.mjs`) that prints one figure a line.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../scripts/start-server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const all = readdirSync(here)
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs' && name !== 'processes.mjs')
  .map((name) => name.slice(0, -'.mjs'.length))
  .sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`bench: there is no ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}

ensureBuilt();
console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`);
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [`${here}${name}.mjs`], { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`bench: ${name} failed`);
    process.exitCode = 1;
  }
}
