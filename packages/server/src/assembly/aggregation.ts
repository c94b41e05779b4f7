/** Other API servers behind a server. */
import {
  type Aggregator,
  createAggregator,
  endpointResolver,
  type ProxyClientCertificate,
  type ServiceResolver,
  storedServices,
} from '@apiserver-kit/aggregator';
import { type BuiltinStores, builtinResource } from '@apiserver-kit/builtin';
import type { Clock } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';
import type { ApiRegistry, ResourceStore } from '@apiserver-kit/rest';
import type { Storage } from '@apiserver-kit/storage';

export interface AggregationOptions {
  /** Finds the servers of APIServices, in place of the Services of the cluster. Default: those, by their cluster IPs. */
  readonly resolveService?: ServiceResolver;
  /** Whether servers are called at the addresses of their pods (`--enable-aggregator-routing`). Default false: at the cluster IPs of their services. */
  readonly routeToEndpoints?: boolean;
  /** How the server is known to those behind it, PEM (`--proxy-client-cert-file`, `--proxy-client-key-file`). Default: not at all. */
  readonly proxyClientCertificate?: ProxyClientCertificate | (() => ProxyClientCertificate | undefined);
}

export interface AggregationParts {
  readonly storage: Storage;
  readonly stores: BuiltinStores;
  readonly registries: readonly ApiRegistry[];
  readonly etcdPrefix: string;
  readonly clock: Clock;
  readonly uid: () => string;
  readonly log: ErrorLog;
}

/** Makes the aggregator of a server. */
export function serverAggregation({ stores, ...parts }: AggregationParts, options: AggregationOptions): Aggregator {
  const { resolveService, routeToEndpoints = false, proxyClientCertificate: certificate } = options;
  const proxyClientCertificate = typeof certificate === 'function' ? certificate : () => certificate;
  // Who finds servers elsewhere need have no Service for them.
  if (resolveService) return createAggregator({ ...parts, resolveService, proxyClientCertificate });
  const storeOf = (group: string, kind: string): ResourceStore => stores.of(builtinResource({ group, version: 'v1', kind })!);
  const services = storedServices({ services: storeOf('', 'Service'), endpointSlices: storeOf('discovery.k8s.io', 'EndpointSlice') }, parts);
  return createAggregator({ ...parts, services, ...(routeToEndpoints && { resolveService: endpointResolver(services) }), proxyClientCertificate });
}
