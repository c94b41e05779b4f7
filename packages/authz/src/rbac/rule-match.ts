/** Whether a rule covers a request (pkg/apis/rbac/v1/evaluation_helpers.go). */
import type { Attributes } from '../authorizer.js';
import type { PolicyRule } from './policy.js';

type List = readonly string[] | null | undefined;

const holds = (list: List, value: string): boolean => list != null && (list.includes(value) || list.includes('*'));

/** True when the rule alone allows the request. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!holds(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResourceRequest) return pathMatches(rule.nonResourceURLs, attributes.path);
  return (
    holds(rule.apiGroups, attributes.apiGroup) &&
    resourceMatches(rule.resources, attributes.resource, attributes.subresource) &&
    nameMatches(rule.resourceNames, attributes.name)
  );
}

/** Resources stand as `pods`, `pods/log`, `*` for all of both kinds, or, with a star for the resource, that subresource of all. */
function resourceMatches(resources: List, resource: string, subresource: string): boolean {
  if (resources == null) return false;
  if (subresource === '') return holds(resources, resource);
  return holds(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

/** No names are all names. A request without a name (list, create) matches only those. */
const nameMatches = (names: List, name: string): boolean => names == null || names.length === 0 || names.includes(name);

function pathMatches(urls: List, path: string): boolean {
  if (urls == null) return false;
  return urls.some((url) => urlCovers(url, path));
}

/** Whether a path, or all that another pattern stands for, is among what the pattern stands for: itself, or all that begins as it does before its stars. */
export const urlCovers = (pattern: string, path: string): boolean => pattern === path || (pattern.endsWith('*') && path.startsWith(withoutStars(pattern)));

/** A pattern without the stars at its end, of which Go's TrimRight takes all. A loop: `/\*+$/` takes quadratic time on stars in the middle. */
export function withoutStars(url: string): string {
  let end = url.length;
  while (end > 0 && url[end - 1] === '*') end--;
  return url.slice(0, end);
}
