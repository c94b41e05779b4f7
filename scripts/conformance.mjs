#!/usr/bin/env node
// Compares us with the recorded reference: `npm run conformance -- [options]`.
//   --vectors DIR       recorded answers of the libraries (default conformance/vectors); `none` leaves them out
//   --transcripts DIR   recorded answers of the server (default conformance/transcripts); `none` leaves them out
//   --backend NAME      memory, lmdb or etcd3 (default: the server's own default)
//   --server-arg FLAG   a further flag for the server, such as --server-arg=--etcd-servers=URL (may be repeated)
//   --skip KEY          leaves every field of that name out of the transcripts' comparison (may be repeated), e.g. managedFields
//   --only TEXT         only what has TEXT in FAMILY/NAME or AREA/NAME
//   --verbose           says how each failure differs
//   --json FILE         writes the counts and failures there
//   --raise-floor       writes what passes now into conformance/floor.json, where it is more than stands there
// Prints passed/total per family and area; the last line is `N passed, M failed`. Exits 1 when anything failed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './start-server.mjs';

const here = fileURLToPath(new URL('../conformance/', import.meta.url));
const usage = (message) => {
  console.error(`conformance: ${message}`);
  process.exit(2);
};

let options;
try {
  options = parseArgs({
    options: {
      vectors: { type: 'string', default: join(here, 'vectors') },
      transcripts: { type: 'string', default: join(here, 'transcripts') },
      backend: { type: 'string' },
      'server-arg': { type: 'string', multiple: true, default: [] },
      skip: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', default: '' },
      verbose: { type: 'boolean', default: false },
      json: { type: 'string' },
      'raise-floor': { type: 'boolean', default: false },
    },
  }).values;
} catch (error) {
  usage(error.message);
}
if (options.backend !== undefined && !['memory', 'lmdb', 'etcd3'].includes(options.backend))
  usage(`--backend must be memory, lmdb or etcd3, not ${options.backend}`);
for (const name of ['vectors', 'transcripts']) {
  if (options[name] !== 'none' && !existsSync(options[name])) usage(`--${name}: there is no directory ${options[name]}`);
}

try {
  ensureBuilt();
} catch (error) {
  // Packages may be built where the command is not: vectors still run, and the transcripts say why they fail.
  console.error(`conformance: ${error.message}`);
}
const { runVectors } = await import('../conformance/vector-run.mjs');
const { runTranscripts } = await import('../conformance/transcript-run.mjs');

function report(title, results) {
  console.log(title);
  for (const { name, passed, total, missing, failures } of results) {
    console.log(`  ${name.padEnd(28)} ${passed}/${total}${missing ? `  (${missing.split('\n')[0]})` : ''}`);
    if (options.verbose) for (const failure of failures) console.log(`    FAIL ${failure}`);
  }
}

const { backend, skip, only } = options;
const vectors = options.vectors === 'none' ? [] : await runVectors(options.vectors, { only });
if (vectors.length > 0) report('vectors', vectors);
const transcripts = options.transcripts === 'none' ? [] : await runTranscripts(options.transcripts, { backend, skip, only, serverArgs: options['server-arg'] });
if (transcripts.length > 0) report('transcripts', transcripts);

if (options.json) writeFileSync(options.json, JSON.stringify({ vectors, transcripts }));
if (options['raise-floor']) {
  const file = join(here, 'floor.json');
  const floor = JSON.parse(readFileSync(file, 'utf8'));
  for (const [kind, results] of Object.entries({ vectors, transcripts })) {
    for (const { name, passed } of results) if (passed > 0) floor[kind][name] = Math.max(floor[kind][name] ?? 0, passed);
  }
  writeFileSync(file, `${JSON.stringify(floor, null, 2)}\n`);
}

const all = [...vectors, ...transcripts];
const passed = all.reduce((sum, result) => sum + result.passed, 0);
const failed = all.reduce((sum, result) => sum + result.total - result.passed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
