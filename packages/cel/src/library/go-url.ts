/** URLs as Go's net/url reads and prints them. Texts are handled as bytes, one character each. */
import { goQuote } from '@apiserver-kit/machinery';
import { parseAddress } from './ip-address.js';

export interface GoUrl {
  readonly scheme: string;
  readonly opaque: string;
  /** With its port. */
  readonly host: string;
  readonly escapedPath: string;
  readonly rawQuery: string;
  readonly text: string;
}

export class UrlError extends Error {}

const toBytes = (text: string): string => Buffer.from(text).toString('latin1');
const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

type Part = 'path' | 'host' | 'zone' | 'user' | 'query' | 'fragment';

const alwaysPlain = /[A-Za-z0-9\-_.~]/;
/** What else may stand as it is. */
const plain: Readonly<Record<Part, string>> = {
  path: '$&+,/:;=@',
  host: '!$&\'()*+,;=:[]<>"',
  zone: '!$&\'()*+,;=:[]<>"',
  user: '$&+,;=',
  query: '',
  fragment: "$&+,/:;=?@!()*'",
};
const mustEscape = (char: string, part: Part): boolean => !alwaysPlain.test(char) && !plain[part].includes(char);

function escaped(bytes: string, part: Part): string {
  return bytes.replace(/[\s\S]/g, (char) => (mustEscape(char, part) ? `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}` : char));
}

const isHex = (text: string): boolean => /^[\da-fA-F]{2}$/.test(text);

function unescaped(bytes: string, part: Part): string {
  for (let at = 0; at < bytes.length; at++) {
    const char = bytes[at]!;
    if (char === '%') {
      const code = bytes.slice(at + 1, at + 3);
      if (!isHex(code) || !allowsEscape(code, part)) throw new UrlError(`invalid URL escape ${goQuote(fromBytes(bytes.slice(at, at + 3)))}`);
      at += 2;
    } else if ((part === 'host' || part === 'zone') && char < '\x80' && mustEscape(char, part)) {
      throw new UrlError(`invalid character ${goQuote(char)} in host name`);
    }
  }
  const spaced = part === 'query' ? bytes.replaceAll('+', ' ') : bytes;
  return spaced.replace(/%([\da-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** In hosts only what is not ASCII may be escaped, in zones also what may stand there anyway. */
function allowsEscape(code: string, part: Part): boolean {
  if (code === '25') return true;
  const value = Number.parseInt(code, 16);
  if (part === 'host') return value >= 0x80;
  return part !== 'zone' || value === 0x20 || !mustEscape(String.fromCharCode(value), 'host');
}

/** @throws UrlError with Go's sentence. */
function wrapped<T>(url: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UrlError) throw new UrlError(`parse ${goQuote(url)}: ${error.message}`);
    throw error;
  }
}

/**
 * `url.ParseRequestURI`: an absolute URI or an absolute path.
 * @throws UrlError
 */
export function parseRequestUri(url: string): GoUrl {
  return wrapped(url, () => parse(toBytes(url), '', true));
}

/**
 * `url.Parse`.
 * @throws UrlError
 */
export function parseUrl(url: string): GoUrl {
  const hash = url.indexOf('#');
  const [before, fragment] = hash < 0 ? [url, ''] : [url.slice(0, hash), url.slice(hash + 1)];
  wrapped(before, () => parse(toBytes(before), '', false));
  return wrapped(url, () => parse(toBytes(before), toBytes(fragment), false));
}

function schemeOf(bytes: string): { scheme: string; rest: string } {
  const match = /^[A-Za-z][A-Za-z0-9+\-.]*:/.exec(bytes);
  if (match) return { scheme: match[0].slice(0, -1).toLowerCase(), rest: bytes.slice(match[0].length) };
  if (bytes.startsWith(':')) throw new UrlError('missing protocol scheme');
  return { scheme: '', rest: bytes };
}

function parse(bytes: string, fragment: string, isRequest: boolean): GoUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(bytes)) throw new UrlError('net/url: invalid control character in URL');
  if (bytes === '' && isRequest) throw new UrlError('empty url');
  if (bytes === '*') return { scheme: '', opaque: '', host: '', escapedPath: '*', rawQuery: '', text: '*' };
  const { scheme, rest: afterScheme } = schemeOf(bytes);
  const forcesQuery = afterScheme.indexOf('?') === afterScheme.length - 1 && afterScheme.endsWith('?');
  const mark = afterScheme.indexOf('?');
  let rest = mark < 0 ? afterScheme : afterScheme.slice(0, mark);
  const rawQuery = mark < 0 ? '' : afterScheme.slice(mark + 1);
  const query = `${forcesQuery || rawQuery !== '' ? `?${rawQuery}` : ''}${fragment === '' ? '' : `#${escapedForm(fragment, 'fragment')}`}`;
  if (!rest.startsWith('/')) {
    if (scheme !== '') return finish({ scheme, opaque: rest, host: '', escapedPath: '', rawQuery, text: `${scheme}:${rest}${query}` });
    if (isRequest) throw new UrlError('invalid URI for request');
    if (rest.split('/', 1)[0]!.includes(':')) throw new UrlError('first path segment in URL cannot contain colon');
  }
  let [host, user] = ['', ''];
  let omitsHost = false;
  if ((scheme !== '' || (!isRequest && !rest.startsWith('///'))) && rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash < 0 ? '' : rest.slice(slash);
    ({ host, user } = parseAuthority(scheme, authority));
  } else omitsHost = scheme !== '' && rest.startsWith('/');
  const escapedPath = escapedForm(rest, 'path');
  const slashes = !omitsHost && (scheme !== '' || host !== '' || user !== '') && (host !== '' || rest !== '' || user !== '') ? '//' : '';
  const text = `${scheme === '' ? '' : `${scheme}:`}${slashes}${user}${escaped(host, 'host')}${escapedPath}${query}`;
  return finish({ scheme, opaque: '', host, escapedPath, rawQuery, text });
}

