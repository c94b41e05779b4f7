/** The standards, version by version (k8s.io/pod-security-admission/policy/registry.go). */
import { baselineChecks } from './baseline.js';
import type { Check, CheckPod, PodView, Violation } from './check.js';
import type { LevelVersion } from './policy.js';
import { restrictedChecks } from './restricted.js';

/** The newest version in which a check has changed: later ones are the same. */
const newest = Math.max(...[...baselineChecks, ...restrictedChecks].flatMap(({ versions }) => versions.map(([minor]) => minor)));

/** The check that counts in a version. */
const inVersion = ({ versions }: Check, minor: number): CheckPod | undefined => versions.findLast(([from]) => from <= minor)?.[1];

const known = new Map<string, readonly CheckPod[]>();

function checksOf({ level, version }: LevelVersion): readonly CheckPod[] {
  const minor = version === 'latest' ? newest : Math.min(version, newest);
  const id = `${level} ${minor}`;
  let checks = known.get(id);
  if (!checks) {
    const restricted = level === 'restricted' ? restrictedChecks.filter((check) => inVersion(check, minor)) : [];
    const overridden = new Set(restricted.map(({ overrides }) => overrides));
    const all = [...baselineChecks.filter((check) => !overridden.has(check.id)), ...restricted];
    checks = all.flatMap((check) => inVersion(check, minor) ?? []);
    known.set(id, checks);
  }
  return checks;
}

/** What is wrong with a pod by a standard. */
export const violationsOf = (standard: LevelVersion, pod: PodView): Violation[] =>
  standard.level === 'privileged' ? [] : checksOf(standard).flatMap((check) => check(pod) ?? []);

export const detailText = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');

export const reasonText = (violations: readonly Violation[]): string => violations.map(({ reason }) => reason).join(', ');
