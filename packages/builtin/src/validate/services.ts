/** Services and Endpoints. */
import { isIP } from 'node:net';
import {
  child,
  dns1123Subdomain,
  duplicate,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  notSupported,
  portNumber,
  qualifiedName,
  required,
  validateLabels,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { portProtocols } from './containers.js';
import { dnsLabel, invalidEach, ipAddress, oneOf, portOrName } from './rules.js';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const portsPath = 'spec.ports';

function externalName(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
    if (has(spec, field)) errors.push(forbiddenField(`spec.${field}`, 'may not be set for ExternalName services'));
  const name = textAt(spec, 'externalName').replace(/\.$/, '');
  return [...errors, ...(name === '' ? [required('spec.externalName')] : invalidEach(dns1123Subdomain(name), 'spec.externalName', name))];
}

function servicePort(port: JsonObject, at: number, isOneOfMany: boolean, names: Set<string>): FieldError[] {
  const path = index(portsPath, at);
  const [name, number, appProtocol] = [textAt(port, 'name'), numberAt(port, 'port'), textAt(port, 'appProtocol')];
  const errors: FieldError[] = [];
  if (name === '') {
    if (isOneOfMany) errors.push(required(child(path, 'name')));
  } else {
    errors.push(...dnsLabel(name, child(path, 'name')));
    if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    names.add(name);
  }
  return [
    ...errors,
    ...invalidEach(portNumber(number), child(path, 'port'), number),
    ...oneOf(textAt(port, 'protocol'), portProtocols, child(path, 'protocol')),
    ...portOrName(port.targetPort, child(path, 'targetPort')),
    ...(has(port, 'appProtocol') ? invalidEach(qualifiedName(appProtocol), child(path, 'appProtocol'), appProtocol) : []),
  ];
}

/** A duplicate is shown as a port that has nothing but what is duplicate. */
const bareport = (port: JsonObject): JsonObject => ({
  Name: '',
  Protocol: textAt(port, 'protocol'),
  AppProtocol: null,
  Port: numberAt(port, 'port'),
  TargetPort: 0,
  NodePort: 0,
});

function duplicatePorts(ports: readonly JsonObject[]): FieldError[] {
  const [nodePorts, numbers] = [new Set<string>(), new Set<string>()];
  const errors: FieldError[] = [];
  ports.forEach((port, at) => {
    const nodePort = numberAt(port, 'nodePort');
    const text = `${textAt(port, 'protocol')} ${nodePort}`;
    if (nodePort !== 0 && nodePorts.has(text)) errors.push(duplicate(child(index(portsPath, at), 'nodePort'), nodePort));
    nodePorts.add(text);
  });
  ports.forEach((port, at) => {
    const text = `${textAt(port, 'protocol')} ${numberAt(port, 'port')}`;
    if (numbers.has(text)) errors.push(duplicate(index(portsPath, at), bareport(port)));
    numbers.add(text);
  });
  return errors;
}

const maxAffinitySeconds = 86_400;

function sessionAffinity(spec: JsonObject): FieldError[] {
  const affinity = textAt(spec, 'sessionAffinity');
  const errors = oneOf(affinity, ['ClientIP', 'None'], 'spec.sessionAffinity');
  const path = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  const timeout = numberAt(recordAt(recordAt(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds');
  if (affinity === 'ClientIP' && (timeout <= 0 || timeout > maxAffinitySeconds))
    errors.push(invalidValue(path, timeout, `must be greater than 0 and less than ${maxAffinitySeconds}`));
  return errors;
}

/** Addresses and the families they are of, as far as they do not depend on what the cluster has. */
export function validateClusterIPs(spec: JsonObject): FieldError[] {
  const path = 'spec.clusterIPs';
  const ips = textsAt(spec, 'clusterIPs');
  const clusterIP = textAt(spec, 'clusterIP');
  const errors: FieldError[] = [];
  if (clusterIP === '') {
    if (ips.length > 0) errors.push(invalidValue(path, ips, 'must be empty when `clusterIP` is not specified'));
  } else if (ips.length === 0) errors.push(required(path));
  else if (ips[0] !== clusterIP) errors.push(invalidValue(path, ips, 'first value must match `clusterIP`'));
  const families = textsAt(spec, 'ipFamilies');
  families.forEach((family, at) => {
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(notSupported(index('spec.ipFamilies', at), family, ['IPv4', 'IPv6']));
    if (families.indexOf(family) < at) errors.push(duplicate(index('spec.ipFamilies', at), family));
  });
  if (has(spec, 'ipFamilyPolicy') && !familyPolicies.includes(textAt(spec, 'ipFamilyPolicy')))
    errors.push(notSupported('spec.ipFamilyPolicy', spec.ipFamilyPolicy, familyPolicies));
  const illFormed = ips.flatMap((ip, at) => {
    if (at > 0 || ip !== 'None') return ipAddress(ip, index(path, at));
    return ips.length > 1 ? [invalidValue(path, ips, "'None' must be the first and only value")] : [];
  });
  errors.push(...illFormed);
  if (ips.length > 2) errors.push(invalidValue(path, ips, 'may only hold up to 2 values'));
  return illFormed.length > 0 || ips[0] === 'None' ? errors : [...errors, ...familyErrors(ips, families)];
}

/** At most one address of each family, in the order of the families. */
function familyErrors(ips: readonly string[], families: readonly string[]): FieldError[] {
  const path = 'spec.clusterIPs';
  const errors: FieldError[] = [];
  if (ips.length > 1 && new Set(ips.map(isIP)).size < ips.length) errors.push(invalidValue(path, ips, 'may specify no more than one IP for each IP family'));
  ips.forEach((ip, at) => {
    const family = families[at];
    if ((family === 'IPv4' && isIP(ip) === 6) || (family === 'IPv6' && isIP(ip) === 4))
      errors.push(invalidValue(index(path, at), ip, `expected an ${family} value as indicated by \`ipFamilies[${at}]\``));
  });
  return errors;
}
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

function trafficPolicies(spec: JsonObject): FieldError[] {
  const type = textAt(spec, 'type');
  const external = textAt(spec, 'externalTrafficPolicy');
  const isExternal = type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && textsAt(spec, 'externalIPs').length > 0);
  const errors: FieldError[] = [];
  if (isExternal) errors.push(...oneOf(external, ['Cluster', 'Local'], 'spec.externalTrafficPolicy'));
  else if (external !== '') errors.push(invalidValue('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'));
  const internal = textAt(spec, 'internalTrafficPolicy');
  if (internal !== '' && internal !== 'Cluster' && internal !== 'Local')
    errors.push(notSupported('spec.internalTrafficPolicy', internal, ['Cluster', 'Local']));
  return errors;
}

const isHeadlessSpec = (spec: JsonObject): boolean => {
  const ips = textsAt(spec, 'clusterIPs');
  return ips.length === 1 && ips[0] === 'None';
};

/** The first address, and the first family, are for life; the second may come and go. */
function keepsPrimary(spec: JsonObject, old: JsonObject, field: 'clusterIPs' | 'ipFamilies', word: 'clusterIP' | 'ipFamily'): FieldError[] {
  const [values, before] = [textsAt(spec, field), textsAt(old, field)];
  const [path, primary] = [`spec.${field}`, index(`spec.${field}`, 0)];
  const unchangeable = 'may not change once set';
  if (values.length === before.length)
    return values.flatMap((value, at) =>
      value === before[at] ? [] : [invalidValue(field === 'ipFamilies' ? primary : index(path, at), values, unchangeable)],
    );
  const errors: FieldError[] = [];
  if (values.length === 0) errors.push(invalidValue(primary, values, `primary ${word} can not be unset`));
  else if (before.length > 0 && values[0] !== before[0]) errors.push(invalidValue(primary, values, unchangeable));
  if (values.length === 1 && before.length > 1 && spec.ipFamilyPolicy !== 'SingleStack')
    errors.push(invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy ?? null, `must be set to 'SingleStack' when releasing the secondary ${word}`));
  return errors;
}

function validateReplacement(spec: JsonObject, old: JsonObject): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  const [isHeadless, wasHeadless] = [isHeadlessSpec(spec), isHeadlessSpec(old)];
  if (isHeadless && wasHeadless) return [];
  const families = isHeadless === wasHeadless ? keepsPrimary(spec, old, 'ipFamilies', 'ipFamily') : [];
  return [...keepsPrimary(spec, old, 'clusterIPs', 'clusterIP'), ...families];
}

/** A Service. Fields about addresses that nobody has allocated are judged only where they are given. */
export function validateService(service: JsonObject, old?: JsonObject): FieldError[] {
  const spec = recordAt(service, 'spec');
  const ports = recordsAt(spec, 'ports');
  const type = textAt(spec, 'type');
  const isHeadless = textsAt(spec, 'clusterIPs')[0] === 'None';
  const errors: FieldError[] = old ? validateReplacement(spec, recordAt(old, 'spec')) : [];
  if (ports.length === 0 && !isHeadless && type !== 'ExternalName') errors.push(required(portsPath));
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless)
    errors.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  if (type === 'ExternalName') errors.push(...externalName(spec));
  const names = new Set<string>();
  errors.push(...ports.flatMap((port, at) => servicePort(port, at, ports.length > 1, names)));
  errors.push(...validateLabels(recordAt(spec, 'selector') as Record<string, string>, 'spec.selector'), ...sessionAffinity(spec));
  if (type !== 'ExternalName') errors.push(...validateClusterIPs(spec));
  textsAt(spec, 'externalIPs').forEach((ip, at) => {
    const path = index('spec.externalIPs', at);
    errors.push(...(isIP(ip) ? reachable(ip, path) : ipAddress(ip, path)));
  });
  errors.push(...oneOf(type, types, 'spec.type'));
  if (type === 'ClusterIP')
    ports.forEach((port, at) => {
      if (numberAt(port, 'nodePort') !== 0) errors.push(forbiddenField(child(index(portsPath, at), 'nodePort'), "may not be used when `type` is 'ClusterIP'"));
    });
  errors.push(...duplicatePorts(ports));
  if (type !== 'LoadBalancer') {
    // The reference spells the field so.
    if (textsAt(spec, 'loadBalancerSourceRanges').length > 0)
      errors.push(forbiddenField('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'"));
    if (has(spec, 'allocateLoadBalancerNodePorts'))
      errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
    if (has(spec, 'loadBalancerClass')) errors.push(forbiddenField('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  }
  return [...errors, ...trafficPolicies(spec)];
}

/** An address at which something outside this node can be. */
function reachable(ip: string, path: string): FieldError[] {
  if (!isIP(ip)) return [invalidValue(path, ip, 'must be a valid IP address')];
  if (ip === '0.0.0.0' || ip === '::') return [invalidValue(path, ip, `may not be unspecified (${ip})`)];
  const special = specialRanges.find(([pattern]) => pattern.test(ip));
  return special ? [invalidValue(path, ip, `may not be in the ${special[1]}`)] : [];
}
const specialRanges: readonly (readonly [RegExp, string])[] = [
  [/^127\.|^::1$/, 'loopback range (127.0.0.0/8, ::1/128)'],
  [/^169\.254\.|^fe[89ab][0-9a-f]:/i, 'link-local range (169.254.0.0/16, fe80::/10)'],
  [/^224\.0\.0\.|^ff02:/i, 'link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

function endpointAddress(address: JsonObject, path: string): FieldError[] {
  const hostname = textAt(address, 'hostname');
  const [ip, ipPath] = [textAt(address, 'ip'), child(path, 'ip')];
  return [...ipAddress(ip, ipPath), ...(hostname === '' ? [] : dnsLabel(hostname, child(path, 'hostname'))), ...reachable(ip, ipPath)];
}

export const validateEndpoints = (endpoints: JsonObject): FieldError[] =>
  recordsAt(endpoints, 'subsets').flatMap((subset, at) => {
    const path = index('subsets', at);
    const [addresses, notReady, ports] = [recordsAt(subset, 'addresses'), recordsAt(subset, 'notReadyAddresses'), recordsAt(subset, 'ports')];
    return [
      ...(addresses.length + notReady.length === 0 ? [required(path, 'must specify `addresses` or `notReadyAddresses`')] : []),
      ...addresses.flatMap((address, i) => endpointAddress(address, index(child(path, 'addresses'), i))),
      ...notReady.flatMap((address, i) => endpointAddress(address, index(child(path, 'notReadyAddresses'), i))),
      ...ports.flatMap((port, i) => {
        const portPath = index(child(path, 'ports'), i);
        const [name, number] = [textAt(port, 'name'), numberAt(port, 'port')];
        return [
          ...(name !== '' ? dnsLabel(name, child(portPath, 'name')) : ports.length > 1 ? [required(child(portPath, 'name'))] : []),
          ...invalidEach(portNumber(number), child(portPath, 'port'), number),
          ...oneOf(textAt(port, 'protocol'), portProtocols, child(portPath, 'protocol')),
        ];
      }),
    ];
  });
