/** Types of the reference that show in its messages. */
import { type Value, typeOf } from './value.js';

const goNames: Readonly<Record<string, string>> = {
  null_type: 'types.Null',
  'google.protobuf.Timestamp': 'types.Timestamp',
  'google.protobuf.Duration': 'types.Duration',
  error: '*types.Err',
  bytes: 'types.Bytes',
  list: '*types.baseList',
  map: '*types.baseMap',
  optional_type: '*types.Optional',
  bool: 'types.Bool',
  int: 'types.Int',
  uint: 'types.Uint',
  double: 'types.Double',
  string: 'types.String',
  type: '*types.Type',
};

/** The Go type of a value: some messages tell it. */
export const goTypeName = (value: Value): string => goNames[typeOf(value).name] ?? typeOf(value).name;

/** Where the reference fails in a way that it does not foresee; it recovers with a message of the language. */
export class EvaluationPanic extends Error {}
