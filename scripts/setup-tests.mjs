#!/usr/bin/env node
// Says in one line each which outside programs the tests find, and on Debian as root installs what they lack.
// Never fails: tests that need a missing program are left out, and this says so.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isUsable, kubectlVersion, oldestMinor } from './kubectl.mjs';

const firstLine = (command, ...args) => {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0].trim() : undefined;
};

const tools = [
  {
    command: 'kubectl',
    version: kubectlVersion,
    problem: (version) => (isUsable(version) ? undefined : `older than v1.${oldestMinor}`),
    debian: 'kubernetes-client',
    needed: 'the end-to-end tests with kubectl',
  },
  {
    command: 'etcd',
    version: () => firstLine('etcd', '--version'),
    debian: 'etcd-server',
    // The tests start their own.
    service: 'etcd',
    needed: 'the tests of storage in etcd',
  },
  { command: 'curl', version: () => firstLine('curl', '--version'), debian: 'curl', needed: 'the end-to-end test with curl' },
  { command: 'openssl', version: () => firstLine('openssl', 'version'), debian: 'openssl', needed: 'the end-to-end tests of client certificates' },
];

const canInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0 && process.env.APISERVER_KIT_NO_INSTALL === undefined;
const apt = (...args) =>
  spawnSync('apt-get', ['-qq', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0;
let isIndexFresh = false;
function install(name, service) {
  if (!isIndexFresh) apt('update');
  isIndexFresh = true;
  const isInstalled = apt('install', '--yes', '--no-install-recommends', name);
  if (isInstalled && service !== undefined && existsSync('/run/systemd/system')) spawnSync('systemctl', ['disable', '--now', service]);
  return isInstalled;
}

for (const { command, version, problem, debian, service, needed } of tools) {
  let found = version();
  let note = '';
  if (found === undefined && canInstall) {
    note = install(debian, service) ? ` (installed Debian's ${debian})` : ` (apt-get could not install ${debian})`;
    found = version();
  } else if (found === undefined) {
    note = ` (on Debian: apt-get install ${debian})`;
  }
  const why = found === undefined ? 'missing' : problem?.(found);
  console.log(
    why === undefined
      ? `found ${command}: ${found}${note}`
      : `${why === 'missing' ? '' : 'found '}${command}${found ? ` ${found}` : ''}: ${why}, so ${needed} are left out${note}`,
  );
}
