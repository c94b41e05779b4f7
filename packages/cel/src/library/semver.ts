/** Semantic versions. */
import { goQuote } from '@apiserver-kit/machinery';
import * as types from '../types/type.js';
import { struct } from '../types/type.js';
import { intOf, maxUint } from '../values/arithmetic.js';
import { CelError, ObjectValue, type Value, noSuchOverload } from '../values/value.js';
import { type Library, fn, global, member } from './declaration.js';

const { bool, int, string } = types;
const semverType = struct('kubernetes.Semver');

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly (bigint | string)[];
  readonly build: readonly string[];
}

class VersionError extends Error {}

const isNumber = (text: string): boolean => /^\d*$/.test(text);
const isWord = (text: string): boolean => /^[A-Za-z0-9-]*$/.test(text);

function readNumber(text: string, name: string): bigint {
  if (!isNumber(text)) throw new VersionError(`Invalid character(s) found in ${name} number ${goQuote(text)}`);
  if (text.length > 1 && text.startsWith('0'))
    throw new VersionError(`${name[0]!.toUpperCase()}${name.slice(1)} number must not contain leading zeroes ${goQuote(text)}`);
  return readUint(text);
}

function readUint(text: string): bigint {
  if (text === '') throw new VersionError('strconv.ParseUint: parsing "": invalid syntax');
  const value = text.length > 20 ? maxUint + 1n : BigInt(text);
  if (value > maxUint) throw new VersionError(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
  return value;
}

function readPrerelease(text: string): bigint | string {
  if (text === '') throw new VersionError('Prerelease is empty');
  if (isNumber(text)) {
    if (text.length > 1 && text.startsWith('0')) throw new VersionError(`Numeric PreRelease version must not contain leading zeroes ${goQuote(text)}`);
    return readUint(text);
  }
  if (!isWord(text)) throw new VersionError(`Invalid character(s) found in prerelease ${goQuote(text)}`);
  return text;
}

function readBuild(text: string): string {
  if (text === '') throw new VersionError('Build meta data is empty');
  if (!isWord(text)) throw new VersionError(`Invalid character(s) found in build meta data ${goQuote(text)}`);
  return text;
}

/** At most three parts, the last one with all that is left. */
function threeParts(text: string): string[] {
  const [first, second, ...rest] = text.split('.');
  return [first!, ...(second === undefined ? [] : [second]), ...(rest.length === 0 ? [] : [rest.join('.')])];
}

/** @throws VersionError */
function read(text: string): Version {
  if (text === '') throw new VersionError('Version string empty');
  const parts = threeParts(text);
  if (parts.length !== 3) throw new VersionError('No Major.Minor.Patch elements found');
  const major = readNumber(parts[0]!, 'major');
  const minor = readNumber(parts[1]!, 'minor');
  const [beforeBuild, build] = cut(parts[2]!, '+');
  const [patchText, prerelease] = cut(beforeBuild, '-');
  const patch = readNumber(patchText, 'patch');
  return {
    numbers: [major, minor, patch],
    prerelease: prerelease === undefined ? [] : prerelease.split('.').map(readPrerelease),
    build: build === undefined ? [] : build.split('.').map(readBuild),
  };
}

function cut(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Takes off a `v` and leading zeros, and adds what is missing. */
function normalize(text: string): string {
  const parts = threeParts(text.startsWith('v') ? text.slice(1) : text).map((part) => {
    if (part.length <= 1) return part;
    const trimmed = part.replace(/^0+/, '');
    return /^\d/.test(trimmed) ? trimmed : `0${trimmed}`;
  });
  if (parts.length < 3 && /[+-]/.test(parts.at(-1)!)) throw new VersionError('short version cannot contain PreRelease/Build meta data');
  while (parts.length < 3) parts.push('0');
  return parts.join('.');
}

function compareParts(a: bigint | string, b: bigint | string): number {
  if (typeof a !== typeof b) return typeof a === 'bigint' ? -1 : 1;
  return a === b ? 0 : a > b ? 1 : -1;
}

function compare(a: Version, b: Version): -1 | 0 | 1 {
  for (let i = 0; i < 3; i++) if (a.numbers[i] !== b.numbers[i]) return a.numbers[i]! > b.numbers[i]! ? 1 : -1;
  const [left, right] = [a.prerelease, b.prerelease];
  if (left.length === 0 || right.length === 0) return Math.sign(right.length - left.length) as -1 | 0 | 1;
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareParts(left[i]!, right[i]!);
    if (order !== 0) return order as -1 | 1;
  }
  return Math.sign(left.length - right.length) as -1 | 0 | 1;
}

class SemverValue extends ObjectValue {
  readonly type = semverType;
  constructor(readonly version: Version) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof SemverValue ? compare(this.version, other.version) === 0 : noSuchOverload;
  }
  override toString(): string {
    const { numbers, prerelease, build } = this.version;
    return `${numbers.join('.')}${prerelease.length > 0 ? `-${prerelease.join('.')}` : ''}${build.length > 0 ? `+${build.join('.')}` : ''}`;
  }
}

function toSemver(text: string, normalizes: boolean): Value {
  try {
    return new SemverValue(read(normalizes ? normalize(text) : text));
  } catch (error) {
    if (error instanceof VersionError) return new CelError(error.message);
    throw error;
  }
}

const of = (value: Value): Version => (value as SemverValue).version;
/** The number as int64, whatever is beyond cut off. */
const part =
  (index: 0 | 1 | 2) =>
  (value: Value): Value =>
    intOf(BigInt.asIntN(64, of(value).numbers[index]));

export const semverLibrary: Library = {
  name: 'kubernetes.Semver',
  functions: [
    fn(
      'semver',
      global('string_to_semver', [string], semverType, (text) => toSemver(text as string, false)),
      global('string_bool_to_semver', [string, bool], semverType, (text, normalizes) => toSemver(text as string, normalizes as boolean)),
    ),
    fn(
      'isSemver',
      global('is_semver_string', [string], bool, (text) => !(toSemver(text as string, false) instanceof CelError)),
      global('is_semver_string_bool', [string, bool], bool, (text, normalizes) => !(toSemver(text as string, normalizes as boolean) instanceof CelError)),
    ),
    fn(
      'isGreaterThan',
      member('semver_is_greater_than', [semverType, semverType], bool, (a, b) => compare(of(a!), of(b!)) === 1),
    ),
    fn(
      'isLessThan',
      member('semver_is_less_than', [semverType, semverType], bool, (a, b) => compare(of(a!), of(b!)) === -1),
    ),
    fn(
      'compareTo',
      member('semver_compare_to', [semverType, semverType], int, (a, b) => compare(of(a!), of(b!))),
    ),
    fn(
      'major',
      member('semver_major', [semverType], int, (value) => part(0)(value!)),
    ),
    fn(
      'minor',
      member('semver_minor', [semverType], int, (value) => part(1)(value!)),
    ),
    fn(
      'patch',
      member('semver_patch', [semverType], int, (value) => part(2)(value!)),
    ),
  ],
};
