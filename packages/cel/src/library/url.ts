/** URLs. */
import * as types from '../types/type.js';
import { listOf, mapOf, struct } from '../types/type.js';
import { EntriesMap } from '../values/map.js';
import { ArrayList, CelError, ObjectValue, type Value, noSuchOverload } from '../values/value.js';
import { type FunctionDeclaration, type Library, fn, global, member } from './declaration.js';
import { type GoUrl, UrlError, parseQuery, parseRequestUri, parseUrl, splitHostPort } from './go-url.js';

const { bool, string } = types;
const urlType = struct('kubernetes.URL');

class UrlValue extends ObjectValue {
  readonly type = urlType;
  constructor(readonly url: GoUrl) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof UrlValue ? this.url.text === other.url.text : noSuchOverload;
  }
  override toString(): string {
    return this.url.text;
  }
}

/** The result, or what the reader says is wrong. */
function reading<T>(read: () => T): T | CelError {
  try {
    return read();
  } catch (error) {
    if (error instanceof UrlError) return new CelError(error.message);
    throw error;
  }
}

function toUrl(text: string): Value {
  const url = reading(() => {
    parseRequestUri(text);
    return parseUrl(text);
  });
  return url instanceof CelError ? new CelError(`URL parse error during conversion from string: ${url.message}`) : new UrlValue(url);
}

const getter = (name: string, id: string, read: (url: GoUrl) => string): FunctionDeclaration =>
  fn(
    name,
    member(id, [urlType], string, (value) => read((value as UrlValue).url)),
  );

const queryOf = ({ rawQuery }: GoUrl): Value => new EntriesMap([...parseQuery(rawQuery)].map(([name, values]) => [name, new ArrayList(values)] as const));

export const urlLibrary: Library = {
  name: 'kubernetes.urls',
  functions: [
    fn(
      'url',
      global('string_to_url', [string], urlType, (text) => toUrl(text as string)),
    ),
    getter('getScheme', 'url_get_scheme', ({ scheme }) => scheme),
    getter('getHost', 'url_get_host', ({ host }) => host),
    getter('getHostname', 'url_get_hostname', ({ host }) => splitHostPort(host).host),
    getter('getPort', 'url_get_port', ({ host }) => splitHostPort(host).port),
    getter('getEscapedPath', 'url_get_escaped_path', ({ escapedPath }) => escapedPath),
    fn(
      'getQuery',
      member('url_get_query', [urlType], mapOf(string, listOf(string)), (value) => queryOf((value as UrlValue).url)),
    ),
    fn(
      'isURL',
      global('is_url_string', [string], bool, (text) => !(reading(() => parseRequestUri(text as string)) instanceof CelError)),
    ),
  ],
};
