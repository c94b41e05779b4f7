/** The flow schemas and priority levels of a new cluster (k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap). */
import {
  catchAllName,
  exemptName,
  type FlowResourceRule,
  type FlowRule,
  type FlowSchema,
  type FlowSubject,
  flowControlApiVersion,
  type PriorityLevelConfiguration,
  type PriorityLevelSpec,
} from './objects.js';

export const autoUpdateAnnotation = 'apf.kubernetes.io/autoupdate-spec';

/** Objects that the server keeps up to date. */
export interface FlowControlBootstrap {
  /** Held to their form whatever anybody does. */
  readonly mandatory: { readonly flowSchemas: readonly FlowSchema[]; readonly priorityLevels: readonly PriorityLevelConfiguration[] };
  /** An operator may change them, and then they stay as they are. */
  readonly suggested: { readonly flowSchemas: readonly FlowSchema[]; readonly priorityLevels: readonly PriorityLevelConfiguration[] };
}

const object = <Spec>(kind: string, name: string, spec: Spec) => ({
  apiVersion: flowControlApiVersion,
  kind,
  metadata: { name, annotations: { [autoUpdateAnnotation]: 'true' } },
  spec,
  status: {},
});

const level = (name: string, spec: PriorityLevelSpec): PriorityLevelConfiguration => object('PriorityLevelConfiguration', name, spec);

/** A level whose requests wait in queues. */
const queued = (name: string, nominalConcurrencyShares: number, lendablePercent: number, queues: number, handSize: number): PriorityLevelConfiguration =>
  level(name, {
    type: 'Limited',
    limited: { nominalConcurrencyShares, limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } }, lendablePercent },
  });

const schema = (name: string, priorityLevel: string, matchingPrecedence: number, method: string, ...rules: FlowRule[]): FlowSchema =>
  object('FlowSchema', name, {
    priorityLevelConfiguration: { name: priorityLevel },
    matchingPrecedence,
    ...(method !== '' && { distinguisherMethod: { type: method } }),
    rules,
  });

const user = (name: string): FlowSubject => ({ kind: 'User', user: { name } });
const group = (name: string): FlowSubject => ({ kind: 'Group', group: { name } });
const serviceAccounts = (namespace: string): FlowSubject => ({ kind: 'ServiceAccount', serviceAccount: { namespace, name: '*' } });
const everybody = [group('system:unauthenticated'), group('system:authenticated')];

const resources = (verbs: string[], apiGroup: string, names: string[], isClusterScoped: boolean): FlowResourceRule => ({
  verbs,
  apiGroups: [apiGroup],
  resources: names,
  ...(isClusterScoped && { clusterScope: true }),
  namespaces: ['*'],
});

/** Whatever they ask. */
const all = (...subjects: FlowSubject[]): FlowRule => ({
  subjects,
  resourceRules: [resources(['*'], '*', ['*'], true)],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

const byUser = 'ByUser';
const byNamespace = 'ByNamespace';

/** The objects of the reference. */
export const flowControlBootstrap: FlowControlBootstrap = {
  mandatory: {
    flowSchemas: [schema(exemptName, exemptName, 1, '', all(group('system:masters'))), schema(catchAllName, catchAllName, 10_000, byUser, all(...everybody))],
    priorityLevels: [
      level(catchAllName, { type: 'Limited', limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' }, lendablePercent: 0 } }),
      level(exemptName, { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
    ],
  },
  suggested: {
    flowSchemas: [
      schema('system-nodes', 'system', 500, byUser, all(group('system:nodes'))),
      schema('system-node-high', 'node-high', 400, byUser, {
        subjects: [group('system:nodes')],
        resourceRules: [resources(['*'], '', ['nodes', 'nodes/status'], true), resources(['*'], 'coordination.k8s.io', ['leases'], false)],
      }),
      schema('probes', exemptName, 2, '', {
        subjects: everybody,
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
      }),
      schema('system-leader-election', 'leader-election', 100, byUser, {
        subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler'), serviceAccounts('kube-system')],
        resourceRules: [resources(['get', 'create', 'update'], 'coordination.k8s.io', ['leases'], false)],
      }),
      schema('kube-controller-manager', 'workload-high', 800, byNamespace, all(user('system:kube-controller-manager'))),
      schema('kube-scheduler', 'workload-high', 800, byNamespace, all(user('system:kube-scheduler'))),
      schema('kube-system-service-accounts', 'workload-high', 900, byNamespace, all(serviceAccounts('kube-system'))),
      schema('service-accounts', 'workload-low', 9000, byUser, all(group('system:serviceaccounts'))),
      schema('global-default', 'global-default', 9900, byUser, all(...everybody)),
    ],
    priorityLevels: [
      queued('system', 30, 33, 64, 6),
      queued('node-high', 40, 25, 64, 6),
      queued('leader-election', 10, 0, 16, 4),
      queued('workload-high', 40, 50, 128, 6),
      queued('workload-low', 100, 90, 128, 6),
      queued('global-default', 20, 50, 128, 6),
    ],
  },
};
