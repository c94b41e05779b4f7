/** Ranges of addresses, and numbers for the addresses in them (pkg/registry/core/service/ipallocator). */
import { isIP } from 'node:net';

export type IPFamily = 'IPv4' | 'IPv6';

/** A range that services get their addresses from. */
export interface IPRange {
  readonly family: IPFamily;
  /** Canonical: `10.0.0.0/24`. */
  readonly text: string;
  /** The address of the range itself, which no service gets. */
  readonly network: string;
  /** How many addresses services can have. */
  readonly size: number;
  /** The first so many are given last, so that they are there for those who ask for a certain address (KEP-3070). */
  readonly offset: number;
  /** The address of a number from 0 up to the size. */
  address(number: number): string;
  /** Whether the address lies in the range. */
  contains(ip: string): boolean;
  /** Whether a service can have the address. */
  isUsable(ip: string): boolean;
}

const hextets = (text: string): string[] => (text === '' ? [] : text.split(':'));

/** @param ip IPv4 or IPv6, well-formed. */
function numberOf(ip: string): bigint {
  if (isIP(ip) === 4) return ip.split('.').reduce((number, part) => (number << 8n) | BigInt(part), 0n);
  // The URL parser knows all forms of IPv6, and prints the canonical one.
  const [head = '', tail] = new URL(`http://[${ip}]/`).hostname.slice(1, -1).split('::');
  const [before, after] = [hextets(head), hextets(tail ?? '')];
  const parts = tail === undefined ? before : [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return parts.reduce((number, part) => (number << 16n) | BigInt(`0x${part}`), 0n);
}

function textOf(number: bigint, family: IPFamily): string {
  const [parts, bits] = family === 'IPv4' ? ([4, 8n] as const) : ([8, 16n] as const);
  const values = Array.from({ length: parts }, (_, at) => (number >> (bits * BigInt(parts - 1 - at))) & ((1n << bits) - 1n));
  if (family === 'IPv4') return values.join('.');
  return new URL(`http://[${values.map((value) => value.toString(16)).join(':')}]/`).hostname.slice(1, -1);
}

/** An address in the form in which it is compared. */
export const canonicalIP = (ip: string): string => (isIP(ip) === 6 ? textOf(numberOf(ip), 'IPv6') : ip);

const reservedFor = (size: number): number => (size <= 16 ? 0 : Math.min(Math.max(Math.floor(size / 16), 16), 256));

// More addresses than this are never all in use: numbers stay exact.
const maxBits = 31;

/**
 * Reads a range in CIDR notation.
 * @throws Error when it is none.
 */
export function ipRange(cidr: string): IPRange {
  const [ip = '', length = ''] = cidr.split('/');
  const version = isIP(ip);
  const width = version === 4 ? 32 : 128;
  if (version === 0 || !/^\d{1,3}$/.test(length) || Number(length) > width) throw new Error(`invalid range of IP addresses: ${JSON.stringify(cidr)}`);
  const family: IPFamily = version === 4 ? 'IPv4' : 'IPv6';
  const bits = BigInt(width - Number(length));
  const network = (numberOf(ip) >> bits) << bits;
  const all = 2 ** Math.min(Number(bits), maxBits);
  // Neither the network's address nor, of IPv4, the broadcast address is a service's.
  const size = Math.max(all - (family === 'IPv4' ? 2 : 1), 0);
  const placeOf = (address: string): bigint => (isIP(address) === version ? numberOf(address) - network : -1n);
  return {
    family,
    text: `${textOf(network, family)}/${length}`,
    network: textOf(network, family),
    size,
    offset: reservedFor(all),
    address: (number) => textOf(network + 1n + BigInt(number), family),
    contains: (address) => placeOf(address) >= 0n && placeOf(address) < 1n << bits,
    isUsable: (address) => placeOf(address) >= 1n && placeOf(address) <= BigInt(size),
  };
}
