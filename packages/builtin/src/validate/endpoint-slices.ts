/** EndpointSlices (pkg/apis/discovery/validation). */
import { isIP } from 'node:net';
import {
  child,
  dns1123Label,
  dns1123Subdomain,
  duplicate,
  type FieldError,
  index,
  invalidValue,
  type JsonObject,
  jsonEqual,
  labelValue,
  nameIsDNSSubdomain,
  notSupported,
  qualifiedName,
  required,
  tooMany,
  validateLabels,
} from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { endpointIP, strictIP } from './addresses.js';
import { dnsLabel, immutable, invalidEach } from './rules.js';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const limits = { addresses: 100, endpoints: 1000, hints: 8, ports: 20_000, topology: 16 };

function domainName(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  const plain = name.replace(/\.$/, '');
  const messages = dns1123Subdomain(plain);
  if (messages.length > 0) return [invalidValue(path, plain, messages.join(','))];
  const labels = plain.split('.');
  if (labels.length < 2) return [invalidValue(path, plain, 'should be a domain with at least two segments separated by dots')];
  for (const label of labels) {
    const wrong = dns1123Label(label);
    if (wrong.length > 0) return [invalidValue(path, label, wrong.join(','))];
  }
  return [];
}

/** @param listPath where the addresses are: a wrong family is told of there. */
function validateAddress(address: string, type: string, listPath: string, path: string): FieldError[] {
  if (type === 'FQDN') return domainName(address, path);
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const errors = strictIP(address, path);
  if (errors.length > 0) return errors;
  const isOther = isIP(address) !== (type === 'IPv4' ? 4 : 6);
  return [...(isOther ? [invalidValue(listPath, address, `must be an ${type} address`)] : []), ...endpointIP(address, path)];
}

function hintNames(hints: JsonObject, field: string, path: string, rule: (name: string) => readonly string[]): FieldError[] | undefined {
  const all = recordsAt(hints, field);
  const listPath = child(path, field);
  if (all.length > limits.hints) return undefined;
  const seen = new Set<string>();
  return all.flatMap((hint, at) => {
    const [name, namePath] = [textAt(hint, 'name'), child(index(listPath, at), 'name')];
    const errors = seen.has(name) ? [duplicate(namePath, name)] : [];
    seen.add(name);
    return [...errors, ...invalidEach(rule(name), namePath, name)];
  });
}

function validateHints(hints: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [field, rule] of [
    ['forZones', labelValue],
    ['forNodes', (name: string) => nameIsDNSSubdomain(name)],
  ] as const) {
    const found = hintNames(hints, field, path, rule);
    if (!found) return [...errors, tooMany(child(path, field), recordsAt(hints, field).length, limits.hints)];
    errors.push(...found);
  }
  return errors;
}

function validateEndpoint(endpoint: JsonObject, type: string, path: string): FieldError[] {
  const addresses = textsAt(endpoint, 'addresses');
  const addressPath = child(path, 'addresses');
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(addressPath, 'must contain at least 1 address'));
  else if (addresses.length > limits.addresses) errors.push(tooMany(addressPath, addresses.length, limits.addresses));
  errors.push(...addresses.flatMap((address, at) => validateAddress(address, type, addressPath, index(addressPath, at))));
  const nodeName = textAt(endpoint, 'nodeName');
  if (has(endpoint, 'nodeName')) errors.push(...invalidEach(nameIsDNSSubdomain(nodeName), child(path, 'nodeName'), nodeName));
  const topology = recordAt(endpoint, 'deprecatedTopology');
  const topologyPath = child(path, 'deprecatedTopology');
  if (Object.keys(topology).length > limits.topology) errors.push(tooMany(topologyPath, Object.keys(topology).length, limits.topology));
  errors.push(...validateLabels(topology as Record<string, string>, topologyPath));
  if (has(endpoint, 'hostname')) errors.push(...dnsLabel(textAt(endpoint, 'hostname'), child(path, 'hostname')));
  return has(endpoint, 'hints') ? [...errors, ...validateHints(recordAt(endpoint, 'hints'), child(path, 'hints'))] : errors;
}

function validatePorts(ports: readonly JsonObject[]): FieldError[] {
  if (ports.length > limits.ports) return [tooMany('ports', ports.length, limits.ports)];
  const names = new Set<string>();
  return ports.flatMap((port, at) => {
    const path = index('ports', at);
    const [name, protocol, appProtocol] = [textAt(port, 'name'), textAt(port, 'protocol'), textAt(port, 'appProtocol')];
    const errors = name === '' ? [] : dnsLabel(name, child(path, 'name'));
    if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    names.add(name);
    if (!has(port, 'protocol')) errors.push(required(child(path, 'protocol')));
    else if (!protocols.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, protocols));
    return has(port, 'appProtocol') ? [...errors, ...invalidEach(qualifiedName(appProtocol), child(path, 'appProtocol'), appProtocol)] : errors;
  });
}

export function validateEndpointSlice(slice: JsonObject, old: JsonObject | undefined): FieldError[] {
  const type = textAt(slice, 'addressType');
  const endpoints = recordsAt(slice, 'endpoints');
  const errors: FieldError[] = type === '' ? [required('addressType')] : addressTypes.includes(type) ? [] : [notSupported('addressType', type, addressTypes)];
  errors.push(...validatePorts(recordsAt(slice, 'ports')));
  const ofEndpoints =
    endpoints.length > limits.endpoints
      ? [tooMany('endpoints', endpoints.length, limits.endpoints)]
      : endpoints.flatMap((endpoint, at) => validateEndpoint(endpoint, type, index('endpoints', at)));
  // What older versions took may stay.
  if (ofEndpoints.length > 0 && !(old && jsonEqual(old.endpoints ?? null, slice.endpoints ?? null))) errors.push(...ofEndpoints);
  return old ? [...errors, ...immutable(type, textAt(old, 'addressType'), 'addressType')] : errors;
}
