import { createHash } from 'node:crypto';
import { parseTokenFile, requestHeaderRemover, userFromRequestHeaders, userFromSubject } from '@apiserver-kit/authn';

/** The recorded users have null for groups that nobody gave, except those of headers. */
const shown = ({ name, uid = '', groups, extra = {} }, noGroups = null) => ({ username: name, uid, groups: groups.length > 0 ? groups : noGroups, extra });

const operations = {
  x509({ commonName, organizations, uidAttributes, rawBytes }) {
    const attributes = [
      { type: '2.5.4.3', value: commonName },
      ...(organizations ?? []).map((value) => ({ type: '2.5.4.10', value })),
      ...uidAttributes.map((value) => ({ type: '1.3.6.1.4.1.57683.2', value })),
    ];
    const user = userFromSubject(attributes, createHash('sha256').update(rawBytes).digest('hex'));
    return user ? { ok: true, user: shown(user) } : { ok: false };
  },
  requestHeader({ headers, userHeaders, uidHeaders, groupHeaders, extraPrefixes }) {
    const names = { user: userHeaders, uid: uidHeaders, groups: groupHeaders, extraPrefixes };
    const user = userFromRequestHeaders(headers, names);
    const left = { ...headers };
    if (user) requestHeaderRemover(names)(left);
    return { ok: user !== undefined, headersLeft: Object.keys(left).sort(), ...(user && { user: shown(user, []) }) };
  },
  tokenFile: ({ csv }) => Object.fromEntries([...parseTokenFile(csv, { name: 'FILE' })].map(([token, user]) => [token, shown(user)])),
};

export default (input) => operations[input.op](input);
