/**
 * What the reference answers where a request would be led on to a container, a node or a service, up to where it dials: here nobody can be
 * reached (pkg/registry/core/pod/strategy.go, pkg/registry/core/pod/rest, pkg/registry/core/service/storage, pkg/registry/core/node).
 */
import { type Authorizer, ask, attributesOf, forbiddenError } from '@apiserver-kit/authz';
import {
  badRequest,
  type FieldError,
  forbiddenField,
  internalError,
  invalid,
  invalidValue,
  type JsonObject,
  type KubeObject,
  notSupported,
  serviceUnavailable,
  unknownError,
} from '@apiserver-kit/machinery';
import type { ApiResponse, RequestContext } from '@apiserver-kit/pipeline';
import type { ConnectionCall, SubresourceConnection } from '@apiserver-kit/rest';
import { recordAt, recordsAt, textAt } from '../../types/read.js';
import { connectionOptions } from './connection-options.js';

/** Gives a node. @throws StatusError NotFound. */
export type FindNode = (name: string) => Promise<KubeObject>;

const unreachable = 'this server does not connect to nodes';
const nodeNameOf = (pod: KubeObject): string => textAt(recordAt(pod as JsonObject, 'spec'), 'nodeName');
const containersOf = (pod: KubeObject, list: string): readonly JsonObject[] => recordsAt(recordAt(pod as JsonObject, 'spec'), list);

/** The container that is meant. @throws StatusError BadRequest where that is none, or not clear. */
function checkContainer(pod: KubeObject, asked: string): void {
  const { name } = pod.metadata;
  const names = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    containersOf(pod, list).map((container) => textAt(container, 'name')),
  );
  if (asked !== '') {
    if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
    return;
  }
  const own = containersOf(pod, 'containers').length;
  if (own === 1) return;
  const choice = own === 0 ? '' : `, choose one of: [${names.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}${choice}`);
}

/** Sees that a node has an address. @throws StatusError where it has none that a kubelet could be reached at. */
function checkNode(node: KubeObject): void {
  const addresses = recordsAt(recordAt(node as JsonObject, 'status'), 'addresses');
  const preferred = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];
  if (addresses.some((address) => preferred.includes(textAt(address, 'type')))) return;
  const known = addresses.map((address) => `{${textAt(address, 'type')} ${textAt(address, 'address')}}`).join(' ');
  throw unknownError(`no preferred addresses found; known addresses: [${known}]`);
}

const upgrades = ({ request: { headers } }: RequestContext): boolean => /(^|,)\s*upgrade\s*(,|$)/i.test(headers.connection ?? '');

function dial(ctx: RequestContext): never {
  if (!upgrades(ctx)) throw badRequest('Upgrade request required');
  throw internalError(`error dialing backend: ${unreachable}`);
}

/** A stream that a browser may open by GET needs the permission to create it, too. */
async function authorize(ctx: RequestContext, authorizer: Authorizer | undefined): Promise<void> {
  if (!authorizer || ctx.info?.verb === 'create') return;
  const attributes = { ...attributesOf(ctx), verb: 'create' };
  const { decision, reason, error } = await ask(authorizer, attributes);
  if (decision === 'allow') return;
  throw forbiddenError(attributes, error ? error.message : reason);
}

export interface StreamOptions {
  readonly kind: string;
  /** Whether it is of one of the pod's containers. */
  readonly ofContainer: boolean;
  readonly findNode: FindNode;
  readonly authorizer: Authorizer | undefined;
}

/** `exec`, `attach`, `portforward`. */
export const podStream = ({ kind, ofContainer, findNode, authorizer }: StreamOptions): SubresourceConnection => ({
  options: connectionOptions(kind),
  async connect({ ctx, name, find }) {
    await authorize(ctx, authorizer);
    const pod = await find(name);
    if (ofContainer) checkContainer(pod, ctx.query.get('container') ?? '');
    if (nodeNameOf(pod) === '') throw badRequest(`pod ${name} does not have a host assigned`);
    checkNode(await findNode(nodeNameOf(pod)));
    return dial(ctx);
  },
});

function checkLogOptions(options: JsonObject, name: string): void {
  const { tailLines, limitBytes, sinceSeconds, sinceTime, stream = 'All' } = options;
  const errors: FieldError[] = [];
  if (tailLines !== undefined && Number(tailLines) < 0) errors.push(invalidValue('tailLines', Number(tailLines), 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && Number(limitBytes) < 1) errors.push(invalidValue('limitBytes', Number(limitBytes), 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceTime !== undefined) errors.push(forbiddenField('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && Number(sinceSeconds) < 1) {
    errors.push(invalidValue('sinceSeconds', Number(sinceSeconds), 'must be greater than 0'));
  }
  if (!['All', 'Stdout', 'Stderr'].includes(stream as string)) errors.push(notSupported('stream', stream, ['All', 'Stderr', 'Stdout']));
  if (stream !== 'All' && tailLines !== undefined) errors.push(forbiddenField('', '`tailLines` and specific `stream` are mutually exclusive for now'));
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors);
}

/** `log`: of a pod that no node has, there is nothing to read. */
export const podLog = (findNode: FindNode): SubresourceConnection => {
  const options = connectionOptions('PodLogOptions');
  return {
    isRead: true,
    async connect({ ctx, name, find }): Promise<ApiResponse> {
      checkLogOptions(options(ctx.query) as JsonObject, name);
      const pod = await find(name);
      checkContainer(pod, ctx.query.get('container') ?? '');
      if (nodeNameOf(pod) === '') return { status: 204, headers: {}, body: new Uint8Array(0) };
      checkNode(await findNode(nodeNameOf(pod)));
      throw internalError(unreachable);
    },
  };
};

/** `name`, `name:port` or `scheme:name:port`. */
function proxied(what: string, id: string): { readonly name: string; readonly port: string } {
  const parts = id.split(':');
  const [scheme, name, port] = parts.length === 3 ? (parts as [string, string, string]) : ['', parts[0]!, parts[1] ?? ''];
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme)) throw badRequest(`invalid ${what} request ${JSON.stringify(id)}`);
  return { name, port };
}

const cannotReach = (): never => {
  throw serviceUnavailable(`error trying to reach service: ${unreachable}`);
};

export const podProxy = (): SubresourceConnection => ({
  hasPath: true,
  options: connectionOptions('PodProxyOptions'),
  async connect({ name: id, find }) {
    const pod = await find(proxied('pod', id).name);
    const status = recordAt(pod as JsonObject, 'status');
    if (recordsAt(status, 'podIPs').length === 0 && textAt(status, 'podIP') === '') throw badRequest('address not allowed');
    return cannotReach();
  },
});

export const serviceProxy = (): SubresourceConnection => ({
  hasPath: true,
  options: connectionOptions('ServiceProxyOptions'),
  async connect({ name: id, find }: ConnectionCall) {
    const { name, port } = proxied('service', id);
    if (/^[+-]?\d+$/.test(port)) {
      const ports = recordsAt(recordAt((await find(name)) as JsonObject, 'spec'), 'ports');
      if (!ports.some((one) => Number(one.port) === Number(port)))
        throw serviceUnavailable(`no service port ${Number(port)} found for service ${JSON.stringify(name)}`);
    }
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  },
});

export const nodeProxy = (): SubresourceConnection => ({
  hasPath: true,
  options: connectionOptions('NodeProxyOptions'),
  async connect({ name: id, find }) {
    checkNode(await find(proxied('node', id).name));
    return cannotReach();
  },
});
