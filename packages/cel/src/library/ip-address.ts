/** IP addresses and prefixes as Go's net/netip reads and prints them. */
import { goQuote } from '@apiserver-kit/machinery';

export interface Address {
  readonly family: 4 | 6;
  /** 4 or 16 of them. */
  readonly bytes: readonly number[];
  readonly zone: string;
}

/** What is wrong with a text; `at` is the rest from there on. */
class AddressError extends Error {
  constructor(
    message: string,
    readonly at = '',
  ) {
    super(message);
  }
}

/** The address, or Go's sentence on why it is none. */
export function parseAddress(text: string): Address | string {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    return `ParseAddr(${goQuote(text)}): ${error.message}${error.at === '' ? '' : ` (at ${goQuote(error.at)})`}`;
  }
}

function read(text: string): Address {
  switch (/[.:%]/.exec(text)?.[0]) {
    case '.':
      return { family: 4, bytes: readFields(text), zone: '' };
    case ':':
      return readIPv6(text);
    case '%':
      throw new AddressError('missing IPv6 address');
    default:
      throw new AddressError('unable to parse IP');
  }
}

function readFields(text: string): number[] {
  const fields: number[] = [];
  let [value, digits] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char >= '0' && char <= '9') {
      if (digits === 1 && value === 0) throw new AddressError('IPv4 field has octet with leading zero');
      value = value * 10 + Number(char);
      digits++;
      if (value > 255) throw new AddressError('IPv4 field has value >255');
    } else if (char === '.') {
      if (i === 0 || i === text.length - 1 || text[i - 1] === '.') throw new AddressError('IPv4 field must have at least one digit', text.slice(i));
      if (fields.length === 3) throw new AddressError('IPv4 address too long');
      fields.push(value);
      [value, digits] = [0, 0];
    } else throw new AddressError('unexpected character', text.slice(i));
  }
  if (fields.length < 3) throw new AddressError('IPv4 address too short');
  return [...fields, value];
}

function readIPv6(text: string): Address {
  const percent = text.indexOf('%');
  const zone = percent < 0 ? '' : text.slice(percent + 1);
  if (percent >= 0 && zone === '') throw new AddressError('zone must be a non-empty string');
  let rest = percent < 0 ? text : text.slice(0, percent);
  const bytes: number[] = [];
  let ellipsis = -1;
  if (rest.startsWith('::')) {
    ellipsis = 0;
    rest = rest.slice(2);
    if (rest === '') return { family: 6, bytes: new Array<number>(16).fill(0), zone };
  }
  while (bytes.length < 16) {
    const digits = /^[\da-fA-F]*/.exec(rest)![0];
    if (digits.length > 4) throw new AddressError('each group must have 4 or less digits', rest);
    if (digits === '') throw new AddressError('each colon-separated field must have at least one digit', rest);
    if (rest[digits.length] === '.') {
      if (ellipsis < 0 && bytes.length !== 12) throw new AddressError('embedded IPv4 address must replace the final 2 fields of the address', rest);
      if (bytes.length + 4 > 16) throw new AddressError('too many hex fields to fit an embedded IPv4 at the end of the address', rest);
      bytes.push(...readFields(rest));
      rest = '';
      break;
    }
    const value = Number.parseInt(digits, 16);
    bytes.push(value >> 8, value & 0xff);
    rest = rest.slice(digits.length);
    if (rest === '') break;
    if (!rest.startsWith(':')) throw new AddressError('unexpected character, want colon', rest);
    if (rest.length === 1) throw new AddressError('colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (!rest.startsWith(':')) continue;
    if (ellipsis >= 0) throw new AddressError('multiple :: in address', rest);
    ellipsis = bytes.length;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  if (rest !== '') throw new AddressError('trailing garbage after address', rest);
  if (bytes.length < 16) {
    if (ellipsis < 0) throw new AddressError('address string too short');
    bytes.splice(ellipsis, 0, ...new Array<number>(16 - bytes.length).fill(0));
  } else if (ellipsis >= 0) throw new AddressError('the :: must expand to at least one field of zeros');
  return { family: 6, bytes, zone };
}

/** `::ffff:1.2.3.4` */
export const isMapped = ({ family, bytes }: Address): boolean =>
  family === 6 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;

/** The shortest form. */
export function addressText(address: Address): string {
  const { family, bytes, zone } = address;
  if (family === 4) return bytes.join('.');
  const suffix = zone === '' ? '' : `%${zone}`;
  if (isMapped(address)) return `::ffff:${bytes.slice(12).join('.')}${suffix}`;
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  let [start, end] = [8, 8];
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i >= 2 && j - i > end - start) [start, end] = [i, j];
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return start === 8 ? `${hex(0, 8)}${suffix}` : `${hex(0, start)}::${hex(end, 8)}${suffix}`;
}

export interface Prefix {
  readonly address: Address;
  readonly bits: number;
}

/** The prefix, or Go's sentence on why it is none. */
export function parsePrefix(text: string): Prefix | string {
  const failed = (why: string): string => `netip.ParsePrefix(${goQuote(text)}): ${why}`;
  const slash = text.lastIndexOf('/');
  if (slash < 0) return failed("no '/'");
  const address = parseAddress(text.slice(0, slash));
  if (typeof address === 'string') return failed(address);
  if (address.zone !== '') return failed('IPv6 zones cannot be present in a prefix');
  const digits = text.slice(slash + 1);
  if (!/^(?:[1-9]\d*|0|[+-]?)$/.test(digits) || !/^\d+$/.test(digits) || digits.length > 18) return failed(`bad bits after slash: ${goQuote(digits)}`);
  const bits = Number(digits);
  return bits > address.bytes.length * 8 ? failed('prefix length out of range') : { address, bits };
}

export const prefixText = ({ address, bits }: Prefix): string => `${addressText(address)}/${bits}`;

/** The address with all bits behind the prefix zero. */
export function masked({ address, bits }: Prefix): Address {
  const bytes = address.bytes.map((byte, i) => byte & (0xff << Math.max(0, 8 - Math.max(0, bits - 8 * i))) & 0xff);
  return { ...address, bytes };
}

const sameBytes = (a: Address, b: Address): boolean => a.family === b.family && a.zone === b.zone && a.bytes.every((byte, i) => byte === b.bytes[i]);

export const sameAddress = sameBytes;

export const prefixContains = (prefix: Prefix, address: Address): boolean =>
  address.zone === '' && address.family === prefix.address.family && sameBytes(masked(prefix), masked({ address, bits: prefix.bits }));

/** Whether the other prefix lies within. */
export const prefixCovers = (prefix: Prefix, other: Prefix): boolean => prefix.bits <= other.bits && prefixContains(prefix, other.address);
