/** Addresses and ranges of addresses (k8s.io/apimachinery/pkg/util/validation/ip.go, with StrictIPCIDRValidation). */
import { BlockList, isIP } from 'node:net';
import { type FieldError, invalidValue } from '@apiserver-kit/machinery';
import { canonicalIP } from '../services/ip-range.js';
import { ipAddress } from './rules.js';

const looseIPv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Without leading zeros, which older versions took. Undefined: no address at all. */
function sloppy(ip: string): string | undefined {
  if (isIP(ip)) return ip;
  if (!looseIPv4.test(ip)) return undefined;
  const plain = ip.split('.').map(Number).join('.');
  return isIP(plain) ? plain : undefined;
}

const isMapped = (ip: string): boolean => isIP(ip) === 6 && /^::ffff:/i.test(canonicalIP(ip));

/** An address, in a form that nobody reads in two ways. */
export function strictIP(ip: string, path: string): FieldError[] {
  const plain = sloppy(ip);
  if (plain === undefined) return ipAddress(ip, path);
  if (plain !== ip) return [invalidValue(path, ip, 'must not have leading 0s')];
  return isMapped(ip) ? [invalidValue(path, ip, 'must not be an IPv4-mapped IPv6 address')] : [];
}

const ranges = (entries: readonly (readonly [string, number])[], ...single: string[]): BlockList => {
  const list = new BlockList();
  for (const [base, bits] of entries) list.addSubnet(base, bits, isIP(base) === 6 ? 'ipv6' : 'ipv4');
  for (const ip of single) list.addAddress(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
  return list;
};
const family = (ip: string): 'ipv4' | 'ipv6' => (isIP(ip) === 6 ? 'ipv6' : 'ipv4');

const unspecified = ranges([], '0.0.0.0', '::');
const refused: readonly (readonly [BlockList, string])[] = [
  [ranges([['127.0.0.0', 8]], '::1'), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [
    ranges([
      ['169.254.0.0', 16],
      ['fe80::', 10],
    ]),
    'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  ],
  [
    ranges([
      ['224.0.0.0', 24],
      ['ff02::', 16],
    ]),
    'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
];

/** An address that traffic can be sent to. It must be one. */
export function endpointIP(ip: string, path: string): FieldError[] {
  const errors = unspecified.check(ip, family(ip)) ? [invalidValue(path, ip, `may not be unspecified (${ip})`)] : [];
  return [...errors, ...refused.flatMap(([list, why]) => (list.check(ip, family(ip)) ? [invalidValue(path, ip, why)] : []))];
}

export interface CIDR {
  readonly ip: string;
  readonly bits: number;
}

/** Undefined: it is no range, not even with leading zeros. */
export function parseCIDR(text: string): CIDR | undefined {
  const slash = text.indexOf('/');
  const ip = slash < 0 ? undefined : sloppy(text.slice(0, slash));
  const bits = text.slice(slash + 1);
  if (ip === undefined || !/^\d+$/.test(bits) || Number(bits) > (isIP(ip) === 6 ? 128 : 32)) return undefined;
  return { ip, bits: Number(bits) };
}

function listOf({ ip, bits }: CIDR): BlockList {
  const list = new BlockList();
  list.addSubnet(ip, bits, family(ip));
  return list;
}

/** Whether a range holds an address. */
export const contains = (range: CIDR, ip: string): boolean => isIP(ip) === isIP(range.ip) && listOf(range).check(ip, family(ip));

/** The number of an address. */
const numberOf = (ip: string): bigint => {
  if (isIP(ip) === 4) return ip.split('.').reduce((number, part) => (number << 8n) | BigInt(part), 0n);
  const [head = '', tail = ''] = canonicalIP(ip).split('::');
  const [first, last] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  const groups = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
  return groups.reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
};

const hasHostBits = ({ ip, bits }: CIDR): boolean => (numberOf(ip) & ((1n << BigInt((isIP(ip) === 6 ? 128 : 32) - bits)) - 1n)) !== 0n;

/** A range, in a form that nobody reads in two ways. */
export function strictCIDR(text: string, path: string): FieldError[] {
  const range = parseCIDR(text);
  if (!range) return [invalidValue(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
  if (`${range.ip}/${range.bits}` !== text) return [invalidValue(path, text, 'must not have leading 0s in IP or prefix length')];
  if (isMapped(range.ip)) return [invalidValue(path, text, 'must not have an IPv4-mapped IPv6 address')];
  return hasHostBits(range) ? [invalidValue(path, text, 'must not have bits set beyond the prefix length')] : [];
}
