#!/usr/bin/env node
// From the start of the process to `ready`, on each backend: over a fresh data directory, and over one that is there. The last line is JSON.
// `node bench/startup.mjs [STARTS]`; BENCH_BACKEND names one backend. An in-process server on `memory` is measured when the package can make one.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { startServer, temporaryDirectory } from '../scripts/start-server.mjs';
import { residentMiB } from './processes.mjs';

const starts = Number(process.argv[2] ?? 11);
const backends = process.env.BENCH_BACKEND ? [process.env.BENCH_BACKEND] : ['lmdb', 'memory'];
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rounded = (value) => Math.round(value * 10) / 10;

async function start(backend, dataDir) {
  const server = await startServer({ backend, dataDir });
  const { readyMs, pid } = server;
  const memory = residentMiB(pid);
  await server.stop();
  return { readyMs, memory };
}

/** What node itself takes before the first line of a program: no start can be below it. */
function bareNode() {
  const before = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - before;
}

const inProcess = `
  const began = performance.now();
  const { apiServer } = await import('@apiserver-kit/server');
  const loaded = performance.now();
  const server = await apiServer();
  const made = performance.now();
  await server.close();
  console.log(JSON.stringify({ loadMs: loaded - began, makeMs: made - loaded }));
`;

const result = { nodeMs: rounded(median(Array.from({ length: starts }, bareNode))) };
console.log(`${'node alone'.padEnd(28)} ${result.nodeMs} ms`);

for (const backend of backends) {
  const home = temporaryDirectory('startup');
  try {
    const fresh = [];
    for (let at = 0; at < starts; at++) {
      rmSync(home, { recursive: true, force: true });
      fresh.push((await start(backend, home)).readyMs);
    }
    const again = [];
    for (let at = 0; at < starts; at++) again.push(await start(backend, home));
    result[backend] = {
      freshMs: rounded(median(fresh)),
      readyMs: rounded(median(again.map((one) => one.readyMs))),
      residentMiB: Math.round(median(again.map((one) => one.memory))),
    };
    const { freshMs, readyMs, residentMiB: memory } = result[backend];
    console.log(`${`ready on ${backend}`.padEnd(28)} ${readyMs} ms; ${freshMs} ms the first time; ${memory} MiB resident`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const runs = Array.from({ length: starts }, () =>
  spawnSync(process.execPath, ['--input-type=module', '-e', inProcess], { cwd: new URL('..', import.meta.url), encoding: 'utf8' }),
);
if (runs.every(({ status }) => status === 0)) {
  const measured = runs.map(({ stdout }) => JSON.parse(stdout));
  result.inProcess = { loadMs: rounded(median(measured.map((one) => one.loadMs))), makeMs: rounded(median(measured.map((one) => one.makeMs))) };
  console.log(`${'in process on memory'.padEnd(28)} ${result.inProcess.makeMs} ms, and ${result.inProcess.loadMs} ms to load the code`);
} else {
  console.log(
    `${'in process on memory'.padEnd(28)} not measured: ${
      runs[0].stderr
        .trim()
        .split('\n')
        .find((line) => /Error/.test(line)) ?? 'failed'
    }`,
  );
}
console.log(JSON.stringify({ bench: 'startup', starts, ...result }));
