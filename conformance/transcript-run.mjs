/** Replays the recorded scenarios against a served pipeline: one server, area by area, with replay.mjs. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startServer, temporaryDirectory } from '../scripts/start-server.mjs';

const replay = fileURLToPath(new URL('replay.mjs', import.meta.url));

// The recorded server kept its objects under this prefix (one message shows a key), and had no namespaces.
const recordedServersFlags = ['--etcd-prefix=/registry/apiextensions.kubernetes.io', '--disable-admission-plugins=NamespaceLifecycle'];

// What the recorded server wrote in its own name: the name of its program file. Ours writes in kube-apiserver's.
const recordedProgram = '"crdserver.bin"';
const program = '"kube-apiserver"';

function scenariosOf(directory, only, files) {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(directory, name))
    .map((path) => {
      const text = readFileSync(path, 'utf8');
      const { area, name } = JSON.parse(text);
      if (!text.includes(recordedProgram)) return { path, name: `${area}/${name}` };
      const copy = join(files, `${area}-${name}.json`);
      writeFileSync(copy, text.replaceAll(recordedProgram, program));
      return { path: copy, name: `${area}/${name}` };
    })
    .filter(({ name }) => name.includes(only));
}

/** Runs replay.mjs over files; gives the names that passed and the lines of those that did not. */
async function replayFiles(paths, server, credentials, skip) {
  const args = [replay, '--verbose', '--server', server, ...Object.entries(credentials).flatMap(([name, file]) => [`--${name}`, file])];
  const child = spawn(process.execPath, [...args, ...skip.flatMap((key) => ['--skip', key]), ...paths], { stdio: ['ignore', 'pipe', 'inherit'] });
  const passed = new Set();
  const failures = new Map();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, isOk, name, rest] = /^(?:(ok)|FAIL) ([^\s:]+)(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (isOk) passed.add(name);
    else failures.set(name, name + rest);
  }
  return { passed, failures };
}

/** The areas of a directory, each with its counts and failures. A server that does not start or dies fails what it should have answered. */
export async function runTranscripts(directory, { backend, serverArgs = [], skip = [], only = '' } = {}) {
  const files = temporaryDirectory('conformance');
  const areas = readdirSync(directory)
    .filter((name) => statSync(join(directory, name)).isDirectory())
    .sort()
    .map((name) => ({ name, scenarios: scenariosOf(join(directory, name), only, files) }))
    .filter(({ scenarios }) => scenarios.length > 0);

  let server;
  const start = async () => {
    server = await startServer({ backend, args: [...recordedServersFlags, ...serverArgs] });
    const { ca, cert, key } = server.credentials();
    const credentials = {};
    for (const [name, text] of Object.entries({ ca, cert, key })) {
      credentials[name] = join(files, name);
      writeFileSync(credentials[name], text, { mode: 0o600 });
    }
    return credentials;
  };

  const results = [];
  try {
    let credentials;
    let problem;
    for (const { name, scenarios } of areas) {
      if (problem === undefined && !server?.isRunning()) {
        try {
          credentials = await start();
        } catch (error) {
          problem = error.message;
        }
      }
      const result = { name, passed: 0, total: scenarios.length, failures: [] };
      results.push(result);
      if (problem !== undefined) {
        result.failures.push(`${name}: ${problem}`);
        continue;
      }
      const { passed, failures } = await replayFiles(
        scenarios.map(({ path }) => path),
        server.url,
        credentials,
        skip,
      );
      for (const scenario of scenarios) {
        if (passed.has(scenario.name)) result.passed++;
        else result.failures.push(failures.get(scenario.name) ?? `${scenario.name}: no answer recorded`);
      }
      if (!server.isRunning()) result.failures.push(`${name}: the server died:\n${server.stderr().slice(-2000)}`);
    }
  } finally {
    await server?.stop();
    rmSync(files, { recursive: true, force: true });
  }
  return results;
}
