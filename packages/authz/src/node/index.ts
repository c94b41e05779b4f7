/** What kubelets may do: what has to do with their own node (plugin/pkg/auth/authorizer/node). */
import { type FieldRequirement, goQuote, parseFieldSelector } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import { allowed, type Attributes, type Authorizer, noOpinion, type Verdict } from '../authorizer.js';
import { bootstrapPolicy } from '../rbac/bootstrap.js';
import type { PolicyRule } from '../rbac/policy.js';
import { ruleAllows } from '../rbac/rule-match.js';
import type { NodeGraph } from './graph.js';
import type { NodeObjectKind } from './pod-references.js';

export * from './graph.js';
export type { NodeObjectKind } from './pod-references.js';

const nodePrefix = 'system:node:';
const nodesGroup = 'system:nodes';
const leaseNamespace = 'kube-node-lease';

/** The node that a user is: `''` for one without a name, undefined for who is no node. */
export const nodeOfUser = (user: UserInfo | undefined): string | undefined =>
  user?.name.startsWith(nodePrefix) && user.groups.includes(nodesGroup) ? user.name.slice(nodePrefix.length) : undefined;

/** No opinion, with the reason for it. */
const because = (reason: string): Verdict => ({ decision: 'noOpinion', reason });

type Judge = (node: string, attributes: Attributes, graph: NodeGraph) => Verdict;

/**
 * Lets nodes (`system:node:NAME` of the group `system:nodes`) read the objects that their pods need, and act on their own; everything else they
 * need goes by fixed rules. What they write is to be judged by the admission plugin NodeRestriction: it sees the objects.
 * @param rules for what is not told apart by node. Default: those of the role `system:node`.
 */
export function nodeAuthorizer(graph: NodeGraph, rules: readonly PolicyRule[] = nodeRules()): Authorizer {
  return {
    name: 'node',
    authorize(attributes) {
      const node = nodeOfUser(attributes.user);
      if (node === undefined) return noOpinion;
      if (node === '') return because(`unknown node for user ${goQuote(attributes.user!.name)}`);
      const judge = attributes.isResourceRequest ? judges[`${attributes.apiGroup}/${attributes.resource}`] : undefined;
      if (judge !== undefined) return judge(node, attributes, graph);
      return rules.some((rule) => ruleAllows(rule, attributes)) ? allowed : noOpinion;
    },
    rulesFor: (user) =>
      nodeOfUser(user) === undefined
        ? { resourceRules: [], nonResourceRules: [], isIncomplete: false }
        : { resourceRules: [], nonResourceRules: [], isIncomplete: true, error: new Error('node authorizer does not support user rule resolution') },
  };
}

const nodeRules = (): readonly PolicyRule[] => bootstrapPolicy().clusterRoles.find(({ metadata }) => metadata.name === 'system:node')!.rules ?? [];

function related(kind: NodeObjectKind, node: string, { namespace, name }: Attributes, graph: NodeGraph): Verdict {
  if (name === '') return because('No Object name found');
  return graph.isRelated(node, kind, namespace, name) ? allowed : because(`no relationship found between node '${node}' and this object`);
}

const readOne =
  (kind: NodeObjectKind): Judge =>
  (node, attributes, graph) => {
    if (attributes.verb !== 'get') return because('can only get individual resources of this type');
    return attributes.subresource === '' ? related(kind, node, attributes, graph) : because('cannot get subresource');
  };

const readNamespaced =
  (kind: NodeObjectKind): Judge =>
  (node, attributes, graph) => {
    if (!['get', 'list', 'watch'].includes(attributes.verb)) return because('can only read resources of this type');
    if (attributes.subresource !== '') return because('cannot read subresource');
    return attributes.namespace === '' ? because('can only read namespaced object of this type') : related(kind, node, attributes, graph);
  };

const claim: Judge = (node, attributes, graph) => {
  if (attributes.subresource !== 'status') return readOne('persistentvolumeclaim')(node, attributes, graph);
  if (!['update', 'patch'].includes(attributes.verb)) return because('can only get/update/patch this type');
  return related('persistentvolumeclaim', node, attributes, graph);
};

const serviceAccount: Judge = (node, attributes, graph) => {
  const { verb, subresource, name } = attributes;
  if (verb === 'get' && subresource === '') return readNamespaced('serviceaccount')(node, attributes, graph);
  if (verb !== 'create' || name === '') return because('can only create tokens for individual service accounts');
  if (subresource !== 'token') return because('can only create token subresource of serviceaccount');
  return related('serviceaccount', node, attributes, graph);
};

