import { type KubeObject, systemClock } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { Remote } from '../remote.js';
import { clusterIPResolver, endpointResolver, type ServiceObjects } from '../service-resolver.js';
import { checkAvailability } from './check.js';

// biome-ignore lint/suspicious/noExplicitAny: a test's objects have what the test needs
const object = (parts: any): KubeObject => ({ metadata: {}, ...parts }) as KubeObject;
const serviceObject = (spec: object): KubeObject =>
  object({ spec: { type: 'ClusterIP', clusterIP: '10.0.0.9', ports: [{ name: 'https', port: 443 }], ...spec } });
const slice = (ready: boolean, name = 'https') =>
  object({ addressType: 'IPv4', ports: [{ name, port: 8443 }], endpoints: [{ addresses: ['10.1.1.1'], conditions: { ready } }] });

const objects = (service: KubeObject | undefined, slices: readonly KubeObject[] = []): ServiceObjects => ({
  service: () => service,
  endpointSlices: () => slices,
});
const remote = { name: 'v1.g', group: 'g', version: 'v1', service: { namespace: 'ns', name: 'api', port: 443 } } as Remote;
const check = (services: ServiceObjects) =>
  checkAvailability(remote, { services, clock: systemClock, resolve: () => Promise.reject(new Error('nowhere')) }, new AbortController().signal);

describe('the server of an APIService is not available', () => {
  it.each<[string, ServiceObjects, string, string]>([
    ['without its service', objects(undefined), 'ServiceNotFound', 'service/api in "ns" is not present'],
    ['without its port', objects(serviceObject({ ports: [{ port: 80 }] })), 'ServicePortError', 'service/api in "ns" is not listening on port 443'],
    ['without endpoints', objects(serviceObject({})), 'EndpointsNotFound', 'cannot find endpointslices for service/api in "ns"'],
    [
      'without ready endpoints',
      objects(serviceObject({}), [slice(false), slice(true, 'other')]),
      'MissingEndpoints',
      'endpointslices for service/api in "ns" have no addresses with port name "https"',
    ],
    ['when it does not answer', objects(serviceObject({}), [slice(true)]), 'FailedDiscoveryCheck', 'nowhere'],
  ])('%s', async (_, services, reason, message) => expect(await check(services)).toEqual({ status: 'False', reason, message }));
});

describe('services are found', () => {
  it('by cluster IP, or external name', async () => {
    expect(await clusterIPResolver(objects(serviceObject({})))('ns', 'api', 443)).toBe('10.0.0.9:443');
    expect(await clusterIPResolver(objects(serviceObject({ clusterIP: 'fd00::1' })))('ns', 'api', 443)).toBe('[fd00::1]:443');
    expect(await clusterIPResolver(objects(serviceObject({ type: 'ExternalName', externalName: 'api.example.com' })))('ns', 'api', 6443)).toBe(
      'api.example.com:6443',
    );
    await expect(clusterIPResolver(objects(serviceObject({ clusterIP: 'None' })))('ns', 'api', 443)).rejects.toThrow(
      'cannot route to service with ClusterIP "None"',
    );
    await expect(clusterIPResolver(objects(serviceObject({})))('ns', 'api', 1)).rejects.toThrow('no service port 1 found for service "api"');
  });

  it('by one of their ready pods', async () => {
    expect(await endpointResolver(objects(serviceObject({}), [slice(false), slice(true)]))('ns', 'api', 443)).toBe('10.1.1.1:8443');
    await expect(endpointResolver(objects(serviceObject({}), [slice(false)]))('ns', 'api', 443)).rejects.toThrow('no endpoints available for service "api"');
  });
});
