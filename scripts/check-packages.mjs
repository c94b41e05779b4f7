#!/usr/bin/env node
// Packs each package as npm would publish it, and lets publint and are-the-types-wrong judge the tarball.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (name) => join(root, 'node_modules', '.bin', name);
const directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-packages-'));

/** Runs a command; gives its output when it fails. */
function complaint(command, args, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  return status === 0 ? undefined : `${stdout ?? ''}${stderr ?? ''}${error ?? ''}`;
}

let failures = 0;
try {
  for (const name of readdirSync(join(root, 'packages'))) {
    const home = join(root, 'packages', name);
    const { name: fullName, version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    const tarball = join(directory, `${fullName.replace('@', '').replace('/', '-')}-${version}.tgz`);
    const complaints = [
      ['npm pack', complaint('npm', ['pack', '--silent', '--pack-destination', directory], home)],
      ['publint', complaint(tool('publint'), ['run', tarball, '--strict'])],
      ['are-the-types-wrong', complaint(tool('attw'), [tarball, '--profile', 'esm-only'])],
    ].filter(([, text]) => text !== undefined);
    if (complaints.length === 0) console.log(`${fullName}: clean`);
    for (const [checker, text] of complaints) console.error(`${fullName}: ${checker}:\n${text}`);
    if (complaints.length > 0) failures++;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = failures > 0 ? 1 : 0;
