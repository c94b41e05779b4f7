/** Whether the server of an APIService is there (kube-aggregator/pkg/controllers/status/remote). */
import type { Clock } from '@apiserver-kit/machinery';
import { groupMasters, type UserInfo } from '@apiserver-kit/pipeline';
import type { Availability } from '../api-service.js';
import { discoveryPath, fetchFrom, type Remote } from '../remote.js';
import { type EndpointSlice, isReady, type ServiceObjects, type ServiceResolver, specOf, typeOf } from '../service-resolver.js';
import { within } from '../time-limit.js';

export interface CheckParts {
  readonly resolve: ServiceResolver;
  /** Undefined: nobody knows of services, and only the server itself is asked. */
  readonly services: ServiceObjects | undefined;
  readonly clock: Clock;
}

const unavailable = (reason: string, message: string): Availability => ({ status: 'False', reason, message });
const unknown = (reason: string, message: string): Availability => ({ status: 'Unknown', reason, message });

const passed: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

/** Looks at the service, and then asks the server. Never throws but for `signal`. */
export async function checkAvailability(remote: Remote, parts: CheckParts, signal: AbortSignal): Promise<Availability> {
  const { services } = parts;
  return (services && (await checkService(remote, services))) ?? (await checkServer(remote, parts, signal)) ?? passed;
}

/** What is wrong with the service; undefined: nothing. */
async function checkService({ service }: Remote, services: ServiceObjects): Promise<Availability | undefined> {
  const { namespace = '', name = '', port = 443 } = service;
  const text = `service/${name} in "${namespace}"`;
  const because = (error: unknown): string => `${text} cannot be checked due to: ${messageOf(error)}`;
  let spec: ReturnType<typeof specOf>;
  try {
    const object = await services.service(namespace, name);
    if (!object) return unavailable('ServiceNotFound', `${text} is not present`);
    spec = specOf(object);
  } catch (error) {
    return unknown('ServiceAccessError', because(error));
  }
  // Of other types nobody here knows where they lead.
  if (typeOf(spec) !== 'ClusterIP') return undefined;
  const served = spec.ports?.find((one) => one.port === port);
  if (!served) return unavailable('ServicePortError', `${text} is not listening on port ${port}`);
  let slices: readonly EndpointSlice[];
  try {
    slices = (await services.endpointSlices(namespace, name)) as readonly EndpointSlice[];
  } catch (error) {
    return unknown('EndpointsAccessError', because(error));
  }
  if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${text}`);
  const portName = served.name ?? '';
  if (slices.some((slice) => hasEndpoint(slice, portName))) return undefined;
  return unavailable('MissingEndpoints', `endpointslices for ${text} have no addresses with port name "${portName}"`);
}

const hasEndpoint = ({ endpoints = [], ports = [] }: EndpointSlice, portName: string): boolean =>
  endpoints.some(isReady) && ports.some(({ name = '', port }) => name === portName && port !== undefined);

/** May ask for everything, so that no rule of the server's stands in the way. */
const prober: UserInfo = { name: 'system:kube-aggregator', groups: [groupMasters] };

/** Several at once: a service may have many pods, of which one is enough. */
const attempts = 5;
const attemptTimeoutMs = 5000;

/** What is wrong with the server; undefined: nothing. */
async function checkServer(remote: Remote, { resolve, clock }: CheckParts, signal: AbortSignal): Promise<Availability | undefined> {
  const all = Array.from({ length: attempts }, () => within(signal, attemptTimeoutMs, clock, (limited) => probe(remote, resolve, limited)));
  try {
    await Promise.any(all);
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    const errors = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    return unavailable('FailedDiscoveryCheck', messageOf(errors.at(-1)));
  }
}

async function probe(remote: Remote, resolve: ServiceResolver, signal: AbortSignal): Promise<void> {
  const { namespace = '', name = '', port = 443 } = remote.service;
  const host = await resolve(namespace, name, port);
  const path = discoveryPath(remote);
  const url = `https://${host}${path}`;
  const failing = (why: string): Error => new Error(`failing or missing response from ${url}: ${why}`);
  const { status } = await fetchFrom(remote, () => host, { path, user: prober, signal }).catch((error: unknown) => {
    throw failing(`Get "${url}": ${signal.aborted ? messageOf(signal.reason) : messageOf(error)}`);
  });
  if (status < 200 || status > 299) throw failing(`bad status from ${url}: ${status}`);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
