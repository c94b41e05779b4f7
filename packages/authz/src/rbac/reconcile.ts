/** What a role or a binding lacks of what it should be, and how to write it (k8s.io/component-helpers/auth/rbac/reconciliation). */
import { jsonEqual, type LabelSelectorObject } from '@apiserver-kit/machinery';
import { autoupdateAnnotation } from './bootstrap.js';
import { uncoveredRules } from './covers.js';
import type { AggregationRule, Role, RoleBinding, RoleRef, Subject } from './policy.js';
import { isSemanticallyEqual } from './semantic-equal.js';

/**
 * What to do with an object: `recreate` is to delete it (of its uid) and create the other one.
 * `object` is what it should be after; for `none` as it is.
 */
export interface Reconciliation<T> {
  readonly operation: 'none' | 'create' | 'update' | 'recreate';
  readonly object: T;
  /** True where the annotation says that the object is not to be touched: then `operation` is `none`. */
  readonly isProtected: boolean;
}

/**
 * Brings a Role or a ClusterRole up to what is expected. Adds rules, selectors, labels and annotations; takes away none that somebody added,
 * but for an aggregation that was not expected.
 */
export function reconcileRole(existing: Role | undefined, expected: Role): Reconciliation<Role> {
  if (existing === undefined) return { operation: 'create', object: expected, isProtected: false };
  const missingRules = uncoveredRules(existing.rules ?? [], expected.rules ?? []);
  return update(existing, {
    ...withoutUnexpectedAggregation(existing, expected),
    ...aggregationWith(existing.aggregationRule, missingSelectors(existing.aggregationRule, expected.aggregationRule)),
    metadata: mergedMetadata(existing, expected),
    ...(missingRules.length > 0 && { rules: [...(existing.rules ?? []), ...missingRules] }),
  });
}

/** Brings a RoleBinding or a ClusterRoleBinding up to what is expected. Adds subjects, labels and annotations; one to another role is made anew. */
export function reconcileBinding(existing: RoleBinding | undefined, expected: RoleBinding): Reconciliation<RoleBinding> {
  if (existing === undefined) return { operation: 'create', object: expected, isProtected: false };
  if (!isSameRoleRef(existing.roleRef, expected.roleRef))
    return isProtected(existing) ? { operation: 'none', object: existing, isProtected: true } : { operation: 'recreate', object: expected, isProtected: false };
  const missing = missingSubjects(existing.subjects ?? [], expected.subjects ?? []);
  return update(existing, {
    ...existing,
    metadata: mergedMetadata(existing, expected),
    ...(missing.length > 0 && { subjects: [...(existing.subjects ?? []), ...missing] }),
  });
}

function update<T extends Role | RoleBinding>(existing: T, wanted: T): Reconciliation<T> {
  if (isProtected(existing)) return { operation: 'none', object: existing, isProtected: true };
  const isDone = isSemanticallyEqual(existing, wanted);
  return { operation: isDone ? 'none' : 'update', object: isDone ? existing : wanted, isProtected: false };
}

const isProtected = ({ metadata }: Role | RoleBinding): boolean => metadata.annotations?.[autoupdateAnnotation] === 'false';

/** What is there wins over what is expected. */
function mergedMetadata({ metadata }: Role | RoleBinding, { metadata: expected }: Role | RoleBinding): Role['metadata'] {
  return {
    ...metadata,
    labels: { ...expected.labels, ...metadata.labels },
    annotations: { ...expected.annotations, ...metadata.annotations },
  };
}

function withoutUnexpectedAggregation(existing: Role, expected: Role): Role {
  if (!existing.aggregationRule || expected.aggregationRule) return existing;
  const { aggregationRule: _, ...rest } = existing;
  return rest as Role;
}

const aggregationWith = (existing: AggregationRule | null | undefined, missing: readonly LabelSelectorObject[]): Partial<Role> =>
  missing.length === 0 ? {} : { aggregationRule: { ...existing, clusterRoleSelectors: [...(existing?.clusterRoleSelectors ?? []), ...missing] } };

function missingSelectors(existing: AggregationRule | null | undefined, expected: AggregationRule | null | undefined): LabelSelectorObject[] {
  const known = existing?.clusterRoleSelectors ?? [];
  return (expected?.clusterRoleSelectors ?? []).filter((selector) => !known.some((other) => isSemanticallyEqual(other, selector)));
}

const isSameRoleRef = (a: RoleRef, b: RoleRef): boolean => (a.apiGroup ?? '') === (b.apiGroup ?? '') && a.kind === b.kind && a.name === b.name;

const subjectKey = ({ kind, apiGroup = '', name, namespace = '' }: Subject): string[] => [kind, apiGroup, name, namespace];

function missingSubjects(existing: readonly Subject[], expected: readonly Subject[]): Subject[] {
  const missing: Subject[] = [];
  for (const subject of expected) if (![...existing, ...missing].some((other) => jsonEqual(subjectKey(other), subjectKey(subject)))) missing.push(subject);
  return missing;
}
