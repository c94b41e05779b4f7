/** The subresources of a built-in resource, each by its name. */
import { notFound } from '@apiserver-kit/machinery';
import type { Strategy, Subresource } from '@apiserver-kit/rest';
import { type BuiltinResource, builtinResource, type BuiltinSubresource } from '../../resources.js';
import { fieldManagers } from '../field-managers.js';
import { finalizeStrategyOf } from '../namespaces.js';
import { type BuiltinOptions, servedSubresources } from '../options.js';
import { scaleOf } from '../scale.js';
import { signingRequestApprovalStrategy, signingRequestStatusStrategy } from '../signing-requests.js';
import type { BuiltinStores } from '../stores.js';
import { statusStrategyOf } from '../strategy.js';
import { bindingAction } from './binding.js';
import { type FindNode, nodeProxy, podLog, podProxy, podStream, serviceProxy } from './connections.js';
import { evictionAction } from './eviction.js';
import { tokenAction } from './token.js';

type Options = BuiltinOptions & { readonly stores: BuiltinStores };
type Made = Omit<Subresource, 'verbs' | 'kind'>;
type Make = (row: BuiltinResource, strategy: Strategy, options: Options) => Made;

const nodes = builtinResource({ group: '', version: 'v1', kind: 'Node' })!;
const budgets = builtinResource({ group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' })!;

const findNodeIn =
  (stores: BuiltinStores): FindNode =>
  async (name) => {
    const entry = await stores.of(nodes).get('', name);
    if (!entry) throw notFound({ group: '', resource: 'nodes' }, name);
    return entry.object();
  };

const streamOf =
  (kind: string, ofContainer = true): Make =>
  (_, __, { stores, escalation }) => ({
    connect: podStream({ kind, ofContainer, findNode: findNodeIn(stores), authorizer: escalation?.authorizer }),
  });

const proxies: Readonly<Record<string, () => Made>> = {
  Node: () => ({ connect: nodeProxy() }),
  Pod: () => ({ connect: podProxy() }),
  Service: () => ({ connect: serviceProxy() }),
};

const makers: Readonly<Record<BuiltinSubresource['name'], Make>> = {
  approval: (row) => ({ strategy: signingRequestApprovalStrategy(row) }),
  attach: streamOf('PodAttachOptions'),
  binding: () => ({ create: bindingAction() }),
  eviction: (_, __, { stores }) => ({ create: evictionAction(stores.of(budgets)) }),
  exec: streamOf('PodExecOptions'),
  finalize: (row) => ({ strategy: finalizeStrategyOf(row) }),
  log: (_, __, { stores }) => ({ connect: podLog(findNodeIn(stores)) }),
  portforward: streamOf('PodPortForwardOptions', false),
  proxy: ({ kind }) => proxies[kind]!(),
  // A scale is a way to write the object: by the object's own rules.
  scale: (row, strategy) => ({ strategy, projection: scaleOf(row) }),
  status: (row) => ({ strategy: row.kind === 'CertificateSigningRequest' ? signingRequestStatusStrategy(row) : statusStrategyOf(row) }),
  token: (_, __, { requestToken }) => ({ create: tokenAction(requestToken!) }),
};

/** Those whose writes end up in the object, or in an answer that says who wrote what. */
const accounted = new Set<BuiltinSubresource['name']>(['status', 'scale', 'finalize', 'approval', 'token']);

export function subresourcesOf(row: BuiltinResource, strategy: Strategy, options: Options): Record<string, Subresource> {
  const managerOf = fieldManagers(row);
  return Object.fromEntries(
    servedSubresources(row, options).map(({ name, verbs, kind }) => [
      name,
      { verbs, ...(kind && { kind }), ...(accounted.has(name) && { fieldManager: managerOf(name) }), ...makers[name](row, strategy, options) },
    ]),
  );
}
