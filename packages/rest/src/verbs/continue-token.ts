/** Where the next page of a list begins (k8s.io/apiserver/pkg/storage/continue.go). */
import { badRequest, isRecord } from '@apiserver-kit/machinery';

export interface ContinueToken {
  /** The version of which the list is; -1 for whatever is there now. */
  readonly resourceVersion: number;
  /** Relative to the resource's prefix: pages begin at the first key from here on. */
  readonly start: string;
}

const apiVersion = 'meta.k8s.io/v1';

export const encodeContinue = ({ resourceVersion, start }: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: apiVersion, rv: resourceVersion, start })).toString('base64url');

const notValid = (why: string): Error => badRequest(`continue key is not valid: ${why}`);

/** @throws StatusError BadRequest for what this server, or one like it, has not given out. */
export function decodeContinue(token: string): ContinueToken {
  if (!/^[A-Za-z0-9_-]*$/.test(token)) throw notValid('illegal base64 data');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw notValid('it is not JSON');
  }
  if (!isRecord(value)) throw notValid('it is not an object');
  const { v, rv, start } = value;
  if (v !== apiVersion) throw notValid(`server does not recognize this encoded version ${JSON.stringify(v ?? '')}`);
  if (typeof rv !== 'number' || rv === 0) throw notValid(`incorrect encoded start resourceVersion (version ${apiVersion})`);
  if (typeof start !== 'string' || start === '') throw notValid(`encoded start key empty (version ${apiVersion})`);
  // A key that climbs out of the resource would list another's objects.
  if (start.startsWith('/') || start.split('/').includes('..')) throw notValid(start);
  return { resourceVersion: rv, start };
}
