import { createHash } from 'node:crypto';
import type { UserInfo } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { type HeaderValues, requestHeaderRemover, userFromRequestHeaders } from './request-header.js';
import { parseTokenFile } from './token-file.js';
import { userFromSubject } from './x509/subject-user.js';

interface X509Input {
  op: 'x509';
  commonName: string;
  organizations: string[] | null;
  rawBytes: string;
  uidAttributes: unknown[];
}
interface HeaderInput {
  op: 'requestHeader';
  headers: HeaderValues;
  userHeaders: string[];
  uidHeaders: string[];
  groupHeaders: string[];
  extraPrefixes: string[];
}
interface TokenInput {
  op: 'tokenFile';
  csv: string;
}

// Go tells a list that is missing from an empty one; nothing that reads a user does.
const shown = ({ name, uid = '', groups, extra = {} }: UserInfo) => ({ username: name, uid, groups, extra });
const withLists = (output: unknown): unknown => JSON.parse(JSON.stringify(output), (key, value: unknown) => (key === 'groups' ? (value ?? []) : value));

function answer(input: X509Input | HeaderInput | TokenInput): unknown {
  if (input.op === 'x509') {
    const attributes = [
      { type: '2.5.4.3', value: input.commonName },
      ...(input.organizations ?? []).map((value) => ({ type: '2.5.4.10', value })),
      ...input.uidAttributes.map((value) => ({ type: '1.3.6.1.4.1.57683.2', value })),
    ];
    const user = userFromSubject(attributes, createHash('sha256').update(input.rawBytes).digest('hex'));
    return user ? { ok: true, user: shown(user) } : { ok: false };
  }
  if (input.op === 'tokenFile') return Object.fromEntries([...parseTokenFile(input.csv, { name: 'FILE' })].map(([token, user]) => [token, shown(user)]));
  const names = { user: input.userHeaders, uid: input.uidHeaders, groups: input.groupHeaders, extraPrefixes: input.extraPrefixes };
  const user = userFromRequestHeaders(input.headers, names);
  const left = { ...input.headers };
  if (user) requestHeaderRemover(names)(left);
  return { ok: user !== undefined, headersLeft: Object.keys(left).sort(), ...(user && { user: shown(user) }) };
}

describe('authentication answers as the reference', () => {
  for (const { name, input, output, error } of vectors<X509Input | HeaderInput | TokenInput>('authn')) {
    it(name, () => {
      if (error !== undefined) expect(() => answer(input)).toThrow(error);
      else expect(answer(input)).toEqual(withLists(output));
    });
  }
});
