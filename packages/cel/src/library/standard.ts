/** The standard library. */
import { standardMacros } from '../syntax/macros.js';
import * as types from '../types/type.js';
import { type Type, dynList, dynMap, listOf, mapOf, typeOfType } from '../types/type.js';
import { type Target, convert } from '../values/convert.js';
import { compileRegex } from '../values/regex.js';
import { inZone } from '../values/time-zone.js';
import { CelError, type Duration, type Int, Timestamp, type Value, noSuchOverload, overloadErrorFor, typeOf } from '../values/value.js';
import { A, B, type FunctionDeclaration, type Implementation, type Library, type Overload, fn, global, member } from './declaration.js';
import * as operators from './operators.js';

const { bool, bytes, double, duration, int, string, timestamp, uint } = types;
const list = listOf(A);
const map = mapOf(A, B);

const operator = (name: string, run: Implementation | undefined, ...overloads: Overload[]): FunctionDeclaration => ({ name, overloads, run });

/** Overload ids of arithmetic and comparisons carry these names. */
const numeric: readonly (readonly [string, Type])[] = [
  ['int64', int],
  ['uint64', uint],
  ['double', double],
];
const each = (prefix: string, kinds: readonly (readonly [string, Type])[]): Overload[] =>
  kinds.map(([name, type]) => global(`${prefix}_${name}`, [type, type], type));

const others: readonly (readonly [string, Type])[] = [
  ['string', string],
  ['bytes', bytes],
  ['timestamp', timestamp],
  ['duration', duration],
];

/** Numbers compare across types. */
function comparison(symbol: string, prefix: string, holds: (order: number) => boolean): FunctionDeclaration {
  const overloads = [global(`${prefix}_bool`, [bool, bool], bool)];
  for (const [left, leftType] of numeric) {
    overloads.push(global(`${prefix}_${left}`, [leftType, leftType], bool));
    for (const [right, rightType] of [...numeric].reverse())
      if (left !== right) overloads.push(global(`${prefix}_${left}_${right}`, [leftType, rightType], bool));
  }
  overloads.push(...others.map(([name, type]) => global(`${prefix}_${name}`, [type, type], bool)));
  return operator(symbol, operators.ordering(symbol, holds), ...overloads);
}

const operatorFunctions: FunctionDeclaration[] = [
  operator('_?_:_', undefined, global('conditional', [bool, A, A], A)),
  operator('_&&_', undefined, global('logical_and', [bool, bool], bool)),
  operator('_||_', undefined, global('logical_or', [bool, bool], bool)),
  operator('!_', operators.not, global('logical_not', [bool], bool)),
  operator('@not_strictly_false', (value) => (typeof value === 'boolean' ? value : true), global('not_strictly_false', [bool], bool)),
  operator('_==_', undefined, global('equals', [A, A], bool)),
  operator('_!=_', undefined, global('not_equals', [A, A], bool)),
  operator(
    '_+_',
    operators.add,
    global('add_bytes', [bytes, bytes], bytes),
    global('add_double', [double, double], double),
    global('add_duration_duration', [duration, duration], duration),
    global('add_duration_timestamp', [duration, timestamp], timestamp),
    global('add_timestamp_duration', [timestamp, duration], timestamp),
    global('add_int64', [int, int], int),
    global('add_list', [list, list], list),
    global('add_string', [string, string], string),
    global('add_uint64', [uint, uint], uint),
  ),
  operator('_/_', operators.divide, ...each('divide', numeric)),
  operator('_%_', operators.modulo, ...each('modulo', numeric.slice(0, 2))),
  operator('_*_', operators.multiply, ...each('multiply', numeric)),
  operator('-_', operators.negate, global('negate_double', [double], double), global('negate_int64', [int], int)),
  operator(
    '_-_',
    operators.subtract,
    global('subtract_double', [double, double], double),
    global('subtract_duration_duration', [duration, duration], duration),
    global('subtract_int64', [int, int], int),
    global('subtract_timestamp_duration', [timestamp, duration], timestamp),
    global('subtract_timestamp_timestamp', [timestamp, timestamp], duration),
    global('subtract_uint64', [uint, uint], uint),
  ),
  comparison('_<_', 'less', (order) => order < 0),
  comparison('_<=_', 'less_equals', (order) => order <= 0),
  comparison('_>_', 'greater', (order) => order > 0),
  comparison('_>=_', 'greater_equals', (order) => order >= 0),
  operator('_[_]', undefined, global('index_list', [list, int], A), global('index_map', [map, A], B)),
  operator('@in', operators.isIn, global('in_list', [A, list], bool), global('in_map', [A, map], bool)),
  operator(
    'size',
    operators.size,
    global('size_bytes', [bytes], int),
    member('bytes_size', [bytes], int),
    global('size_list', [list], int),
    member('list_size', [list], int),
    global('size_map', [map], int),
    member('map_size', [map], int),
    global('size_string', [string], int),
    member('string_size', [string], int),
  ),
];

const same = (value: Value): Value => value;

/** `name(x)` for x of each of the types. */
const conversion = (name: Target, result: Type, sources: readonly (readonly [string, Type])[]): FunctionDeclaration =>
  fn(name, ...sources.map(([id, from]) => global(id, [from], result, from === result ? same : (value) => convert(value, name))));

