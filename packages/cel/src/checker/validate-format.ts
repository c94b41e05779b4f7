/** Format strings that are known are filled in before anything runs, with the types of their arguments. */
import { ArgumentError, type Clauses, FormatError, complaints, formatWith } from '../library/format-string.js';
import type { Call, Expr } from '../syntax/ast.js';
import type { Kind } from '../types/type.js';
import type { Checked } from './checker.js';

/** The argument that a clause does not take. */
class WrongArgument extends ArgumentError {
  constructor(
    message: string,
    readonly at: Expr,
  ) {
    super(message);
  }
}

type Complaint = (type: string) => string;

/** Tells what is wrong with `"…".format([…])`, if both are there to be seen. */
export function validateFormatCall(
  { id, target, args }: Call,
  { typeOf, overloads }: Checked,
  report: (at: { readonly id: number }, message: string) => void,
): void {
  const [list] = args;
  if (target?.kind !== 'literal' || typeof target.value !== 'string' || args.length !== 1 || list?.kind !== 'list') return;
  if (overloads.has(id) && !overloads.get(id)!.includes('string_format')) return;

  const takes =
    (complaint: Complaint, ...kinds: Kind[]) =>
    (arg: Expr): string => {
      const type = typeOf(arg);
      if (type.kind !== 'dyn' && !kinds.includes(type.kind)) throw new WrongArgument(complaint(type.name), arg);
      return '';
    };
  const printable = takes(
    complaints.string,
    ...(['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'] as const),
  );
  const string = (arg: Expr): string => {
    printable(arg);
    if (arg.kind === 'list') arg.elements.forEach(string);
    if (arg.kind === 'map') for (const { key, value } of arg.entries) string(key) + string(value);
    return '';
  };
  const clauses: Clauses<Expr> = {
    string,
    decimal: takes(complaints.decimal, 'int', 'uint'),
    fixed: takes(complaints.fixed, 'double', 'string'),
    scientific: takes(complaints.scientific, 'double', 'string'),
    binary: takes(complaints.binary, 'int', 'uint', 'bool'),
    hex: takes(complaints.hex, 'int', 'uint', 'string', 'bytes'),
    octal: takes(complaints.octal, 'int', 'uint'),
  };
  try {
    const { used } = formatWith(target.value, list.elements, clauses);
    if (list.elements.length > used) report({ id }, `too many arguments supplied to string.format (expected ${used}, got ${list.elements.length})`);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report(error instanceof WrongArgument ? error.at : { id }, error.message);
  }
}
