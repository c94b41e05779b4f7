/** Attribute-based access control out of a file of policies, one a line (pkg/auth/authorizer/abac). */
import { isRecord, parseJson } from '@apiserver-kit/machinery';
import { groupAuthenticated, type UserInfo } from '@apiserver-kit/pipeline';
import { allowed, type Attributes, type Authorizer, type Verdict } from '../authorizer.js';
import { urlCovers } from '../rbac/rule-match.js';

/** What one line allows. A user or a group has to be named; `*` stands for all of a kind. */
export interface AbacPolicy {
  readonly user?: string;
  readonly group?: string;
  readonly readonly?: boolean;
  readonly apiGroup?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly nonResourcePath?: string;
}

const noPolicy: Verdict = Object.freeze({ decision: 'noOpinion', reason: 'No policy matched.' });
const readingVerbs = ['get', 'list', 'watch'];

/** Allows what one of the policies does. */
export const abac = (policies: readonly AbacPolicy[]): Authorizer => ({
  name: 'abac',
  authorize: (attributes) => (policies.some((policy) => policyAllows(policy, attributes)) ? allowed : noPolicy),
  rulesFor(user, namespace) {
    const matching = policies.filter((policy) => subjectMatches(policy, user) && (policy.namespace === '*' || (policy.namespace ?? '') === namespace));
    const verbs = ({ readonly: isReadOnly = false }: AbacPolicy): string[] => (isReadOnly ? readingVerbs : ['*']);
    return {
      resourceRules: matching.flatMap((policy) =>
        policy.resource ? [{ verbs: verbs(policy), apiGroups: [policy.apiGroup ?? ''], resources: [policy.resource] }] : [],
      ),
      nonResourceRules: matching.flatMap((policy) => (policy.nonResourcePath ? [{ verbs: verbs(policy), nonResourceURLs: [policy.nonResourcePath] }] : [])),
      isIncomplete: false,
    };
  },
});

function policyAllows(policy: AbacPolicy, attributes: Attributes): boolean {
  if (!subjectMatches(policy, attributes.user)) return false;
  if (policy.readonly && !readingVerbs.includes(attributes.verb)) return false;
  const is = (value: string | undefined, asked: string): boolean => value === '*' || (value ?? '') === asked;
  if (!attributes.isResourceRequest) return policy.nonResourcePath === '*' || urlCovers(policy.nonResourcePath ?? '', attributes.path);
  return is(policy.namespace, attributes.namespace) && is(policy.resource, attributes.resource) && is(policy.apiGroup, attributes.apiGroup);
}

/** All that is named has to match, and something has to be named. */
function subjectMatches({ user: name = '', group = '' }: AbacPolicy, user: UserInfo | undefined): boolean {
  if (user === undefined || (name === '' && group === '')) return false;
  if (name !== '' && name !== '*' && name !== user.name) return false;
  return group === '' || group === '*' || user.groups.includes(group);
}

const policyVersion = 'abac.authorization.kubernetes.io/v1beta1';

/**
 * Reads a file of policies (`--authorization-policy-file`): JSON, one policy a line; lines that are empty or begin with `#` say nothing.
 * @param path for messages.
 * @param warn is told of lines of the form that was before versions.
 * @throws Error naming the line that cannot be read.
 */
export function parseAbacPolicies(text: string, path: string, warn: (message: string) => void = () => {}): AbacPolicy[] {
  let hasOldLines = false;
  const policies = text.split('\n').flatMap((line, at): AbacPolicy[] => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    try {
      const value = parseJson(trimmed);
      if (!isRecord(value)) throw new Error('a policy is an object');
      if (value.apiVersion === policyVersion && value.kind === 'Policy') return [versioned(fields(isRecord(value.spec) ? value.spec : {}))];
      hasOldLines = true;
      return [unversioned(fields(value))];
    } catch (error) {
      throw new Error(`error reading policy file ${path}, line ${at + 1}: ${line}: ${(error as Error).message}`, { cause: error });
    }
  });
  if (hasOldLines) warn(`Policy file ${path} contained unversioned rules. See docs/admin/authorization.md#abac-mode for ABAC file format details.`);
  return policies;
}

const names = ['user', 'group', 'apiGroup', 'resource', 'namespace', 'nonResourcePath'] as const;

function fields(spec: Record<string, unknown>): AbacPolicy {
  const policy: Record<string, string | boolean> = {};
  for (const name of names) {
    const value = spec[name] ?? '';
    if (typeof value !== 'string') throw new Error(`${name} is no string`);
    policy[name] = value;
  }
  const isReadOnly = spec.readonly ?? false;
  if (typeof isReadOnly !== 'boolean') throw new Error('readonly is no boolean');
  return { ...policy, readonly: isReadOnly };
}

/** A star for a user or a group means whoever has shown a credential. */
const versioned = (policy: AbacPolicy): AbacPolicy =>
  policy.user === '*' || policy.group === '*' ? { ...policy, user: '', group: groupAuthenticated } : policy;

/** In the oldest form what is not said means everything. */
function unversioned(policy: AbacPolicy): AbacPolicy {
  const { user = '', group = '', namespace = '', resource = '', readonly: isReadOnly } = policy;
  const isForAll = (user === '' && group === '') || user === '*' || group === '*';
  return {
    user: isForAll ? '' : user,
    group: isForAll ? groupAuthenticated : group,
    readonly: isReadOnly,
    apiGroup: '*',
    namespace: namespace || '*',
    resource: resource || '*',
    nonResourcePath: namespace === '' && resource === '' ? '*' : '',
  };
}
