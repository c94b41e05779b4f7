/** The kubectl of this machine, for the tests. */
import { spawnSync } from 'node:child_process';

/** The oldest that asks a server for what a server of today offers: older ones read OpenAPI v2 as protobuf only. */
export const oldestMinor = 27;

/** Its version as it says it; undefined when there is none. */
export function kubectlVersion() {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout).clientVersion.gitVersion : undefined;
}

/** Whether the tests can use that version. */
export function isUsable(version) {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  return Number(major) > 1 || Number(minor) >= oldestMinor;
}
