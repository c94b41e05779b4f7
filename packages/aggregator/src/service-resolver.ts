/** Where a service is (k8s.io/apiserver/pkg/util/proxy). */
import { isIPv6 } from 'node:net';
import { type KubeObject, notFound, serviceUnavailable } from '@apiserver-kit/machinery';
import type { MaybePromise } from '@apiserver-kit/storage';

/** Gives `host:port` of a service's port. @throws Error when there is no such service, or it cannot be reached that way. */
export type ServiceResolver = (namespace: string, name: string, port: number) => string | Promise<string>;

/** The services of a cluster, and where their pods are. */
export interface ServiceObjects {
  service(namespace: string, name: string): MaybePromise<KubeObject | undefined>;
  /** The EndpointSlices of a service. */
  endpointSlices(namespace: string, service: string): MaybePromise<readonly KubeObject[]>;
  /** Calls back with the service whose object or slices have changed. Returns what ends that. */
  onChange?(listener: (namespace: string, name: string) => void): () => void;
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
}

export interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly externalName?: string;
  readonly ipFamilies?: readonly string[];
  readonly ports?: readonly ServicePort[];
}

/** discovery.k8s.io/v1 EndpointSlice, what of it matters here. */
export interface EndpointSlice {
  readonly addressType?: string;
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  readonly endpoints?: readonly { readonly addresses: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[];
}

export const specOf = (service: KubeObject): ServiceSpec => (service.spec ?? {}) as ServiceSpec;
export const typeOf = ({ type = 'ClusterIP' }: ServiceSpec): string => type;
export const isReady = ({ conditions }: { readonly conditions?: { readonly ready?: boolean } }): boolean => conditions?.ready !== false;

const hostPort = (host: string, port: number): string => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);

const balanced = new Set(['ClusterIP', 'LoadBalancer', 'NodePort']);
const unsupported = (type: string): Error => new Error(`unsupported service type "${type}"`);

async function found(services: Pick<ServiceObjects, 'service'>, namespace: string, name: string): Promise<ServiceSpec> {
  const service = await services.service(namespace, name);
  if (!service) throw notFound({ group: '', resource: 'service' }, name);
  return specOf(service);
}

function portOf({ ports = [] }: ServiceSpec, name: string, port: number): ServicePort {
  const one = ports.find((candidate) => candidate.port === port);
  if (!one) throw serviceUnavailable(`no service port ${port} found for service "${name}"`);
  return one;
}

/** Finds services by their cluster IPs, or their external names. */
export const clusterIPResolver =
  (services: Pick<ServiceObjects, 'service'>): ServiceResolver =>
  async (namespace, name, port) => {
    const spec = await found(services, namespace, name);
    const type = typeOf(spec);
    if (type === 'ExternalName') return hostPort(spec.externalName ?? '', port);
    if (!balanced.has(type)) throw unsupported(type);
    if (type === 'ClusterIP' && spec.clusterIP === 'None') throw new Error('cannot route to service with ClusterIP "None"');
    return hostPort(spec.clusterIP ?? '', portOf(spec, name, port).port);
  };

/**
 * Finds services by one of their pods that are ready, where cluster IPs lead nowhere (`--enable-aggregator-routing`): preferably by an address of
 * the service's first family.
 * @param random picks which, in [0, 1).
 */
export const endpointResolver =
  (services: ServiceObjects, { random = Math.random }: { readonly random?: () => number } = {}): ServiceResolver =>
  async (namespace, name, port) => {
    const spec = await found(services, namespace, name);
    const type = typeOf(spec);
    if (!balanced.has(type)) throw unsupported(type);
    const { name: portName = '' } = portOf(spec, name, port);
    const slices = (await services.endpointSlices(namespace, name)) as readonly EndpointSlice[];
    const candidates = slices.flatMap((slice) => addressesOf(slice, portName));
    const preferred = candidates.filter(({ family }) => family === spec.ipFamilies?.[0]);
    const from = preferred.length > 0 ? preferred : candidates;
    const chosen = from[Math.floor(random() * from.length)];
    if (!chosen) throw serviceUnavailable(`no endpoints available for service "${name}"`);
    return chosen.address;
  };

const addressesOf = ({ addressType, ports = [], endpoints = [] }: EndpointSlice, portName: string) =>
  ports
    .filter(({ name = '', port }) => name === portName && port !== undefined)
    .flatMap(({ port }) => endpoints.filter(isReady).map(({ addresses }) => ({ family: addressType, address: hostPort(addresses[0]!, port!) })));

/**
 * Finds services in a list: `namespace/name` → `host:port`, whatever the port that is asked for. Where it is not there, asks the next.
 *
 * @example staticResolver({ 'widgets/api': '127.0.0.1:8443' })
 */
export const staticResolver =
  (places: Readonly<Record<string, string>>, next?: ServiceResolver): ServiceResolver =>
  (namespace, name, port) => {
    const place = `${namespace}/${name}`;
    if (Object.hasOwn(places, place)) return places[place]!;
    if (!next) throw notFound({ group: '', resource: 'service' }, name);
    return next(namespace, name, port);
  };
