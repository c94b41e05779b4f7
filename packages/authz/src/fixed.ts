/** Authorizers whose answer is fixed by few things (k8s.io/apiserver/pkg/authorization/authorizerfactory and /path). */
import { groupMasters } from '@apiserver-kit/pipeline';
import { allowed, type Authorizer, noOpinion, type RuleSet, type Verdict } from './authorizer.js';

const everything: RuleSet = Object.freeze({
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  isIncomplete: false,
});
const nothing: RuleSet = Object.freeze({ resourceRules: [], nonResourceRules: [], isIncomplete: false });
const everythingForbidden: Verdict = Object.freeze({ decision: 'noOpinion', reason: 'Everything is forbidden.' });
const noUser: Verdict = Object.freeze({ decision: 'noOpinion', reason: 'Error', error: new Error('no user on request.') });

/** Allows everything to everybody. */
export const alwaysAllow = (): Authorizer => ({ name: 'alwaysallow', authorize: () => allowed, rulesFor: () => everything });

/** Allows nothing. */
export const alwaysDeny = (): Authorizer => ({ name: 'alwaysdeny', authorize: () => everythingForbidden, rulesFor: () => nothing });

/**
 * Allows everybody these paths, which are no resources: `/healthz`, or `/healthz/*` for all below.
 * @throws Error for a `*` that does not end its path.
 */
export function alwaysAllowPaths(paths: readonly string[]): Authorizer {
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const path of paths.map(withoutSlash)) {
    if (path.slice(0, -1).includes('*')) throw new Error(`only trailing * allowed in "${path}"`);
    if (path.endsWith('*')) prefixes.push(path.slice(0, -1));
    else exact.add(path);
  }
  return {
    name: 'kubernetes.io/always-allow-paths',
    authorize({ isResourceRequest, path }) {
      if (isResourceRequest) return noOpinion;
      const asked = withoutSlash(path);
      return exact.has(asked) || prefixes.some((prefix) => asked.startsWith(prefix)) ? allowed : noOpinion;
    },
  };
}

const withoutSlash = (path: string): string => (path.startsWith('/') ? path.slice(1) : path);

/** Allows everything to the members of these groups; of `system:masters` where none is named. */
export function privilegedGroups(...names: readonly string[]): Authorizer {
  const groups = new Set(names.length === 0 ? [groupMasters] : names);
  return {
    name: 'kubernetes.io/system-privileged-group',
    authorize: ({ user }) => (user === undefined ? noUser : user.groups.some((group) => groups.has(group)) ? allowed : noOpinion),
  };
}
