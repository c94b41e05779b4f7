/** NetworkPolicies (pkg/apis/networking/validation). */
import {
  child,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  notSupported,
  portName,
  portNumber,
  required,
} from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { contains, parseCIDR, strictCIDR } from './addresses.js';
import { invalidEach, labelSelectorRule } from './rules.js';

const protocols = ['TCP', 'UDP', 'SCTP'];
const policyTypes = ['Ingress', 'Egress'];

function validatePort(port: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [protocol, endPort] = [textAt(port, 'protocol'), port.endPort];
  const hasEnd = has(port, 'endPort');
  const endPath = child(path, 'endPort');
  if (has(port, 'protocol') && !protocols.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, protocols));
  if (!has(port, 'port')) return hasEnd ? [...errors, invalidValue(endPath, endPort, 'may not be specified when `port` is not specified')] : errors;
  const portPath = child(path, 'port');
  if (typeof port.port === 'string') {
    if (hasEnd) errors.push(invalidValue(endPath, endPort, 'may not be specified when `port` is non-numeric'));
    return [...errors, ...invalidEach(portName(port.port), portPath, port.port)];
  }
  errors.push(...invalidEach(portNumber(Number(port.port)), portPath, port.port));
  if (!hasEnd) return errors;
  if (Number(endPort) < Number(port.port)) errors.push(invalidValue(endPath, endPort, 'must be greater than or equal to `port`'));
  return [...errors, ...invalidEach(portNumber(Number(endPort)), endPath, endPort)];
}

/** @param known ranges that were there before: they stay, whatever they are. */
function validateBlock(block: JsonObject, path: string, known: ReadonlySet<string>): FieldError[] {
  const cidr = textAt(block, 'cidr');
  if (cidr === '') return [required(child(path, 'cidr'))];
  const rule = (text: string, at: string): FieldError[] => (known.has(text) ? [] : strictCIDR(text, at));
  const errors = rule(cidr, child(path, 'cidr'));
  const range = parseCIDR(cidr);
  if (!range) return errors;
  textsAt(block, 'except').forEach((text, at) => {
    const exceptPath = index(child(path, 'except'), at);
    errors.push(...rule(text, exceptPath));
    const except = parseCIDR(text);
    if (except && (!contains(range, except.ip) || range.bits >= except.bits)) errors.push(invalidValue(exceptPath, text, 'must be a strict subset of `cidr`'));
  });
  return errors;
}

function validatePeer(peer: JsonObject, path: string, known: ReadonlySet<string>): FieldError[] {
  const errors = ['podSelector', 'namespaceSelector'].flatMap((name) => labelSelectorRule(peer[name] as JsonObject | undefined, child(path, name)));
  const peers = ['podSelector', 'namespaceSelector', 'ipBlock'].filter((name) => has(peer, name));
  if (has(peer, 'ipBlock')) errors.push(...validateBlock(recordAt(peer, 'ipBlock'), child(path, 'ipBlock'), known));
  if (peers.length === 0) errors.push(required(path, 'must specify a peer'));
  else if (peers.length > 1 && has(peer, 'ipBlock')) errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

const directions = [
  ['ingress', 'from'],
  ['egress', 'to'],
] as const;

const peersOf = (spec: JsonObject): JsonObject[] => directions.flatMap(([rules, peers]) => recordsAt(spec, rules).flatMap((rule) => recordsAt(rule, peers)));

const rangesOf = (policy: JsonObject | undefined): ReadonlySet<string> =>
  new Set(
    peersOf(recordAt(policy, 'spec')).flatMap((peer) => {
      const block = recordAt(peer, 'ipBlock');
      return has(peer, 'ipBlock') ? [textAt(block, 'cidr'), ...textsAt(block, 'except')] : [];
    }),
  );

export function validateNetworkPolicy(policy: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(policy, 'spec');
  const known = rangesOf(old);
  const errors = labelSelectorRule(recordAt(spec, 'podSelector'), 'spec.podSelector');
  for (const [rules, peers] of directions) {
    recordsAt(spec, rules).forEach((rule, at) => {
      const path = index(child('spec', rules), at);
      errors.push(...recordsAt(rule, 'ports').flatMap((port, portAt) => validatePort(port, index(child(path, 'ports'), portAt))));
      errors.push(...recordsAt(rule, peers).flatMap((peer, peerAt) => validatePeer(peer, index(child(path, peers), peerAt), known)));
    });
  }
  const types = textsAt(spec, 'policyTypes');
  if (types.length > policyTypes.length) return [...errors, invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  types.forEach((type, at) => {
    if (!policyTypes.includes(type)) errors.push(notSupported(index('spec.policyTypes', at), type, policyTypes));
  });
  return errors;
}
