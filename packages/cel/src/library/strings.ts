/** More functions of texts. Indexes count code points. */
import * as types from '../types/type.js';
import { listOf } from '../types/type.js';
import { printValue } from '../values/print.js';
import { codePoints, isFlat } from '../values/text.js';
import { ArrayList, CelError, type Int, type ListValue, type Value } from '../values/value.js';
import { type FunctionDeclaration, type Library, fn, global, member } from './declaration.js';
import { formatValues } from './format-values.js';

const { int, string } = types;
const strings = listOf(string);

const outOfRange = (index: Int): CelError => new CelError(`index out of range: ${index}`);

/** The text by code points: the text itself where each is one unit. */
const pointsOf = (text: string): string | string[] => (isFlat(text) ? text : codePoints(text));
const join = (points: string | string[]): string => (typeof points === 'string' ? points : points.join(''));

function charAt(text: string, index: Int): Value {
  const points = pointsOf(text);
  if (index < 0 || index > points.length) return outOfRange(index);
  return points[Number(index)] ?? '';
}

const startsAt = (points: string | string[], part: string | string[], at: number): boolean => {
  for (let i = 0; i < part.length; i++) if (points[at + i] !== part[i]) return false;
  return true;
};

function indexOf(text: string, part: string, from: Int): Value {
  if (from < 0) return outOfRange(from);
  const points = pointsOf(text);
  if (part === '') return from > points.length ? points.length : from;
  if (typeof points === 'string') return from >= points.length ? -1 : points.indexOf(part, Number(from));
  const parts = codePoints(part);
  for (let at = Number(from); at <= points.length - parts.length; at++) if (startsAt(points, parts, at)) return at;
  return -1;
}

function lastIndexOf(text: string, part: string, from: Int): Value {
  if (from < 0) return outOfRange(from);
  const points = pointsOf(text);
  if (part === '') return from > points.length ? points.length : from;
  if (from >= points.length) return -1;
  const parts = typeof points === 'string' ? part : codePoints(part);
  for (let at = Math.min(Number(from), points.length - parts.length); at >= 0; at--) if (startsAt(points, parts, at)) return at;
  return -1;
}

function lastIndex(text: string, part: string): Value {
  const { length } = pointsOf(text);
  if (part === '') return length;
  return length === 0 ? -1 : lastIndexOf(text, part, length - 1);
}

/** Go's `strings.Replace`; a negative limit is none. */
function replace(text: string, from: string, to: string, limit: number): string {
  if (from === to || limit === 0) return text;
  if (limit < 0 && from !== '') return text.split(from).join(to);
  // Between all characters, and at both ends.
  const parts = from === '' ? ['', ...codePoints(text), ''] : text.split(from);
  const count = limit < 0 ? parts.length - 1 : Math.min(limit, parts.length - 1);
  const replaced = parts.slice(0, count + 1).join(to);
  return [replaced, ...parts.slice(count + 1)].join(from);
}

/** Go's `strings.SplitN`. */
function split(text: string, separator: string, limit: number): string[] {
  if (limit === 0) return [];
  const parts = separator === '' ? codePoints(text) : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function substring(text: string, start: Int, end?: Int): Value {
  const points = pointsOf(text);
  if (end !== undefined && start > end) return new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0 || start > points.length) return outOfRange(start);
  if (end !== undefined && end > points.length) return outOfRange(end);
  return join(points.slice(Number(start), end === undefined ? undefined : Number(end)));
}

/** What Go takes for space. */
const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const outerSpace = new RegExp(`^${space}+|${space}+$`, 'g');

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const quote = (text: string): string => {
  const wellFormed = Buffer.from(text).toString();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return `"${wellFormed.replace(/[\x07-\r\\"]/g, (char) => escapes[char]!)}"`;
};

function joinList(list: ListValue, separator: string): Value {
  const parts: string[] = [];
  for (let i = 0; i < list.size; i++) {
    const part = list.at(i);
    if (typeof part !== 'string') return new CelError(`join: invalid input: ${printValue(part)}`);
    parts.push(part);
  }
  return parts.join(separator);
}

const list = (parts: string[]): Value => new ArrayList(parts);
const number = (value: Value): number => Number(value as Int);

const functions: FunctionDeclaration[] = [
  fn(
    'charAt',
    member('string_char_at_int', [string, int], string, (text, index) => charAt(text as string, index as Int)),
  ),
  fn(
    'indexOf',
    member('string_index_of_string', [string, string], int, (text, part) => indexOf(text as string, part as string, 0)),
    member('string_index_of_string_int', [string, string, int], int, (text, part, from) => indexOf(text as string, part as string, from as Int)),
  ),
  fn(
    'lastIndexOf',
    member('string_last_index_of_string', [string, string], int, (text, part) => lastIndex(text as string, part as string)),
    member('string_last_index_of_string_int', [string, string, int], int, (text, part, from) => lastIndexOf(text as string, part as string, from as Int)),
  ),
  fn(
    'lowerAscii',
    member('string_lower_ascii', [string], string, (text) => (text as string).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())),
  ),
  fn(
    'upperAscii',
    member('string_upper_ascii', [string], string, (text) => (text as string).replace(/[a-z]+/g, (letters) => letters.toUpperCase())),
  ),
  fn(
    'replace',
    member('string_replace_string_string', [string, string, string], string, (text, from, to) => replace(text as string, from as string, to as string, -1)),
    member('string_replace_string_string_int', [string, string, string, int], string, (text, from, to, limit) =>
      replace(text as string, from as string, to as string, number(limit!)),
    ),
  ),
  fn(
    'split',
    member('string_split_string', [string, string], strings, (text, separator) => list(split(text as string, separator as string, -1))),
    member('string_split_string_int', [string, string, int], strings, (text, separator, limit) =>
      list(split(text as string, separator as string, number(limit!))),
    ),
  ),
  fn(
    'substring',
    member('string_substring_int', [string, int], string, (text, start) => substring(text as string, start as Int)),
    member('string_substring_int_int', [string, int, int], string, (text, start, end) => substring(text as string, start as Int, end as Int)),
  ),
  fn(
    'trim',
    member('string_trim', [string], string, (text) => (text as string).replace(outerSpace, '')),
  ),
  fn(
    'strings.quote',
    global('strings_quote', [string], string, (text) => quote(text as string)),
  ),
  fn(
    'format',
    member('string_format', [string, types.dynList], string, (format, args) => formatValues(format as string, args as ListValue)),
  ),
  fn(
    'join',
    member('list_join', [strings], string, (parts) => joinList(parts as ListValue, '')),
    member('list_join_string', [strings, string], string, (parts, separator) => joinList(parts as ListValue, separator as string)),
  ),
];

export const stringsLibrary: Library = { name: 'cel.lib.ext.strings', functions };