const lease: Judge = (node, { verb, namespace, name }) => {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return because('can only get, create, update, patch, or delete a node lease');
  if (namespace !== leaseNamespace) return because(`can only access leases in the "${leaseNamespace}" system namespace`);
  // The name of what is created is in its body: admission looks.
  return verb === 'create' || name === node ? allowed : because('can only access node lease with the same name as the requesting node');
};

const csiNode: Judge = (node, { verb, subresource, name }) => {
  if (subresource === 'status') return because('CSINode status access requires CSIVolumeHealth feature');
  if (subresource !== '') return because('cannot authorize CSINode subresources');
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return because('can only get, create, update, patch, or delete a CSINode');
  return verb === 'create' || name === node ? allowed : because('can only access CSINode with the same name as the requesting node');
};

/** Whether a list is of one node's objects only. A selector that cannot be read selects nothing here: it narrows nothing. */
function isSelected({ fieldSelector }: Attributes, field: string, node: string): boolean {
  if (fieldSelector === '') return false;
  let requirements: readonly FieldRequirement[];
  try {
    ({ requirements } = parseFieldSelector(fieldSelector));
  } catch {
    return false;
  }
  return requirements.some((requirement) => requirement.field === field && requirement.operator === '=' && requirement.value === node);
}

const resourceSlice: Judge = (node, attributes, graph) => {
  if (attributes.subresource !== '') return because('cannot authorize ResourceSlice subresources');
  switch (attributes.verb) {
    case 'create':
      return allowed;
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return related('resourceslice', node, attributes, graph);
    case 'watch':
    case 'list':
    case 'deletecollection':
      return isSelected(attributes, 'spec.nodeName', node)
        ? allowed
        : because('can only list/watch/deletecollection resourceslices with nodeName field selector');
    default:
      return because('only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection');
  }
};

const certificateRequest: Judge = (node, attributes, graph) => {
  const { verb, subresource } = attributes;
  if (subresource !== '') return because('nodes may not access the status subresource of PodCertificateRequests');
  if (verb === 'create') return allowed;
  if (verb === 'get') return related('podcertificaterequest', node, attributes, graph);
  if (verb !== 'list' && verb !== 'watch') return because(`nodes may not ${verb} podcertificaterequests`);
  return isSelected(attributes, 'spec.nodeName', node) ? allowed : because('can only list/watch podcertificaterequests with nodeName field selector');
};

const ownNode: Judge = (node, { verb, subresource, name }) => {
  const isWrite = verb === 'update' || verb === 'patch';
  if (subresource === 'status') return isWrite ? allowed : noOpinion;
  if (subresource !== '') return noOpinion;
  if (isWrite || verb === 'create') return allowed;
  if (!['get', 'list', 'watch'].includes(verb)) return noOpinion;
  if (name === node) return allowed;
  return because(`node '${node}' cannot read ${name === '' ? 'all nodes' : `'${name}'`}, only its own Node object`);
};

const pod: Judge = (node, attributes, graph) => {
  const { verb, subresource, name } = attributes;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allowed : noOpinion;
  if (subresource === 'eviction') return verb === 'create' ? allowed : noOpinion;
  if (subresource !== '') return noOpinion;
  if (verb === 'create' || verb === 'delete') return allowed;
  if (verb === 'get') return readOne('pod')(node, attributes, graph);
  if (verb !== 'list' && verb !== 'watch') return noOpinion;
  if (isSelected(attributes, 'spec.nodeName', node)) return allowed;
  return name === '' ? because('can only list/watch pods with spec.nodeName field selector') : related('pod', node, attributes, graph);
};

/** Resources that are told apart by node. */
const judges: Readonly<Record<string, Judge>> = {
  '/secrets': readNamespaced('secret'),
  '/configmaps': readNamespaced('configmap'),
  '/persistentvolumeclaims': claim,
  '/persistentvolumes': readOne('persistentvolume'),
  'resource.k8s.io/resourceclaims': readOne('resourceclaim'),
  'storage.k8s.io/volumeattachments': readOne('volumeattachment'),
  '/serviceaccounts': serviceAccount,
  'coordination.k8s.io/leases': lease,
  'storage.k8s.io/csinodes': csiNode,
  'resource.k8s.io/resourceslices': resourceSlice,
  '/nodes': ownNode,
  '/pods': pod,
  'certificates.k8s.io/podcertificaterequests': certificateRequest,
};
