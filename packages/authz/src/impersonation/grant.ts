/** Whether somebody may be another: each thing that is asked for is a question to the authorizer. */
import { asStatusError, dns1123Subdomain, fieldErrorText, goQuote, invalidValue, isReason } from '@apiserver-kit/machinery';
import { anonymousUser, groupAuthenticated, groupMasters, groupUnauthenticated, type UserInfo } from '@apiserver-kit/pipeline';
import { forbiddenError } from '../authorization.js';
import { ask, type Attributes, type Authorizer } from '../authorizer.js';
import { nodeOfUsername, serviceAccountGroups, serviceAccountOfUsername } from './user-kinds.js';
import type { WantedUser } from './wanted-user.js';

/**
 * Asks, and is content with an allow only.
 * @throws StatusError Forbidden.
 */
export async function confirm(authorizer: Authorizer, attributes: Attributes): Promise<void> {
  const { decision, reason, error } = await ask(authorizer, attributes);
  if (decision === 'allow') return;
  if (isReason(error, 'Forbidden')) throw asStatusError(error)!;
  throw forbiddenError(attributes, [error?.message, reason].filter((text) => text !== undefined && text !== '').join(': '));
}

/** As whom questions are asked, and with which verb. */
export interface Grant {
  readonly authorizer: Authorizer;
  readonly requestor: UserInfo;
  /** `impersonate`, or `impersonate:MODE`. */
  readonly verb: string;
  /** Constrained impersonation asks in a group of its own, and refuses more (KEP-5284). */
  readonly isConstrained: boolean;
}

/** From so many on, whoever may be in all groups is asked about once. */
const manyQuestions = 4;

/**
 * The user that the requestor may be; with the groups that nodes and service accounts always have, and `system:authenticated`.
 * @throws StatusError Forbidden, for the first thing that is not allowed.
 */
export async function grantUser(grant: Grant, wanted: WantedUser): Promise<UserInfo> {
  const groups = await grantName(grant, wanted);
  if (wanted.uid !== '') await confirm(grant.authorizer, about(grant, 'uids', wanted.uid));
  await grantGroups(grant, wanted.groups);
  await grantExtra(grant, wanted.extra);
  return {
    name: wanted.name,
    groups: withStandardGroup(wanted.name, groups),
    ...(wanted.uid !== '' && { uid: wanted.uid }),
    ...(wanted.extra.size > 0 && { extra: Object.fromEntries(wanted.extra) }),
  };
}

/** A question of the group authentication.k8s.io. */
const about = ({ requestor, verb }: Grant, resource: string, name: string): Attributes => ({
  user: requestor,
  verb,
  isResourceRequest: true,
  apiGroup: 'authentication.k8s.io',
  apiVersion: 'v1',
  namespace: '',
  resource,
  subresource: '',
  name,
  path: '',
  fieldSelector: '',
  labelSelector: '',
});

/** Names and groups were in the core group before there was another. */
const aboutSubject = (grant: Grant, resource: string, name: string): Attributes => ({
  ...about(grant, resource, name),
  ...(!grant.isConstrained && { apiGroup: '' }),
});

async function grantName(grant: Grant, { name, groups }: WantedUser): Promise<readonly string[]> {
  const node = grant.isConstrained ? nodeOfUsername(name) : undefined;
  if (node !== undefined) {
    await confirm(grant.authorizer, aboutSubject(grant, 'nodes', node));
    return ['system:nodes'];
  }
  const account = serviceAccountOfUsername(name);
  if (account !== undefined) {
    await confirm(grant.authorizer, { ...aboutSubject(grant, 'serviceaccounts', account.name), namespace: account.namespace });
    return groups.length === 0 ? serviceAccountGroups(account.namespace) : groups;
  }
  await confirm(grant.authorizer, aboutSubject(grant, 'users', name));
  return groups;
}

async function grantGroups(grant: Grant, groups: readonly string[]): Promise<void> {
  const question = (name: string): Attributes => aboutSubject(grant, 'groups', name);
  if (grant.isConstrained) {
    if (groups.includes('')) throw forbiddenError(question(''), 'impersonating the empty string group is not allowed');
    if (groups.includes(groupMasters)) throw forbiddenError(question(groupMasters), 'impersonating the system:masters group is not allowed');
    if (groups.length >= manyQuestions && (await isAllowed(grant, question('*')))) return;
  }
  for (const group of groups) await confirm(grant.authorizer, question(group));
}

async function grantExtra(grant: Grant, extra: WantedUser['extra']): Promise<void> {
  if (extra.size === 0) return;
  const question = (key: string, value: string): Attributes => ({ ...about(grant, 'userextras', value), subresource: key });
  if (grant.isConstrained) {
    for (const [key, values] of extra) {
      const wrong = extraError(key, values);
      if (wrong !== undefined) throw forbiddenError(question('', ''), wrong);
    }
    const count = [...extra.values()].reduce((sum, values) => sum + values.length, 0);
    if (count >= manyQuestions && (await isAllowed(grant, question('*', '*')))) return;
  }
  for (const [key, values] of extra) for (const value of values) await confirm(grant.authorizer, question(key, value));
}

const isAllowed = async ({ authorizer }: Grant, attributes: Attributes): Promise<boolean> => (await ask(authorizer, attributes)).decision === 'allow';

/** What constrained impersonation has against an extra; undefined for nothing. */
function extraError(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  const wrong = domainPrefixedPath(key);
  if (wrong.length > 0) return `impersonating an invalid key in extra is not allowed: ${wrong.length === 1 ? wrong[0] : `[${wrong.join(', ')}]`}`;
  if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${goQuote(key)}`;
  if (values.length === 0) return 'impersonating empty values in extra is not allowed';
  return values.includes('') ? 'impersonating the empty string value in extra is not allowed' : undefined;
}

const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathPattern = new RegExp(`^${pathFormat}$`);

/** What is wrong with a key that has to be like `acme.io/foo`. */
function domainPrefixedPath(text: string): string[] {
  const said = (value: string, detail: string): string => fieldErrorText(invalidValue('extra.key', value, detail));
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) return [said(text, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const host = text.slice(0, slash);
  const path = text.slice(slash + 1);
  const wrong = dns1123Subdomain(host).map((detail) => said(host, detail));
  if (!pathPattern.test(path)) wrong.push(said(path, `Invalid path (regex used for validation is '${pathFormat}')`));
  return wrong;
}

function withStandardGroup(name: string, groups: readonly string[]): readonly string[] {
  if (name !== anonymousUser && groups.includes(groupUnauthenticated)) return groups;
  const standard = name === anonymousUser ? groupUnauthenticated : groupAuthenticated;
  return groups.includes(standard) ? groups : [...groups, standard];
}