const conversions: FunctionDeclaration[] = [
  operator('type', (value) => typeOf(value), global('type', [A], typeOfType(A))),
  operator('dyn', same, global('to_dyn', [A], types.dyn)),
  conversion('bool', bool, [
    ['bool_to_bool', bool],
    ['string_to_bool', string],
  ]),
  conversion('bytes', bytes, [
    ['bytes_to_bytes', bytes],
    ['string_to_bytes', string],
  ]),
  conversion('double', double, [
    ['double_to_double', double],
    ['int64_to_double', int],
    ['string_to_double', string],
    ['uint64_to_double', uint],
  ]),
  conversion('duration', duration, [
    ['duration_to_duration', duration],
    ['string_to_duration', string],
  ]),
  conversion('int', int, [
    ['int64_to_int64', int],
    ['double_to_int64', double],
    ['duration_to_int64', duration],
    ['string_to_int64', string],
    ['timestamp_to_int64', timestamp],
    ['uint64_to_int64', uint],
  ]),
  conversion('string', string, [
    ['string_to_string', string],
    ['bool_to_string', bool],
    ['bytes_to_string', bytes],
    ['double_to_string', double],
    ['duration_to_string', duration],
    ['int64_to_string', int],
    ['timestamp_to_string', timestamp],
    ['uint64_to_string', uint],
  ]),
  conversion('timestamp', timestamp, [
    ['timestamp_to_timestamp', timestamp],
    ['int64_to_timestamp', int],
    ['string_to_timestamp', string],
  ]),
  conversion('uint', uint, [
    ['uint64_to_uint64', uint],
    ['double_to_uint64', double],
    ['int64_to_uint64', int],
    ['string_to_uint64', string],
  ]),
];

const textTest = (name: string, id: string, holds: (text: string, other: string) => boolean): FunctionDeclaration => ({
  ...fn(
    name,
    member(id, [string, string], bool, (text, other) => {
      if (typeof text !== 'string') return overloadErrorFor(text!);
      return typeof other === 'string' ? holds(text, other) : overloadErrorFor(other!);
    }),
  ),
  isUnguarded: true,
});

function matches(text: Value, pattern: Value): Value {
  if (typeof text !== 'string') return operators.unsupported('matches', text);
  if (typeof pattern !== 'string') return overloadErrorFor(pattern);
  const regex = compileRegex(pattern);
  return regex instanceof CelError ? regex : regex.test(text);
}

const texts: FunctionDeclaration[] = [
  textTest('contains', 'contains_string', (text, part) => text.includes(part)),
  textTest('endsWith', 'ends_with_string', (text, part) => text.endsWith(part)),
  textTest('startsWith', 'starts_with_string', (text, part) => text.startsWith(part)),
  operator('matches', matches as Implementation, global('matches', [string, string], bool), member('matches_string', [string, string], bool)),
];

const dayMs = 86_400_000;
const startOfYear = (date: Date): number => {
  const first = new Date(0);
  return first.setUTCFullYear(date.getUTCFullYear(), 0, 1);
};

type Part = (date: Date, time: Timestamp) => number;
type DurationPart = (nanos: bigint) => Int;

/** `time.name()`, in UTC or the zone that is given; of durations too where they have it. */
function accessor(name: string, id: string, part: Part, ofDuration?: readonly [string, DurationPart]): FunctionDeclaration {
  const inUtc: Implementation = (time) => partOf(time!, 'UTC');
  const partOf = (time: Value, zone: Value): Value => {
    if (!(time instanceof Timestamp) || typeof zone !== 'string') return noSuchOverload;
    const date = inZone(time, zone);
    return date instanceof CelError ? date : part(date, time);
  };
  const overloads = [
    member(id, [timestamp], int, inUtc),
    member(name === 'getSeconds' ? `${id}_tz` : `${id}_with_tz`, [timestamp, string], int, partOf as Implementation),
  ];
  if (ofDuration) overloads.push(member(ofDuration[0], [duration], int, (value) => ofDuration[1]((value as Duration).nanos)));
  return fn(name, ...overloads);
}

const whole = (nanos: bigint): Int => Number(nanos);

const times: FunctionDeclaration[] = [
  accessor('getFullYear', 'timestamp_to_year', (date) => date.getUTCFullYear()),
  accessor('getMonth', 'timestamp_to_month', (date) => date.getUTCMonth()),
  accessor('getDayOfYear', 'timestamp_to_day_of_year', (date) => Math.floor((date.getTime() - startOfYear(date)) / dayMs)),
  accessor('getDayOfMonth', 'timestamp_to_day_of_month', (date) => date.getUTCDate() - 1),
  accessor('getDate', 'timestamp_to_day_of_month_1_based', (date) => date.getUTCDate()),
  accessor('getDayOfWeek', 'timestamp_to_day_of_week', (date) => date.getUTCDay()),
  accessor('getHours', 'timestamp_to_hours', (date) => date.getUTCHours(), ['duration_to_hours', (nanos) => whole(nanos / 3_600_000_000_000n)]),
  accessor('getMinutes', 'timestamp_to_minutes', (date) => date.getUTCMinutes(), ['duration_to_minutes', (nanos) => whole(nanos / 60_000_000_000n)]),
  accessor('getSeconds', 'timestamp_to_seconds', (date) => date.getUTCSeconds(), ['duration_to_seconds', (nanos) => whole(nanos / 1_000_000_000n)]),
  accessor('getMilliseconds', 'timestamp_to_milliseconds', (_date, { nanos }) => Math.trunc(nanos / 1_000_000), [
    'duration_to_milliseconds',
    (nanos) => whole(nanos / 1_000_000n),
  ]),
];

export const standardLibrary: Library = {
  name: 'cel.lib.std',
  macros: standardMacros,
  functions: [...operatorFunctions, ...conversions, ...texts, ...times],
  types: [bool, bytes, double, duration, int, dynList, dynMap, types.nullType, string, timestamp, types.typeType, uint],
};
