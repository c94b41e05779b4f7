#!/usr/bin/env node
// Says in one line each which outside programs the tests find, and on Debian as root installs what they lack.
// Never fails: a test that needs a missing program says itself that it was left out.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const tools = [
  { command: 'kubectl', version: ['version', '--client'], debian: 'kubernetes-client', needed: 'end-to-end tests' },
  { command: 'curl', version: ['--version'], debian: 'curl', needed: 'end-to-end tests of plain HTTPS' },
  { command: 'openssl', version: ['version'], debian: 'openssl', needed: 'end-to-end tests of client certificates' },
];

const versionOf = ({ command, version }) => {
  const { status, stdout } = spawnSync(command, version, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0].trim() : undefined;
};

const canInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0 && process.env.APISERVER_KIT_NO_INSTALL === undefined;
let isIndexFresh = false;
function install(name) {
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 300_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  if (!isIndexFresh) {
    apt('update');
    isIndexFresh = true;
  }
  return apt('install', '--yes', '--no-install-recommends', name).status === 0;
}

for (const tool of tools) {
  let version = versionOf(tool);
  let note = '';
  if (version === undefined && canInstall) {
    note = install(tool.debian) ? ` (installed Debian's ${tool.debian})` : ` (apt-get could not install ${tool.debian})`;
    version = versionOf(tool);
  } else if (version === undefined) {
    note = ` (on Debian: apt-get install ${tool.debian})`;
  }
  console.log(version === undefined ? `missing ${tool.command}: ${tool.needed} are left out${note}` : `found   ${tool.command}: ${version}${note}`);
}
