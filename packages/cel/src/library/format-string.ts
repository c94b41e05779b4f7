/** Format strings: `"%s has %d".format([name, n])`. */

export class FormatError extends Error {}

/** Prints one argument; `precision` is undefined where the clause has none. */
export interface Clauses<Arg> {
  string(arg: Arg): string;
  decimal(arg: Arg): string;
  fixed(arg: Arg, precision: number | undefined): string;
  scientific(arg: Arg, precision: number | undefined): string;
  binary(arg: Arg): string;
  hex(arg: Arg, isUpper: boolean): string;
  octal(arg: Arg): string;
}

/** Something is wrong with the argument itself. */
export class ArgumentError extends FormatError {}

/**
 * Fills a format string in; also says how many arguments it took.
 * @throws FormatError
 */
export function formatWith<Arg>(format: string, args: readonly Arg[], clauses: Clauses<Arg>): { text: string; used: number } {
  let text = '';
  let used = 0;
  for (let at = 0; at < format.length; ) {
    if (format[at] !== '%') {
      text += format[at++];
      continue;
    }
    if (format[at + 1] === '%') {
      text += '%';
      at += 2;
      continue;
    }
    if (used >= args.length) throw new FormatError(`index ${used} out of range`);
    if (at + 1 >= format.length) throw new FormatError('unexpected end of string');
    const { print, length } = clauseAt(format, at + 1, clauses);
    try {
      text += print(args[used]!);
    } catch (error) {
      if (error instanceof ArgumentError) error.message = `error during formatting: ${error.message}`;
      throw error;
    }
    used++;
    at += 1 + length;
  }
  return { text, used };
}

const parseError = (message: string): FormatError => new FormatError(`could not parse formatting clause: ${message}`);

function clauseAt<Arg>(format: string, start: number, clauses: Clauses<Arg>): { print: (arg: Arg) => string; length: number } {
  let precision: number | undefined;
  let at = start;
  if (format[at] === '.') {
    const digits = /^\d*/.exec(format.slice(at + 1))![0];
    at += 1 + digits.length;
    precision = precisionOf(digits, at >= format.length);
  }
  const print = printerOf(format, at, precision, clauses);
  return { print, length: at + 1 - start };
}

function precisionOf(digits: string, isEnd: boolean): number {
  const failed = (message: string): FormatError => parseError(`error while parsing precision: ${message}`);
  if (isEnd) throw failed('could not find end of precision specifier');
  const conversion = `error while converting precision to integer: strconv.Atoi: parsing "${digits}"`;
  if (digits === '') throw failed(`${conversion}: invalid syntax`);
  if (digits.replace(/^0+/, '').length > 19 || BigInt(digits) > (1n << 63n) - 1n) throw failed(`${conversion}: value out of range`);
  return Number(digits);
}

function printerOf<Arg>(format: string, at: number, precision: number | undefined, clauses: Clauses<Arg>): (arg: Arg) => string {
  switch (format[at]) {
    case 's':
      return (arg) => clauses.string(arg);
    case 'd':
      return (arg) => clauses.decimal(arg);
    case 'f':
      return (arg) => clauses.fixed(arg, precision);
    case 'e':
      return (arg) => clauses.scientific(arg, precision);
    case 'b':
      return (arg) => clauses.binary(arg);
    case 'x':
    case 'X':
      return (arg) => clauses.hex(arg, format[at] === 'X');
    case 'o':
      return (arg) => clauses.octal(arg);
    default:
      // The reference reads the clause as a byte.
      throw parseError(
        `unrecognized formatting clause "${Buffer.from(format.slice(at, at + 2))
          .subarray(0, 1)
          .toString('latin1')}"`,
      );
  }
}

/** What the clauses take, by what they are called in messages. */
export const complaints = {
  binary: (type: string) => `only integers and bools can be formatted as binary, was given ${type}`,
  decimal: (type: string) => `decimal clause can only be used on integers, was given ${type}`,
  fixed: (type: string) => `fixed-point clause can only be used on doubles, was given ${type}`,
  hex: (type: string) => `only integers, byte buffers, and strings can be formatted as hex, was given ${type}`,
  octal: (type: string) => `octal clause can only be used on integers, was given ${type}`,
  scientific: (type: string) => `scientific clause can only be used on doubles, was given ${type}`,
  string: (type: string) =>
    `string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${type}`,
} as const;
