import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Json, type TestApi, testApi } from '../api/fixtures.js';
import { ipRange } from './ip-range.js';
import { portRange } from './port-range.js';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api[Symbol.asyncDispose]());

const path = '/api/v1/namespaces/default/services';
const service = (name: string, spec: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'a' }, ports: [{ port: 80 }], ...spec },
});
const create = (name: string, spec: Json = {}, query = '') => api.ask('POST', `${path}${query}`, service(name, spec));
const replace = (name: string, spec: Json = {}) => api.ask('PUT', `${path}/${name}`, service(name, spec));

describe('a service', () => {
  it('gets an address of the range, beyond those for who asks for one', async () => {
    const { body } = await create('s');
    expect(body.spec).toMatchObject({ clusterIP: '10.0.0.17', clusterIPs: ['10.0.0.17'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect((await create('t')).body.spec.clusterIP).toBe('10.0.0.18');
  });
  it('has its fields in the order of their struct', async () => {
    expect(Object.keys((await create('s')).body.spec)).toEqual([
      'ports',
      'selector',
      'clusterIP',
      'clusterIPs',
      'type',
      'sessionAffinity',
      'ipFamilies',
      'ipFamilyPolicy',
      'internalTrafficPolicy',
    ]);
  });
  it('gets the address it asks for, and no other service does', async () => {
    expect((await create('s', { clusterIP: '10.0.0.5' })).body.spec.clusterIPs).toEqual(['10.0.0.5']);
    const { status, body } = await create('t', { clusterIP: '10.0.0.5' });
    expect(status).toBe(422);
    expect(body.message).toBe(
      'Service "t" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.5"]: failed to allocate IP 10.0.0.5: provided IP is already allocated',
    );
  });
  it.each([
    ['10.1.0.1', 'the provided network does not match the current range'],
    ['10.0.0.0', 'the provided IP (10.0.0.0) is not in the valid range. The range of valid IPs is 10.0.0.0/24'],
    ['10.0.0.255', 'the provided IP (10.0.0.255) is not in the valid range. The range of valid IPs is 10.0.0.0/24'],
  ])('does not get %s', async (clusterIP, why) => {
    expect((await create('s', { clusterIP })).body.message).toContain(`failed to allocate IP ${clusterIP}: ${why}`);
  });
  it('of another family than the cluster is refused', async () => {
    expect((await create('s', { clusterIP: 'fd00::1' })).body.message).toContain(
      'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster',
    );
    expect((await create('s', { ipFamilyPolicy: 'RequireDualStack' })).body.message).toContain('this cluster is not configured for dual-stack services');
  });
  it('keeps what it has where it is replaced without it', async () => {
    const { body } = await create('s', { type: 'NodePort' });
    const replaced = await replace('s', { type: 'NodePort', selector: { app: 'b' } });
    expect(replaced.body.spec).toEqual({ ...body.spec, selector: { app: 'b' } });
  });
  it('does not change its address', async () => {
    await create('s');
    const { status, body } = await replace('s', { clusterIP: '10.0.0.9' });
    expect(status).toBe(422);
    expect(body.message).toBe('Service "s" is invalid: spec.clusterIPs[0]: Invalid value: ["10.0.0.9"]: may not change once set');
  });
  it('gives its address back when it goes', async () => {
    await create('s', { clusterIP: '10.0.0.5' });
    await api.ask('DELETE', `${path}/s`);
    expect((await create('t', { clusterIP: '10.0.0.5' })).status).toBe(201);
  });
  it('that is not created takes nothing', async () => {
    await create('s');
    expect((await create('s', { clusterIP: '10.0.0.5' })).status).toBe(409);
    expect((await create('t', { clusterIP: '10.0.0.5', ports: [] })).status).toBe(422);
    expect((await create('t', { clusterIP: '10.0.0.5' }, '?dryRun=All')).status).toBe(201);
    expect((await create('t', { clusterIP: '10.0.0.5' })).status).toBe(201);
  });
  it('gets no address that another gets at the same time', async () => {
    const created = await Promise.all(Array.from({ length: 20 }, (_, at) => create(`s${at}`)));
    expect(new Set(created.map(({ body }) => body.spec.clusterIP)).size).toBe(20);
  });
  it('finds no address in a full range', async () => {
    await using small = testApi({ serviceClusterIPRange: '10.0.0.0/30' });
    const add = (name: string) => small.ask('POST', path, service(name));
    expect((await add('a')).body.spec.clusterIP).toBe('10.0.0.1');
    expect((await add('b')).body.spec.clusterIP).toBe('10.0.0.2');
    expect(await add('c')).toMatchObject({
      status: 500,
      body: { reason: 'InternalError', message: 'Internal error occurred: failed to allocate a serviceIP for Service "c": range is full' },
    });
  });
});

describe('a headless service', () => {
  it('has no address', async () => {
    expect((await create('s', { clusterIP: 'None' })).body.spec).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'] });
  });
  it('that selects nothing is for both families', async () => {
    const { body } = await create('s', { clusterIP: 'None', selector: undefined });
    expect(body.spec).toMatchObject({ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' });
  });
});

describe('a service of another name', () => {
  const external = { type: 'ExternalName', externalName: 'example.com', ports: undefined, selector: undefined };
  it('has neither address nor family', async () => {
    const { spec } = (await create('s', external)).body;
    expect(spec).toEqual({ type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' });
  });
  it('gets an address once it is one of the cluster, and gives it back after', async () => {
    await create('s', external);
    expect((await replace('s')).body.spec.clusterIP).toBe('10.0.0.17');
    const { spec } = (await replace('s', external)).body;
    expect(spec.clusterIP).toBeUndefined();
    expect((await create('t')).body.spec.clusterIP).toBe('10.0.0.17');
  });
});

describe('node ports', () => {
  const nodePortsOf = ({ body }: { body: Json }): number[] => body.spec.ports.map(({ nodePort }: Json) => nodePort);

  it('are given one a port, the same to TCP and UDP', async () => {
    const ports = [
      { name: 'a', port: 53, protocol: 'TCP' },
      { name: 'b', port: 53, protocol: 'UDP' },
      { name: 'c', port: 80 },
    ];
    expect(nodePortsOf(await create('s', { type: 'NodePort', ports }))).toEqual([30086, 30086, 30087]);
  });
  it('are those that are asked for, while they are free', async () => {
    const ports = [{ port: 80, nodePort: 30001 }];
    expect(nodePortsOf(await create('s', { type: 'NodePort', ports }))).toEqual([30001]);
    expect((await create('t', { type: 'NodePort', ports })).body.message).toBe(
      'Service "t" is invalid: spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated',
    );
    expect((await create('t', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })).body.message).toContain(
      'provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
  });
  it('go with the type that needs them', async () => {
    const { body } = await create('s', { type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] });
    const { status, body: changed } = await api.ask('PUT', `${path}/s`, { ...body, spec: { ...body.spec, type: 'ClusterIP' } });
    expect(status).toBe(200);
    expect(nodePortsOf({ body: changed })).toEqual([undefined]);
    expect((await create('t', { type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] })).status).toBe(201);
  });
  it('are not given where a balancer does without', async () => {
    const { body } = await create('s', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false });
    expect(nodePortsOf({ body })).toEqual([undefined]);
  });
  it('tell a balancer of local traffic which nodes are well', async () => {
    const { body } = await create('s', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
    expect(body.spec.healthCheckNodePort).toBe(30087);
  });
});

describe('a range of addresses', () => {
  it('knows its addresses', () => {
    const range = ipRange('10.0.0.7/29');
    expect(range).toMatchObject({ text: '10.0.0.0/29', network: '10.0.0.0', family: 'IPv4', size: 6 });
    expect(Array.from({ length: 6 }, (_, at) => range.address(at))).toEqual([1, 2, 3, 4, 5, 6].map((last) => `10.0.0.${last}`));
  });
  it('may be of IPv6', () => {
    const range = ipRange('fd00::/112');
    expect(range.address(0x1f)).toBe('fd00::20');
    expect(range.isUsable('fd00:0:0::ffff')).toBe(true);
    expect(range.contains('fd00::1:0')).toBe(false);
  });
  it('has all of its addresses and no others', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 8, max: 30 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (ip, bits, part) => {
        const range = ipRange(`${ip}/${bits}`);
        const address = range.address(Math.floor(part * range.size));
        expect(range.contains(address) && range.isUsable(address)).toBe(true);
        expect(range.isUsable(range.network)).toBe(false);
      }),
    );
  });
  it.each(['10.0.0.0', '10.0.0.0/33', 'x/24', ''])('is not %j', (text) => expect(() => ipRange(text)).toThrow('invalid range of IP addresses'));
  it.each(['1', '2-1', '1-65536', 'a-b'])('of ports is not %j', (text) => expect(() => portRange(text)).toThrow('invalid range of ports'));
});
