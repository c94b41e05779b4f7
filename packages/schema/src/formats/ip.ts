/** IP and hardware addresses as Go's net package reads them. */

/** How strictly numbers are read: `sloppy` allows leading zeros, as Go did before 1.17 and the reference still does for some formats. */
type Reading = 'strict' | 'sloppy';

const octet: Record<Reading, RegExp> = { strict: /^(?:0|[1-9]\d{0,2})$/, sloppy: /^\d+$/ };
const group: Record<Reading, RegExp> = { strict: /^[\da-fA-F]{1,4}$/, sloppy: /^0*[\da-fA-F]{1,4}$/ };

/** `10.0.0.1` */
function isIPv4Address(text: string, reading: Reading): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((part) => octet[reading].test(part) && Number(part) <= 255);
}

/** `fe80::1`, `::ffff:10.0.0.1`, without a zone. */
function isIPv6Address(text: string, reading: Reading): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [i, half] of halves.entries()) {
    if (half === '' && halves.length === 2) continue;
    const parts = half.split(':');
    for (const [j, part] of parts.entries()) {
      const isLast = i === halves.length - 1 && j === parts.length - 1;
      if (isLast && part.includes('.')) {
        if (!isIPv4Address(part, reading)) return false;
        groups += 2;
      } else if (group[reading].test(part)) groups++;
      else return false;
    }
  }
  // "::" stands for at least one group.
  return halves.length === 2 ? groups < 8 : groups === 8;
}

function isAddress(text: string, reading: Reading): boolean {
  const separator = /[.:]/.exec(text)?.[0];
  return separator === '.' ? isIPv4Address(text, reading) : separator === ':' && isIPv6Address(text, reading);
}

/** An address of either family (`net.ParseIP`). */
export const isIP = (text: string): boolean => isAddress(text, 'strict');

/** What the reference calls ipv4: an address with a dot, so also `::ffff:10.0.0.1`. */
export const isIPv4 = (text: string): boolean => text.includes('.') && isAddress(text, 'sloppy');

/** What the reference calls ipv6: an address with a colon. */
export const isIPv6 = (text: string): boolean => text.includes(':') && isAddress(text, 'strict');

/** `10.0.0.0/8` */
export function isCIDR(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return false;
  const address = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  if (!/^\d+$/.test(bits)) return false;
  return isIPv4Address(address, 'sloppy') ? Number(bits) <= 32 : isIPv6Address(address, 'sloppy') && Number(bits) <= 128;
}

const macs =
  /^(?:[\da-f]{2}([:-])(?:[\da-f]{2}\1){4}(?:(?:[\da-f]{2}\1){2}|(?:[\da-f]{2}\1){14})?[\da-f]{2}|(?:[\da-f]{4}\.){2}(?:[\da-f]{4}\.|(?:[\da-f]{4}\.){7})?[\da-f]{4}|[\da-f]{12}(?:[\da-f]{4}|[\da-f]{28})?)$/i;

/** A hardware address of 6, 8 or 20 bytes: `00:11:22:33:44:55`, `0011.2233.4455`, `001122334455`. */
export const isMAC = (text: string): boolean => macs.test(text);
