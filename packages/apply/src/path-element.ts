/**
 * The elements of field paths, in the text form of fieldsV1: `f:name` a member of a map, `k:{"name":"a"}` an item of a list by its keys,
 * `v:"x"` an item of a set, `i:0` an item by its place (sigs.k8s.io/structured-merge-diff/v6/fieldpath).
 *
 * The text is canonical, so two elements are the same exactly if their texts are; sets of fields are maps from these texts.
 */
import { goFormatFloat, goQuote, isRecord, parseJson } from '@apiserver-kit/machinery';

/** An element in its text form. */
export type PathElement = string;
/** From the object down; empty for the object itself. */
export type FieldPath = readonly PathElement[];

/** What the text of an element says. */
type Parsed =
  | { readonly kind: 'f'; readonly name: string }
  | { readonly kind: 'k'; readonly keys: readonly (readonly [name: string, value: unknown])[] }
  | { readonly kind: 'v'; readonly value: unknown }
  | { readonly kind: 'i'; readonly index: number };

/** Elements or sets of fields that cannot be read. */
export class FieldsV1Error extends Error {
  override readonly name = 'FieldsV1Error';
}

/** The element of a member. */
export const memberElement = (name: string): PathElement => `f:${name}`;

/** The element of an item of a set. */
export const valueElement = (value: unknown): PathElement => `v:${printValue(value)}`;

/** The element of an item of a list with keys; the keys sorted by name. */
export const keyElement = (keys: readonly (readonly [name: string, value: unknown])[]): PathElement =>
  `k:{${keys.map(([name, value]) => `${printName(name)}:${printValue(value)}`).join(',')}}`;

const isPlain = /^[ !#-%'-;=?-[\]-~]*$/;
const escapes = /[<>&\u2028\u2029\b\f]/g;
const unicodeEscape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text values are written as Go writes JSON for web pages. Keys of keys are not: only what JSON itself asks for is escaped. */
const printText = (text: string): string =>
  isPlain.test(text)
    ? `"${text}"`
    : JSON.stringify(text)
        .replace(/\\[bf]/g, (short) => (short === '\\b' ? '\\u0008' : '\\u000c'))
        .replace(escapes, unicodeEscape);
/** A name as it stands in a key. */
export const printName = (name: string): string => (isPlain.test(name) ? `"${name}"` : JSON.stringify(name));

/** A value as it stands in a key or as the item of a set. */
export function printValue(value: unknown): string {
  if (typeof value === 'string') return printText(value);
  if (Array.isArray(value)) return `[${value.map(printValue).join(',')}]`;
  if (isRecord(value)) {
    const names = Object.keys(value).sort(compareText);
    return `{${names.map((name) => `${printText(name)}:${printValue(value[name])}`).join(',')}}`;
  }
  return String(value ?? null);
}

/**
 * Elements are parsed to be sorted, printed and made canonical, the same ones over and over: the items of the lists of the world's pods are
 * few. What is remembered is bounded.
 */
const parsedElements = new Map<PathElement, Parsed>();
const maxRemembered = 4096;

function parsed(element: PathElement): Parsed {
  if (isMember(element)) return { kind: 'f', name: element.slice(2) };
  let known = parsedElements.get(element);
  if (!known) {
    known = parseElement(element);
    if (parsedElements.size >= maxRemembered) parsedElements.clear();
    parsedElements.set(element, known);
  }
  return known;
}

function parseElement(text: string): Parsed {
  const content = text.slice(2);
  switch (text[0]) {
    case 'k': {
      const keys = parseContent(content);
      if (!isRecord(keys)) throw new FieldsV1Error(`ReadObjectCB: expect { or n, but found ${content[0] ?? ''}`);
      return { kind: 'k', keys: Object.entries(keys).sort(([a], [b]) => compareText(a, b)) };
    }
    case 'v':
      return { kind: 'v', value: parseContent(content) };
    default: {
      if (!/^[+-]?\d+$/.test(content)) throw new FieldsV1Error(`strconv.Atoi: parsing ${goQuote(content)}: invalid syntax`);
      return { kind: 'i', index: Number(content) };
    }
  }
}

function parseContent(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new FieldsV1Error(`invalid JSON in a path element: ${text}`);
  }
}

/**
 * The canonical form of an element that came from outside, or undefined for one of a kind that is not known, which is passed over.
 * @throws FieldsV1Error for what is no element.
 */
export function readElement(text: string): PathElement | undefined {
  if (text.charCodeAt(1) !== 58 /* : */) throw new FieldsV1Error(text.length < 2 ? 'key must be 2 characters long:' : `missing colon: ${text}`);
  switch (text[0]) {
    case 'f':
      return text;
    case 'k':
    case 'v':
    case 'i':
      return printElement(parsed(text));
    default:
      return undefined;
  }
}

