/** A file of fixed tokens: `token,user,uid,"group1,group2"` (k8s.io/apiserver/pkg/authentication/token/tokenfile). */
import { hash } from 'node:crypto';
import type { UserInfo } from '@apiserver-kit/pipeline';
import type { AuthResult } from './authenticator.js';
import type { TokenAuthenticator } from './bearer.js';
import { parseCsv } from './csv.js';
import { type WatchedFileOptions, watchedFile } from './watched-file.js';

export interface TokenFileOptions {
  /** What errors call the file. Default `token file`. */
  readonly name?: string;
  /** Told of lines that are dropped or that replace an earlier one. */
  readonly warn?: (message: string) => void;
}

/**
 * The users of a token file by their token. The last line with a token wins; a line without one is none.
 * @throws Error when it is not CSV, or a line has fewer than three columns.
 */
export function parseTokenFile(csv: string, { name = 'token file', warn }: TokenFileOptions = {}): Map<string, UserInfo> {
  const users = new Map<string, UserInfo>();
  let number = 0;
  for (const record of parseCsv(csv)) {
    const [token, user, uid, groups] = record;
    if (token === undefined || user === undefined || uid === undefined)
      throw new Error(`token file '${name}' must have at least 3 columns (token, user name, user uid), found ${record.length}`);
    number++;
    if (token === '') {
      warn?.(`empty token has been found in token file '${name}', record number '${number}'`);
      continue;
    }
    if (users.has(token)) warn?.(`duplicate token has been found in token file '${name}', record number '${number}'`);
    users.set(token, { name: user, uid, groups: groups === undefined ? [] : groups.split(',') });
  }
  return users;
}

/**
 * Knows the users of a token file. `csv` is its text.
 *
 * Tokens are kept and looked up as digests: how long a look-up takes tells nothing of how much of a token was right.
 *
 * @throws Error as {@link parseTokenFile}.
 */
export function tokenFile(csv: string, options?: TokenFileOptions): TokenAuthenticator {
  const byDigest = new Map<string, AuthResult>();
  for (const [token, user] of parseTokenFile(csv, options)) byDigest.set(hash('sha256', token), Object.freeze({ user: Object.freeze(user) }));
  return { name: 'tokenFile', authenticateToken: (token) => byDigest.get(hash('sha256', token)) };
}

/**
 * Knows the users of a token file, and of what it becomes. Content that is no good is not taken: the users before stay.
 * @throws Error when the file cannot be read the first time, and as {@link parseTokenFile}.
 */
export function watchedTokenFile(path: string, options: WatchedFileOptions & Pick<TokenFileOptions, 'warn'> = {}): TokenAuthenticator & AsyncDisposable {
  const file = watchedFile(path, (csv) => tokenFile(csv, { name: path, warn: options.warn }), options);
  return {
    name: 'tokenFile',
    authenticateToken: (token, ctx) => file.value.authenticateToken(token, ctx),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
