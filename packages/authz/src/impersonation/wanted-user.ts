/** Whom the headers of a request ask to be (authentication.k8s.io Impersonate-*). */
import { badRequest, goQuote } from '@apiserver-kit/machinery';
import type { ApiRequest } from '@apiserver-kit/pipeline';

/** As asked for: nothing is filled in yet. */
export interface WantedUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

const userHeader = 'impersonate-user';
const uidHeader = 'impersonate-uid';
const groupHeader = 'impersonate-group';
const extraPrefix = 'impersonate-extra-';

const isImpersonationHeader = (name: string): boolean => name === userHeader || name === uidHeader || name === groupHeader || name.startsWith(extraPrefix);

/**
 * Whom a request wants to be; undefined when it wants to be nobody else. The headers that say so are taken out of it: nothing behind may act
 * on them a second time.
 * @throws StatusError BadRequest when groups, a uid or extras come without a user.
 */
export function takeWantedUser(request: ApiRequest): WantedUser | undefined {
  const headers = request.headers as Record<string, string | undefined>;
  let names: string[] | undefined;
  // `for in`: this runs for each request, and nearly none has such a header.
  for (const name in headers) if (name.startsWith('impersonate-') && headers[name] !== undefined && isImpersonationHeader(name)) (names ??= []).push(name);
  if (names === undefined) return undefined;

  const valuesOf = (name: string): readonly string[] => (names.includes(name) ? (request.headerValues?.(name) ?? [headers[name]!]).map(utf8) : []);
  const extra = new Map<string, readonly string[]>();
  for (const name of names.filter((header) => header.startsWith(extraPrefix))) {
    const key = pathUnescaped(name.slice(extraPrefix.length));
    extra.set(key, [...(extra.get(key) ?? []), ...valuesOf(name)]);
  }
  const wanted = { name: valuesOf(userHeader)[0] ?? '', uid: valuesOf(uidHeader)[0] ?? '', groups: valuesOf(groupHeader), extra };
  if (wanted.name === '') {
    if (wanted.uid === '' && wanted.groups.length === 0 && extra.size === 0) return undefined;
    throw badRequest(`requested ${goSyntax(wanted)} without impersonating a user name`);
  }
  for (const name of names) delete headers[name];
  return wanted;
}

/** Header text is bytes, one a character; a user's name is the UTF-8 in them. */
const utf8 = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8'));

/** As Go's url.PathUnescape; text that is not well percent-encoded stays as it is. */
function pathUnescaped(text: string): string {
  if (!text.includes('%') || /%(?![0-9a-f]{2})/i.test(text)) return text;
  const bytes = text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

const goStrings = (values: readonly string[]): string => `[]string{${values.map(goQuote).join(', ')}}`;

/** The reference's message has the user as Go writes one. */
function goSyntax({ name, uid, groups, extra }: WantedUser): string {
  const groupsText = groups.length === 0 ? '[]string(nil)' : goStrings(groups);
  const members = [...extra.keys()].sort().map((key) => `${goQuote(key)}:${goStrings(extra.get(key)!)}`);
  const extraText = members.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${members.join(', ')}}`;
  return `&user.DefaultInfo{Name:${goQuote(name)}, UID:${goQuote(uid)}, Groups:${groupsText}, Extra:${extraText}}`;
}
