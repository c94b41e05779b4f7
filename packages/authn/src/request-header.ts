/** What a front proxy says of the user in headers (k8s.io/apiserver/pkg/authentication/request/headerrequest). */
import type { UserInfo } from '@apiserver-kit/pipeline';

/** The headers in which a front proxy names the user, asked in order and without regard to case. */
export interface RequestHeaderNames {
  /** The first with a value wins. */
  readonly user: readonly string[];
  readonly uid: readonly string[];
  /** All values of all of them. */
  readonly groups: readonly string[];
  /** What follows the prefix, lower-case and percent-decoded, is the extra's key. */
  readonly extraPrefixes: readonly string[];
}

/** The names that front proxies use where nobody chose others. */
export const standardRequestHeaders: RequestHeaderNames = {
  user: ['X-Remote-User'],
  uid: ['X-Remote-Uid'],
  groups: ['X-Remote-Group'],
  extraPrefixes: ['X-Remote-Extra-'],
};

/** All the values of each header. */
export type HeaderValues = Readonly<Record<string, readonly string[]>>;

/** The user that the headers name; undefined when they name none. Believe them only when a certificate says that a front proxy sent them. */
export function userFromRequestHeaders(headers: HeaderValues, names: RequestHeaderNames = standardRequestHeaders): UserInfo | undefined {
  const byName = new Map(Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values]));
  const first = (candidates: readonly string[]): string => {
    for (const candidate of candidates) {
      const value = byName.get(candidate.toLowerCase())?.[0];
      if (value) return value;
    }
    return '';
  };
  const name = first(names.user);
  if (name === '') return undefined;
  const groups = names.groups.flatMap((header) => byName.get(header.toLowerCase())?.filter((value) => value !== '') ?? []);
  const extra = new Map<string, string[]>();
  for (const prefix of names.extraPrefixes.map((text) => text.toLowerCase())) {
    for (const [header, values] of byName) {
      if (!header.startsWith(prefix)) continue;
      const key = percentDecoded(header.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), ...values]);
    }
  }
  return { name, uid: first(names.uid), groups, extra: Object.fromEntries(extra) };
}

/** Makes what takes the headers that name a user, by any of these names, out of a request. */
export function requestHeaderRemover(...names: readonly RequestHeaderNames[]): (headers: Record<string, unknown>) => void {
  const exact = new Set(names.flatMap(({ user, uid, groups }) => [...user, ...uid, ...groups]).map((name) => name.toLowerCase()));
  const prefixes = [...new Set(names.flatMap(({ extraPrefixes }) => extraPrefixes).map((prefix) => prefix.toLowerCase()))];
  return (headers) => {
    for (const name in headers) {
      const lower = name.toLowerCase();
      if (exact.has(lower) || prefixes.some((prefix) => lower.startsWith(prefix))) delete headers[name];
    }
  };
}

/** As Go's url.PathUnescape; text that is not well percent-encoded stays as it is. */
function percentDecoded(text: string): string {
  if (!text.includes('%') || /%(?![0-9a-f]{2})/i.test(text)) return text;
  return Buffer.from(
    text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}
