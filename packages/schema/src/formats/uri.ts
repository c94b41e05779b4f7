/** URIs as Go's `url.ParseRequestURI` reads them. */
import { isIPv6 } from './ip.js';

const hasBrokenEscape = (text: string): boolean => /%(?![\da-fA-F]{2})/.test(text);
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u001f\u007f]/;
const hostCharacters = /^(?:[!"$&'()*+,\-.0-9:;<=>A-Z[\]_a-z~]|[\u0080-\uffff]|%(?:25|[89a-fA-F][\da-fA-F]))*$/;
const zoneCharacters = /^(?:[!"$&'()*+,\-.0-9:;<=>A-Z[\]_a-z~]|[\u0080-\uffff])*$/;
const userCharacters = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const optionalPort = /^(?::\d*)?$/;

/** An absolute URI or an absolute path, without a fragment of its own. */
export function isRequestURI(text: string): boolean {
  if (text === '' || controls.test(text)) return false;
  if (text === '*') return true;
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined && text.startsWith(':')) return false;
  const rest = (scheme === undefined ? text : text.slice(scheme.length + 1)).split('?', 1)[0]!;
  if (!rest.startsWith('/')) return scheme !== undefined;
  if (scheme === undefined || !rest.startsWith('//')) return !hasBrokenEscape(rest);
  const slash = rest.indexOf('/', 2);
  const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
  return isAuthority(scheme, authority) && (slash < 0 || !hasBrokenEscape(rest.slice(slash)));
}

function isAuthority(scheme: string, authority: string): boolean {
  const at = authority.lastIndexOf('@');
  if (!isHost(scheme, authority.slice(at + 1))) return false;
  const user = authority.slice(0, Math.max(at, 0));
  return userCharacters.test(user) && !hasBrokenEscape(user);
}

function isHost(scheme: string, host: string): boolean {
  const open = host.lastIndexOf('[');
  if (open > 0) return false;
  if (open === 0) {
    const close = host.lastIndexOf(']');
    return close > 0 && optionalPort.test(host.slice(close + 1)) && isBracketed(host.slice(1, close));
  }
  const first = host.indexOf(':');
  // Lists of hosts with ports are allowed, but not for the web.
  const port = first < 0 ? '' : host.slice(scheme === 'http' || scheme === 'https' ? first : host.lastIndexOf(':'));
  return optionalPort.test(port) && hostCharacters.test(host);
}

function isBracketed(host: string): boolean {
  const zone = host.indexOf('%25');
  if (zone < 0) return isIPv6(host);
  if (hasBrokenEscape(host)) return false;
  // In a zone an escape may stand for a percent sign, a space, or what may stand there unescaped.
  const unescaped = host.slice(zone).replace(/%([\da-fA-F]{2})/g, (_, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return char === '%' || char === ' ' || zoneCharacters.test(char) ? 'x' : '%';
  });
  return zoneCharacters.test(unescaped) && host.length > zone + 3 && isIPv6(host.slice(0, zone));
}
