/** The objects of rbac.authorization.k8s.io/v1, as they stand in storage: lists that are empty may be null or missing. */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { LabelSelectorObject } from '@apiserver-kit/machinery';

export const rbacGroup = 'rbac.authorization.k8s.io';
export const rbacApiVersion = 'rbac.authorization.k8s.io/v1';

type List = readonly string[] | null;

export interface PolicyRule {
  readonly verbs?: List;
  readonly apiGroups?: List;
  readonly resources?: List;
  readonly resourceNames?: List;
  readonly nonResourceURLs?: List;
}

export interface AggregationRule {
  readonly clusterRoleSelectors?: readonly LabelSelectorObject[] | null;
}

/** A Role or a ClusterRole. */
export interface Role extends KubeObject {
  rules?: readonly PolicyRule[] | null;
  /** Of ClusterRoles only. */
  aggregationRule?: AggregationRule | null;
}

export interface RoleRef {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

/** A RoleBinding or a ClusterRoleBinding. */
export interface RoleBinding extends KubeObject {
  subjects?: readonly Subject[] | null;
  roleRef: RoleRef;
}
