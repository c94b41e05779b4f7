/** Telling a server behind us who the user is (k8s.io/client-go/transport: SetAuthProxyHeaders). */
import type { UserInfo } from '@apiserver-kit/pipeline';

const identity = new Set(['x-remote-user', 'x-remote-uid', 'x-remote-group', 'authorization']);

/** Whether a header says who the user is, or would be: what clients sent of these never goes on. */
export const isIdentityHeader = (name: string): boolean => identity.has(name) || name.startsWith('x-remote-extra-') || name.startsWith('impersonate-');

/** Header text is bytes, one a character: the UTF-8 of a name. */
const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const encoder = new TextEncoder();
const isTokenByte = (byte: number): boolean => byte !== 0x25 && /[!#$&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte));

/** A key as part of a header's name: what may not stand there is percent-encoded. */
const escapedKey = (key: string): string =>
  [...encoder.encode(key)].map((byte) => (isTokenByte(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');

/** The headers that name a user, for whoever trusts our certificate. */
export function userHeaders({ name, uid, groups, extra = {} }: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'X-Remote-User': bytes(name) };
  if (uid) headers['X-Remote-Uid'] = bytes(uid);
  if (groups.length > 0) headers['X-Remote-Group'] = groups.map(bytes);
  for (const [key, values] of Object.entries(extra)) if (values.length > 0) headers[`X-Remote-Extra-${escapedKey(key)}`] = values.map(bytes);
  return headers;
}
