/** The objects that configure flow control (flowcontrol.apiserver.k8s.io/v1), as far as they are read. */
import type { KubeObject } from '@apiserver-kit/machinery';

export const flowControlGroup = 'flowcontrol.apiserver.k8s.io';
export const flowControlApiVersion = `${flowControlGroup}/v1`;

export interface FlowSubject {
  readonly kind: string;
  readonly user?: { readonly name: string };
  readonly group?: { readonly name: string };
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

export interface FlowResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly clusterScope?: boolean;
  readonly namespaces?: readonly string[];
}

export interface FlowNonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export interface FlowRule {
  readonly subjects: readonly FlowSubject[];
  readonly resourceRules?: readonly FlowResourceRule[];
  readonly nonResourceRules?: readonly FlowNonResourceRule[];
}

export interface FlowSchemaSpec {
  readonly priorityLevelConfiguration: { readonly name: string };
  readonly matchingPrecedence: number;
  readonly distinguisherMethod?: { readonly type: string };
  readonly rules?: readonly FlowRule[];
}

export interface FlowSchemaCondition {
  readonly type?: string;
  readonly status?: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Which requests belong to which level of priority, and which of them are one flow. */
export type FlowSchema = KubeObject & {
  readonly spec: FlowSchemaSpec;
  readonly status?: { readonly conditions?: readonly FlowSchemaCondition[] };
};

export interface Queuing {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

export interface LimitedPriorityLevel {
  readonly nominalConcurrencyShares?: number;
  readonly limitResponse: { readonly type: string; readonly queuing?: Queuing };
  readonly lendablePercent?: number;
  readonly borrowingLimitPercent?: number;
}

export interface PriorityLevelSpec {
  readonly type: string;
  readonly limited?: LimitedPriorityLevel;
  readonly exempt?: { readonly nominalConcurrencyShares?: number; readonly lendablePercent?: number };
}

/** How much of the server a level of priority has, and what becomes of its requests when that is used up. */
export type PriorityLevelConfiguration = KubeObject & { readonly spec: PriorityLevelSpec };

/** Their names are fixed: the server needs these two of each kind whatever is stored. */
export const exemptName = 'exempt';
export const catchAllName = 'catch-all';
