/** Gives services their addresses and node ports (pkg/registry/core/service/storage/alloc.go). */
import { child, goQuote, index, internalError, invalid, invalidValue, type JsonObject, type StatusError } from '@apiserver-kit/machinery';
import { needsHealthCheckPort } from '../defaults/prepare-service.js';
import { numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { canonicalIP, type IPRange } from './ip-range.js';
import type { PortRange } from './port-range.js';

const serviceKind = { group: '', kind: 'Service' };

/** What there is to give, for one write. */
export interface Supply {
  readonly ips: IPRange;
  readonly ports: PortRange;
  /** What is taken; what is given is added to it. */
  readonly taken: Set<string>;
  /** Picks a number in [0, 1). */
  readonly random: () => number;
  /** Nothing is stored: which address it would be is not worth finding out. */
  readonly isDryRun: boolean;
}

/** A free number below `size`, those under `offset` last; undefined when there is none. Tries each once, from a random one on. */
function freeNumber(
  { size, offset }: { readonly size: number; readonly offset: number },
  random: () => number,
  isFree: (number: number) => boolean,
): number | undefined {
  for (const [from, count] of [
    [offset, size - offset],
    [0, offset],
  ] as const) {
    const start = Math.floor(random() * count);
    for (let tried = 0; tried < count; tried++) {
      const number = from + ((start + tried) % count);
      if (isFree(number)) return number;
    }
  }
  return undefined;
}

const nameOf = (service: JsonObject): string => textAt(recordAt(service, 'metadata'), 'name');

/** @throws StatusError InternalError when the range is full. */
function giveIP(service: JsonObject, { ips, taken, random, isDryRun }: Supply): string {
  if (isDryRun) return ips.network;
  const number = freeNumber(ips, random, (each) => !taken.has(ips.address(each)));
  if (number === undefined) throw internalError(`failed to allocate a serviceIP for Service ${goQuote(nameOf(service))}: range is full`);
  const ip = ips.address(number);
  taken.add(ip);
  return ip;
}

/** Takes an address that is asked for. @throws StatusError Invalid when it cannot be had. */
function takeIP(service: JsonObject, ip: string, { ips, taken, isDryRun }: Supply): void {
  const refuse = (why: string): StatusError =>
    invalid(serviceKind, nameOf(service), [invalidValue('spec.clusterIPs', recordAt(service, 'spec').clusterIPs, `failed to allocate IP ${ip}: ${why}`)]);
  if (!ips.contains(ip)) throw refuse('the provided network does not match the current range');
  if (!ips.isUsable(ip)) throw refuse(`the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${ips.text}`);
  if (isDryRun) return;
  const claim = canonicalIP(ip);
  if (taken.has(claim)) throw refuse('provided IP is already allocated');
  taken.add(claim);
}

/** An address for a service that needs one and has none of its own yet. */
function allocateIP(service: JsonObject, old: JsonObject | undefined, supply: Supply): void {
  const spec = service.spec as JsonObject;
  const isKept = old !== undefined && recordAt(old, 'spec').type !== 'ExternalName';
  const [asked] = textsAt(spec, 'clusterIPs');
  if (spec.type === 'ExternalName' || isKept || asked === 'None') return;
  if (asked !== undefined && asked !== '') {
    takeIP(service, asked, supply);
    return;
  }
  const ip = giveIP(service, supply);
  spec.clusterIPs = [ip];
  spec.clusterIP = ip;
}

/** Why a port that is asked for cannot be had; undefined when it is the service's now. */
function takePort(port: number, { ports, taken }: Supply): string | undefined {
  const number = port - ports.first;
  if (number < 0 || number >= ports.size) return `provided port is not in the valid range. The range of valid ports is ${ports.text}`;
  if (taken.has(String(port))) return 'provided port is already allocated';
  taken.add(String(port));
  return undefined;
}

/** @throws StatusError InternalError when the range is full. */
function givePort({ ports, taken, random }: Supply, what: string): number {
  const number = freeNumber(ports, random, (each) => !taken.has(String(ports.first + each)));
  if (number === undefined) throw internalError(`failed to allocate a ${what}: range is full`);
  taken.add(String(ports.first + number));
  return ports.first + number;
}

const getsNodePorts = ({ type, allocateLoadBalancerNodePorts }: JsonObject): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);

/** Ports of one number share a node port on TCP and UDP: unless asked otherwise, the first that is given, or asked for, is all of theirs. */
function allocateNodePorts(service: JsonObject, old: JsonObject | undefined, supply: Supply): void {
  const spec = service.spec as JsonObject;
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return;
  const ports = recordsAt(spec, 'ports') as JsonObject[];
  const kept = new Set(recordsAt(old && recordAt(old, 'spec'), 'ports').map((port) => numberAt(port, 'nodePort')));
  const byPort = new Map<number, number>();
  ports.forEach((port, at) => {
    const [number, asked] = [numberAt(port, 'port'), numberAt(port, 'nodePort')];
    if (asked === 0 && !getsNodePorts(spec)) return;
    const shared = old ? 0 : (byPort.get(number) ?? askedFor(ports, number));
    const nodePort = asked || shared;
    if (nodePort === 0) port.nodePort = givePort(supply, 'nodePort');
    else {
      const why = kept.has(nodePort) || byPort.get(number) === nodePort ? undefined : takePort(nodePort, supply);
      if (why !== undefined) throw invalid(serviceKind, nameOf(service), [invalidValue(child(index('spec.ports', at), 'nodePort'), nodePort, why)]);
      port.nodePort = nodePort;
      if (old) kept.add(nodePort);
    }
    if (!byPort.has(number)) byPort.set(number, numberAt(port, 'nodePort'));
  });
}

const askedFor = (ports: readonly JsonObject[], number: number): number =>
  ports.map((port) => (numberAt(port, 'port') === number ? numberAt(port, 'nodePort') : 0)).find((nodePort) => nodePort !== 0) ?? 0;

function allocateHealthCheckPort(service: JsonObject, old: JsonObject | undefined, supply: Supply): void {
  const spec = service.spec as JsonObject;
  if (!needsHealthCheckPort(spec) || (old && needsHealthCheckPort(recordAt(old, 'spec')))) return;
  const asked = numberAt(spec, 'healthCheckNodePort');
  if (asked === 0) {
    spec.healthCheckNodePort = givePort(supply, 'HealthCheck NodePort 0');
    return;
  }
  const why = takePort(asked, supply);
  if (why !== undefined) throw internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
}

/**
 * Completes a valid service, in place, with the addresses and ports that it needs and does not have.
 * @param old the service that is replaced, whose own are its to keep.
 * @throws StatusError Invalid for what is asked for and cannot be had; InternalError when there is nothing left.
 */
export function allocate(service: JsonObject, old: JsonObject | undefined, supply: Supply): void {
  allocateIP(service, old, supply);
  allocateNodePorts(service, old, supply);
  allocateHealthCheckPort(service, old, supply);
}
