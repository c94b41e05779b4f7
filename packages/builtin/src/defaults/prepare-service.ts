/** What services keep, and what they lose with a change of their type (pkg/registry/core/service/strategy.go, storage/storage.go). */
import { type JsonObject, jsonEqual } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';

const specOf = (service: JsonObject): JsonObject => recordAt(service, 'spec');

const needsClusterIP = (spec: JsonObject): boolean => spec.type !== 'ExternalName';
const needsNodePorts = ({ type }: JsonObject): boolean => type === 'NodePort' || type === 'LoadBalancer';
/** The type asks for a port at which balancers learn whether a node has the service. */
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: JsonObject): boolean => type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
const isExternal = (spec: JsonObject): boolean => needsNodePorts(spec) || (spec.type === 'ClusterIP' && textsAt(spec, 'externalIPs').length > 0);

const isSame = (a: JsonObject, b: JsonObject, ...fields: string[]): boolean => fields.every((field) => jsonEqual(a[field] ?? null, b[field] ?? null));

/** A client that knows only the single cluster IP means the list too. */
export function normalizeNewClusterIPs(service: JsonObject): void {
  const spec = service.spec as JsonObject;
  if (textAt(spec, 'clusterIP') !== '' && textsAt(spec, 'clusterIPs').length === 0) spec.clusterIPs = [spec.clusterIP];
}

/** Likewise where it changes or clears that one: what it sends of the list is what it has read. */
function normalizeClusterIPs(spec: JsonObject, old: JsonObject): void {
  const [before, after] = [textAt(old, 'clusterIP'), textAt(spec, 'clusterIP')];
  if (before === after || !isSame(spec, old, 'clusterIPs')) return;
  if (after === '') delete spec.clusterIPs;
  else spec.clusterIPs = [after];
}

const nodePortsOf = (spec: JsonObject): Set<number> =>
  new Set(
    recordsAt(spec, 'ports')
      .map((port) => numberAt(port, 'nodePort'))
      .filter((port) => port !== 0),
  );

/** A client that replaces a service without naming its addresses and node ports keeps them. */
function keepAllocated(spec: JsonObject, old: JsonObject): void {
  if (needsClusterIP(spec) && needsClusterIP(old)) {
    if (textAt(spec, 'clusterIP') === '' && has(old, 'clusterIP')) spec.clusterIP = old.clusterIP;
    if (textsAt(spec, 'clusterIPs').length === 0 && has(old, 'clusterIPs')) spec.clusterIPs = old.clusterIPs;
  }
  if (needsNodePorts(spec) && needsNodePorts(old)) {
    const given = nodePortsOf(spec);
    const byName = new Map(recordsAt(old, 'ports').map((port) => [textAt(port, 'name'), numberAt(port, 'nodePort')]));
    for (const port of recordsAt(spec, 'ports') as JsonObject[]) {
      const before = byName.get(textAt(port, 'name')) ?? 0;
      if (numberAt(port, 'nodePort') === 0 && before !== 0 && !given.has(before)) port.nodePort = before;
    }
  }
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old) && numberAt(spec, 'healthCheckNodePort') === 0 && has(old, 'healthCheckNodePort'))
    spec.healthCheckNodePort = old.healthCheckNodePort;
}

/** Drops what the new type has no use for, unless the client has changed that as well: then it is told. */
function dropUnused(spec: JsonObject, old: JsonObject): void {
  const drop = (...fields: string[]): void => {
    if (isSame(spec, old, ...fields)) for (const field of fields) delete spec[field];
  };
  if (needsClusterIP(old) && !needsClusterIP(spec)) {
    drop('clusterIP', 'clusterIPs');
    drop('ipFamilies');
    drop('ipFamilyPolicy');
  }
  if (needsNodePorts(old) && !needsNodePorts(spec)) {
    const before = nodePortsOf(old);
    if ([...nodePortsOf(spec)].every((port) => before.has(port))) for (const port of recordsAt(spec, 'ports') as JsonObject[]) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) drop('healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    drop('allocateLoadBalancerNodePorts');
    drop('loadBalancerClass');
  }
  if (isExternal(old) && !isExternal(spec)) drop('externalTrafficPolicy');
}

/** Prepares a service that replaces another, in place. `old` is not written to, but shared. */
export function prepareReplacedService(service: JsonObject, old: JsonObject): void {
  const [spec, oldSpec] = [service.spec as JsonObject, specOf(old)];
  keepAllocated(spec, oldSpec);
  normalizeClusterIPs(spec, oldSpec);
  dropUnused(spec, oldSpec);
  if (spec.type !== 'LoadBalancer' && has(recordAt(service, 'status'), 'loadBalancer')) service.status = { ...recordAt(service, 'status'), loadBalancer: {} };
}