const finish = (url: GoUrl): GoUrl => ({ ...url, host: fromBytes(url.host), opaque: fromBytes(url.opaque), text: fromBytes(url.text) });

const validForm: Readonly<Record<'path' | 'fragment', RegExp>> = {
  path: /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/,
  fragment: /^[A-Za-z0-9\-_.~$&+,/:;=?@!'()*[\]%]*$/,
};

/** As it was written, if it might be written so. */
function escapedForm(bytes: string, part: 'path' | 'fragment'): string {
  const plainForm = unescaped(bytes, part);
  return validForm[part].test(bytes) ? bytes : escaped(plainForm, part);
}

function parseAuthority(scheme: string, authority: string): { host: string; user: string } {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return { host, user: '' };
  const info = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(info)) throw new UrlError('net/url: invalid userinfo');
  const colon = info.indexOf(':');
  const parts = (colon < 0 ? [info] : [info.slice(0, colon), info.slice(colon + 1)]).map((part) => escaped(unescaped(part, 'user'), 'user'));
  return { host, user: `${parts.join(':')}@` };
}

const isPort = (text: string): boolean => /^(?::\d*)?$/.test(text);

function checkPort(port: string): void {
  if (!isPort(port)) throw new UrlError(`invalid port ${goQuote(fromBytes(port))} after host`);
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new UrlError('invalid IP-literal');
  if (open === 0) return parseBracketed(host);
  const first = host.indexOf(':');
  if (first >= 0) checkPort(host.slice(scheme === 'http' || scheme === 'https' ? first : host.lastIndexOf(':')));
  return unescaped(host, 'host');
}

function parseBracketed(host: string): string {
  const close = host.lastIndexOf(']');
  if (close < 0) throw new UrlError("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const name = host.slice(1, close);
  const zone = name.indexOf('%25');
  const plainName = zone < 0 ? unescaped(name, 'host') : unescaped(name.slice(0, zone), 'host') + unescaped(name.slice(zone), 'zone');
  const address = parseAddress(plainName);
  if (typeof address === 'string') throw new UrlError(`invalid host: ${address}`);
  if (address.family === 4) throw new UrlError('invalid IP-literal');
  return `[${plainName}]${port}`;
}

/** The host without its port and brackets, and the port. */
export function splitHostPort(hostPort: string): { host: string; port: string } {
  const colon = hostPort.lastIndexOf(':');
  const hasPort = colon >= 0 && isPort(hostPort.slice(colon));
  const host = hasPort ? hostPort.slice(0, colon) : hostPort;
  return { host: host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host, port: hasPort ? hostPort.slice(colon + 1) : '' };
}

/** The values by name; what is malformed is left out. */
export function parseQuery(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    try {
      const name = fromBytes(unescaped(equals < 0 ? pair : pair.slice(0, equals), 'query'));
      const value = fromBytes(unescaped(equals < 0 ? '' : pair.slice(equals + 1), 'query'));
      values.set(name, [...(values.get(name) ?? []), value]);
    } catch (error) {
      if (!(error instanceof UrlError)) throw error;
    }
  }
  return values;
}