function printElement(element: Parsed): PathElement {
  switch (element.kind) {
    case 'f':
      return memberElement(element.name);
    case 'k':
      return keyElement(element.keys);
    case 'v':
      return valueElement(element.value);
    default:
      return `i:${element.index}`;
  }
}

const isMember = (element: PathElement): boolean => element.charCodeAt(0) === 102; /* f */

/** The name of the member that an element stands for; undefined for items of lists. */
export const memberName = (element: PathElement): string | undefined => (isMember(element) ? element.slice(2) : undefined);

/** Whether an element is an item of a list with keys. */
export const isKeyElement = (element: PathElement): boolean => element.charCodeAt(0) === 107;

/** How numbers in keys are shown: as the object has them, or as floats, which is how the reference reads them from fieldsV1. */
type NumberText = (value: number) => string;
const asGiven: NumberText = (value) => (Number.isInteger(value) ? String(value) : goFormatFloat(value));

/** An element of an object's path as messages show it. */
export const elementText = (element: PathElement): string => print(element, asGiven);

/**
 * The path of an owned field as messages show it: `.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"]`.
 * @param isFromText Whether ownership was read from fieldsV1, as it mostly is: numbers are then shown as floats.
 */
export const pathText = (path: FieldPath, isFromText = true): string =>
  path.map((element) => print(element, isFromText ? (value) => goFormatFloat(value) : asGiven)).join('');

function print(element: PathElement, number: NumberText): string {
  const what = parsed(element);
  switch (what.kind) {
    case 'f':
      return `.${what.name}`;
    case 'k':
      return `[${what.keys.map(([name, value]) => `${name}=${valueText(value, number)}`).join(',')}]`;
    case 'v':
      return `[=${valueText(what.value, number)}]`;
    default:
      return `[${what.index}]`;
  }
}

function valueText(value: unknown, number: NumberText): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, number)).join(',')}]`;
  if (isRecord(value))
    return Object.entries(value)
      .map(([name, member]) => `${name}=${valueText(member, number)}`)
      .join('');
  return String(value);
}

const kindOrder = { f: 0, k: 1, v: 2, i: 3 } as const;

/** The order in which the elements of a set are printed: members, items by key, items by value, items by place. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  if (isMember(a) && isMember(b)) return compareText(a, b);
  const left = parsed(a);
  const right = parsed(b);
  if (left.kind === 'k' && right.kind === 'k') return compareKeys(left.keys, right.keys);
  if (left.kind === 'v' && right.kind === 'v') return compareValues(left.value, right.value);
  if (left.kind === 'i' && right.kind === 'i') return left.index - right.index;
  return kindOrder[left.kind] - kindOrder[right.kind];
}

type Keys = readonly (readonly [string, unknown])[];

function compareKeys(a: Keys, b: Keys): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const order = compareText(a[at]![0], b[at]![0]) || compareValues(a[at]![1], b[at]![1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const valueRank = (value: unknown): number =>
  typeof value === 'number' || typeof value === 'bigint'
    ? 0
    : typeof value === 'string'
      ? 1
      : typeof value === 'boolean'
        ? 2
        : Array.isArray(value)
          ? 3
          : isRecord(value)
            ? 4
            : 5;

/** Numbers, then text, booleans, lists, maps, null. */
function compareValues(a: unknown, b: unknown): number {
  const rank = valueRank(a);
  const difference = rank - valueRank(b);
  if (difference !== 0) return difference;
  switch (rank) {
    case 1:
      return compareText(a as string, b as string);
    case 3:
      return compareLists(a as unknown[], b as unknown[]);
    case 4:
      return compareMaps(a as Record<string, unknown>, b as Record<string, unknown>);
    case 5:
      return 0;
    default:
      return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
  }
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const order = compareValues(a[at], b[at]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Member by member in the order of all names; a map that lacks a name comes after the other. */
function compareMaps(a: Record<string, unknown>, b: Record<string, unknown>): number {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compareText);
  const [aLength, bLength] = [Object.keys(a).length, Object.keys(b).length];
  for (const [at, name] of names.entries()) {
    if (at === aLength) return -1;
    if (at === bLength) return 1;
    if (!Object.hasOwn(a, name)) return 1;
    if (!Object.hasOwn(b, name)) return -1;
    const order = compareValues(a[name], b[name]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Go orders text by its bytes, JavaScript by UTF-16 units, where what is beyond 16 bits (surrogates) comes before U+E000. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return x >= 0xd800 && y >= 0xd800 && x >= 0xe000 !== y >= 0xe000 ? y - x : x - y;
  }
  return a.length - b.length;
}
