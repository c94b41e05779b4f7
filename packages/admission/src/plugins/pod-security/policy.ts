/** Which standard counts in a namespace, as its labels say (k8s.io/pod-security-admission/api). */
import { type FieldError, invalidValue, key } from '@apiserver-kit/machinery';

export type Level = 'privileged' | 'baseline' | 'restricted';
/** A minor version of 1.x. */
export type StandardVersion = number | 'latest';

export interface LevelVersion {
  readonly level: Level;
  readonly version: StandardVersion;
}

export type Mode = 'enforce' | 'audit' | 'warn';
export type PodSecurityPolicy = Readonly<Record<Mode, LevelVersion>>;

const levels: readonly Level[] = ['privileged', 'baseline', 'restricted'];
const prefix = 'pod-security.kubernetes.io/';

export const levelText = ({ level, version }: LevelVersion): string => `${level}:${version === 'latest' ? version : `v1.${version}`}`;
export const isStricter = (a: Level, b: Level): boolean => levels.indexOf(a) > levels.indexOf(b);
export const isSame = (a: LevelVersion, b: LevelVersion): boolean => a.level === b.level && a.version === b.version;
export const isAllPrivileged = ({ enforce, audit, warn }: PodSecurityPolicy): boolean => [enforce, audit, warn].every(({ level }) => level === 'privileged');

const isLevel = (text: string): text is Level => levels.includes(text as Level);
const parseVersion = (text: string): StandardVersion | undefined => {
  const minor = /^v1\.(\d|[1-9]\d*)$/.exec(text)?.[1];
  return text === 'latest' ? text : minor === undefined ? undefined : Number(minor);
};

/** The policy of a namespace, and what is wrong with its labels. What cannot be read is as strict as can be for `enforce`, and nothing for the others. */
export function policyOf(labels: Readonly<Record<string, string>>, defaults: PodSecurityPolicy): { policy: PodSecurityPolicy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const given = (mode: Mode): LevelVersion => {
    let { level, version } = defaults[mode];
    const [levelLabel, versionLabel] = [prefix + mode, `${prefix}${mode}-version`];
    if (Object.hasOwn(labels, levelLabel)) {
      const text = labels[levelLabel]!;
      if (isLevel(text)) level = text;
      else {
        level = mode === 'enforce' ? 'restricted' : 'privileged';
        errors.push(invalidValue(key('metadata.labels', levelLabel), text, `must be one of ${levels.join(', ')}`));
      }
    }
    if (Object.hasOwn(labels, versionLabel)) {
      const text = labels[versionLabel]!;
      const parsed = parseVersion(text);
      version = parsed ?? 'latest';
      if (parsed === undefined) errors.push(invalidValue(key('metadata.labels', versionLabel), text, 'must be "latest" or "v1.x"'));
    }
    return { level, version };
  };
  const [enforce, audit, warn] = [given('enforce'), given('audit'), given('warn')];
  // Whoever is refused is warned, too, of what others still bring.
  const says = (label: string): boolean => Object.hasOwn(labels, prefix + label);
  const isEnforced = says('enforce') && isLevel(labels[`${prefix}enforce`]!);
  if (says('warn') || !isEnforced || !isStricter(enforce.level, warn.level)) return { policy: { enforce, audit, warn }, errors };
  return { policy: { enforce, audit, warn: { level: enforce.level, version: says('warn-version') ? warn.version : enforce.version } }, errors };
}

/** Which modes a namespace says something of. */
export const saysOf = (labels: Readonly<Record<string, string>>, mode: Mode): boolean =>
  Object.hasOwn(labels, prefix + mode) || Object.hasOwn(labels, `${prefix}${mode}-version`);
