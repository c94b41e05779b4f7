import { isIP } from 'node:net';

/**
 * The bytes of an IP address: 4 or 16.
 * @returns undefined for what is not one.
 */
export function ipBytes(address: string): Uint8Array | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return Uint8Array.from(version === 4 ? address.split('.').map(Number) : ip6Bytes(address.replace(/%.*$/, '')));
}

function ip6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const front = groups(head);
  if (tail === undefined) return front;
  const back = groups(tail);
  return [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back];
}

/** `a:b:1.2.3.4`: the last group may be an IPv4 address. */
const groups = (text: string): number[] =>
  text === ''
    ? []
    : text.split(':').flatMap((group) => {
        if (group.includes('.')) return group.split('.').map(Number);
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });
