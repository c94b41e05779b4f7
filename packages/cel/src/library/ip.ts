/** IP addresses and CIDRs. */
import { goQuote } from '@apiserver-kit/machinery';
import * as types from '../types/type.js';
import { opaque } from '../types/type.js';
import { CelError, ObjectValue, type Value, overloadErrorFor } from '../values/value.js';
import { type FunctionDeclaration, type Library, fn, global, member } from './declaration.js';
import {
  type Address,
  type Prefix,
  addressText,
  isMapped,
  masked,
  parseAddress,
  parsePrefix,
  prefixContains,
  prefixCovers,
  prefixText,
  sameAddress,
} from './ip-address.js';

const { bool, int, string } = types;
const ipType = opaque('net.IP');
const cidrType = opaque('net.CIDR');

class IpValue extends ObjectValue {
  readonly type = ipType;
  override readonly costSize: number;
  constructor(readonly address: Address) {
    super();
    this.costSize = address.bytes.length;
  }
  override equals(other: Value): Value {
    return other instanceof IpValue ? sameAddress(this.address, other.address) : overloadErrorFor(other);
  }
  override toString(): string {
    return addressText(this.address);
  }
}

class CidrValue extends ObjectValue {
  readonly type = cidrType;
  override readonly costSize: number;
  constructor(readonly prefix: Prefix) {
    super();
    this.costSize = Math.ceil(prefix.bits / 8);
  }
  override equals(other: Value): Value {
    if (!(other instanceof CidrValue)) return overloadErrorFor(other);
    return this.prefix.bits === other.prefix.bits && sameAddress(this.prefix.address, other.prefix.address);
  }
  override toString(): string {
    return prefixText(this.prefix);
  }
}

function readIp(text: string): Address | CelError {
  const address = parseAddress(text);
  if (typeof address === 'string') return new CelError(`IP Address ${goQuote(text)} parse error during conversion from string: ${address}`);
  if (address.zone !== '') return new CelError(`IP address ${goQuote(text)} with zone value is not allowed`);
  return isMapped(address) ? new CelError(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`) : address;
}

function readCidr(text: string): Prefix | CelError {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') return new CelError(`network address parse error during conversion from string: ${prefix}`);
  return isMapped(prefix.address) ? new CelError(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`) : prefix;
}

const toIp = (text: string): IpValue | CelError => {
  const address = readIp(text);
  return address instanceof CelError ? address : new IpValue(address);
};
const toCidr = (text: string): CidrValue | CelError => {
  const prefix = readCidr(text);
  return prefix instanceof CelError ? new CelError(`network address parse error during conversion from string: ${prefix.message}`) : new CidrValue(prefix);
};

const addressTest = (name: string, id: string, holds: (bytes: readonly number[], family: 4 | 6) => boolean): FunctionDeclaration =>
  fn(
    name,
    member(id, [ipType], bool, (value) => holds((value as IpValue).address.bytes, (value as IpValue).address.family)),
  );

const isUnspecified = (bytes: readonly number[]): boolean => bytes.every((byte) => byte === 0);
const isLoopback = (bytes: readonly number[], family: 4 | 6): boolean =>
  family === 4 ? bytes[0] === 127 : bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1;
const isMulticast = (bytes: readonly number[], family: 4 | 6): boolean => (family === 4 ? bytes[0]! >> 4 === 14 : bytes[0] === 0xff);
const isLinkLocalMulticast = (bytes: readonly number[], family: 4 | 6): boolean =>
  family === 4 ? bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0 : bytes[0] === 0xff && (bytes[1]! & 0x0f) === 2;
const isLinkLocalUnicast = (bytes: readonly number[], family: 4 | 6): boolean =>
  family === 4 ? bytes[0] === 169 && bytes[1] === 254 : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
const isBroadcast = (bytes: readonly number[], family: 4 | 6): boolean => family === 4 && bytes.every((byte) => byte === 255);
const isGlobalUnicast = (bytes: readonly number[], family: 4 | 6): boolean =>
  !isBroadcast(bytes, family) && !isUnspecified(bytes) && !isLoopback(bytes, family) && !isMulticast(bytes, family) && !isLinkLocalUnicast(bytes, family);

export const ipLibrary: Library = {
  name: 'kubernetes.net.ip',
  types: [ipType],
  functions: [
    fn(
      'ip',
      global('string_to_ip', [string], ipType, (text) => toIp(text as string)),
    ),
    fn(
      'family',
      member('ip_family', [ipType], int, (value) => (value as IpValue).address.family),
    ),
    fn(
      'ip.isCanonical',
      global('ip_is_canonical', [string], bool, (text) => {
        const address = readIp(text as string);
        return address instanceof CelError ? address : addressText(address) === text;
      }),
    ),
    addressTest('isUnspecified', 'ip_is_unspecified', isUnspecified),
    addressTest('isLoopback', 'ip_is_loopback', isLoopback),
    addressTest('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
    addressTest('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
    addressTest('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
    fn(
      'isIP',
      global('is_ip', [string], bool, (text) => !(readIp(text as string) instanceof CelError)),
    ),
    fn(
      'string',
      global('ip_to_string', [ipType], string, (value) => String(value)),
    ),
  ],
};

const containsIp = (cidr: Value, ip: Value): Value => (ip instanceof IpValue ? prefixContains((cidr as CidrValue).prefix, ip.address) : overloadErrorFor(cidr));
const containsCidr = (cidr: Value, other: Value): Value =>
  other instanceof CidrValue ? prefixCovers((cidr as CidrValue).prefix, other.prefix) : overloadErrorFor(other);

export const cidrLibrary: Library = {
  name: 'kubernetes.net.cidr',
  types: [cidrType],
  functions: [
    fn(
      'cidr',
      global('string_to_cidr', [string], cidrType, (text) => toCidr(text as string)),
    ),
    fn(
      'containsIP',
      member('cidr_contains_ip_string', [cidrType, string], bool, (cidr, text) => containsIp(cidr!, toIp(text as string))),
      member('cidr_contains_ip_ip', [cidrType, ipType], bool, (cidr, ip) => containsIp(cidr!, ip!)),
    ),
    fn(
      'containsCIDR',
      member('cidr_contains_cidr_string', [cidrType, string], bool, (cidr, text) => containsCidr(cidr!, toCidr(text as string))),
      member('cidr_contains_cidr', [cidrType, cidrType], bool, (cidr, other) => containsCidr(cidr!, other!)),
    ),
    fn(
      'ip',
      member('cidr_ip', [cidrType], ipType, (cidr) => new IpValue((cidr as CidrValue).prefix.address)),
    ),
    fn(
      'prefixLength',
      member('cidr_prefix_length', [cidrType], int, (cidr) => (cidr as CidrValue).prefix.bits),
    ),
    fn(
      'masked',
      member('cidr_masked', [cidrType], cidrType, (cidr) => {
        const { prefix } = cidr as CidrValue;
        return new CidrValue({ ...prefix, address: masked(prefix) });
      }),
    ),
    fn(
      'isCIDR',
      global('is_cidr', [string], bool, (text) => !(readCidr(text as string) instanceof CelError)),
    ),
    fn(
      'string',
      global('cidr_to_string', [cidrType], string, (value) => String(value)),
    ),
  ],
};
