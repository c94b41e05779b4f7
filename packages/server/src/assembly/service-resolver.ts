/** Where a service is: what webhooks that name one are called at (k8s.io/apiserver/pkg/util/proxy). */
import { isIPv6 } from 'node:net';
import { type JsonObject, notFound, serviceUnavailable } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';

interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly externalName?: string;
  readonly ports?: readonly (JsonObject & { readonly port: number })[];
}

const hostPort = (host: string, port: number): string => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);

/**
 * Finds services by their cluster IPs, or their external names.
 * @returns `host:port`
 * @throws Error when there is no such service, or it cannot be reached that way.
 */
export function serviceResolver(services: ResourceStore) {
  return async (namespace: string, name: string, port: number): Promise<string> => {
    const entry = await services.get(namespace, name);
    if (!entry) throw notFound({ group: '', resource: 'service' }, name);
    const { type = 'ClusterIP', clusterIP = '', externalName = '', ports = [] } = entry.object().spec as ServiceSpec;
    if (type === 'ExternalName') return hostPort(externalName, port);
    if (type === 'ClusterIP' && clusterIP === 'None') throw new Error('cannot route to service with ClusterIP "None"');
    if (!ports.some((one) => one.port === port)) throw serviceUnavailable(`no service port ${port} found for service "${name}"`);
    return hostPort(clusterIP, port);
  };
}
