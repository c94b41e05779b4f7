/** The kinds of rbac.authorization.k8s.io. */
import {
  child,
  type FieldError,
  index,
  invalidValue,
  type JsonObject,
  labelSelectorFrom,
  nameIsDNSSubdomain,
  notSupported,
  pathSegmentName,
  required,
} from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { goStruct, immutable, invalidEach, labelSelectorRule } from './rules.js';

const group = 'rbac.authorization.k8s.io';

function policyRule(rule: JsonObject, path: string, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const isEmpty = (field: string): boolean => textsAt(rule, field).length === 0;
  if (isEmpty('verbs')) errors.push(required(child(path, 'verbs'), 'verbs must contain at least one value'));
  if (!isEmpty('nonResourceURLs')) {
    const [urls, urlsPath] = [rule.nonResourceURLs, child(path, 'nonResourceURLs')];
    if (namespaced) errors.push(invalidValue(urlsPath, urls, 'namespaced rules cannot apply to non-resource URLs'));
    if (!isEmpty('apiGroups') || !isEmpty('resources') || !isEmpty('resourceNames'))
      errors.push(invalidValue(urlsPath, urls, 'rules cannot apply to both regular resources and non-resource URLs'));
    return errors;
  }
  if (isEmpty('apiGroups')) errors.push(required(child(path, 'apiGroups'), 'resource rules must supply at least one api group'));
  if (isEmpty('resources')) errors.push(required(child(path, 'resources'), 'resource rules must supply at least one resource'));
  return errors;
}

const rules = (role: JsonObject, namespaced: boolean): FieldError[] =>
  recordsAt(role, 'rules').flatMap((rule, at) => policyRule(rule, index('rules', at), namespaced));

export const validateRole = (role: JsonObject): FieldError[] => rules(role, true);

function aggregated(selector: JsonObject, path: string): FieldError[] {
  const errors = labelSelectorRule(selector, path);
  try {
    labelSelectorFrom(selector);
  } catch {
    errors.push(invalidValue(path, null, 'invalid label selector.'));
  }
  return errors;
}

export function validateClusterRole(role: JsonObject): FieldError[] {
  const errors = rules(role, false);
  if (!has(role, 'aggregationRule')) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = recordsAt(recordAt(role, 'aggregationRule'), 'clusterRoleSelectors');
  if (selectors.length === 0) errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  return [...errors, ...selectors.flatMap((selector, at) => aggregated(selector, index(path, at)))];
}

function subject(value: JsonObject, path: string, namespaced: boolean): FieldError[] {
  const [name, kind, apiGroup] = [textAt(value, 'name'), textAt(value, 'kind'), textAt(value, 'apiGroup')];
  const errors: FieldError[] = [];
  const groupPath = child(path, 'apiGroup');
  if (name === '') errors.push(required(child(path, 'name')));
  if (kind === 'ServiceAccount') {
    if (name !== '') errors.push(...invalidEach(nameIsDNSSubdomain(name), child(path, 'name'), name));
    if (apiGroup !== '') errors.push(notSupported(groupPath, apiGroup, ['']));
    if (!namespaced && textAt(value, 'namespace') === '') errors.push(required(child(path, 'namespace')));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== group) errors.push(notSupported(groupPath, apiGroup, [group]));
  } else errors.push(notSupported(child(path, 'kind'), kind, ['ServiceAccount', 'User', 'Group']));
  return errors;
}

const roleRefFields = { APIGroup: 'apiGroup', Kind: 'kind', Name: 'name' };

const binding =
  (namespaced: boolean) =>
  (value: JsonObject, old: JsonObject | undefined): FieldError[] => {
    const roleRef = recordAt(value, 'roleRef');
    const [apiGroup, kind, name] = [textAt(roleRef, 'apiGroup'), textAt(roleRef, 'kind'), textAt(roleRef, 'name')];
    const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
    return [
      ...(apiGroup === group ? [] : [notSupported('roleRef.apiGroup', apiGroup, [group])]),
      ...(kinds.includes(kind) ? [] : [notSupported('roleRef.kind', kind, kinds)]),
      ...(name === '' ? [required('roleRef.name')] : invalidEach(pathSegmentName(name), 'roleRef.name', name)),
      ...recordsAt(value, 'subjects').flatMap((item, at) => subject(item, index('subjects', at), namespaced)),
      ...(old ? immutable(roleRef, recordAt(old, 'roleRef'), 'roleRef', goStruct(roleRef, roleRefFields)) : []),
    ];
  };

export const validateRoleBinding = binding(true);
export const validateClusterRoleBinding = binding(false);
