/** Ingresses and IngressClasses (pkg/apis/networking/validation). */
import { isIP } from 'node:net';
import {
  child,
  dns1123Subdomain,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  notSupported,
  pathSegmentName,
  portName,
  portNumber,
  required,
  tooLong,
  wildcardDNS1123Subdomain,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { strictIP } from './addresses.js';
import { immutable, invalidEach } from './rules.js';

const classAnnotation = 'kubernetes.io/ingress.class';

/** What a reference to an object of some kind must have. */
function reference(value: JsonObject, path: string): FieldError[] {
  const group = textAt(value, 'apiGroup');
  const errors = has(value, 'apiGroup') ? invalidEach(dns1123Subdomain(group), child(path, 'apiGroup'), group) : [];
  for (const field of ['kind', 'name']) {
    const text = textAt(value, field);
    errors.push(...(text === '' ? [required(child(path, field))] : invalidEach(pathSegmentName(text), child(path, field), text)));
  }
  return errors;
}

function serviceBackend(service: JsonObject, path: string): FieldError[] {
  const name = textAt(service, 'name');
  const namePath = child(path, 'service.name');
  const errors = name === '' ? [required(namePath)] : invalidEach(nameIsDNSLabel(name), namePath, name);
  const port = recordAt(service, 'port');
  const [portText, number] = [textAt(port, 'name'), numberAt(port, 'number')];
  if (portText !== '' && number !== 0) errors.push(invalidValue(path, '', 'cannot set both port name & port number'));
  else if (portText !== '') errors.push(...invalidEach(portName(portText), child(path, 'service.port.name'), portText));
  else if (number !== 0) errors.push(...invalidEach(portNumber(number), child(path, 'service.port.number'), number));
  else errors.push(required(path, 'port name or number is required'));
  return errors;
}

function validateBackend(backend: JsonObject, path: string): FieldError[] {
  if (has(backend, 'resource') && has(backend, 'service')) return [invalidValue(path, '', 'cannot set both resource and service backends')];
  if (has(backend, 'resource')) return reference(recordAt(backend, 'resource'), child(path, 'resource'));
  if (has(backend, 'service')) return serviceBackend(recordAt(backend, 'service'), path);
  return [invalidValue(path, '', 'resource or service backend is required')];
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const refusedSequences = ['//', '/./', '/../', '%2f', '%2F'];
const refusedEnds = ['/..', '/.'];

function pathText(type: string, text: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const isFree = type === 'ImplementationSpecific';
  if (!text.startsWith('/') && !(isFree && text === '')) errors.push(invalidValue(path, text, 'must be an absolute path'));
  if (isFree) return errors;
  for (const part of refusedSequences) if (text.includes(part)) errors.push(invalidValue(path, text, `must not contain '${part}'`));
  for (const end of refusedEnds) if (text.endsWith(end)) errors.push(invalidValue(path, text, `cannot end with '${end}'`));
  return errors;
}

function validatePath(value: JsonObject, path: string): FieldError[] {
  if (!has(value, 'pathType')) return [required(child(path, 'pathType'), 'pathType must be specified')];
  const type = textAt(value, 'pathType');
  const errors = pathTypes.includes(type)
    ? pathText(type, textAt(value, 'path'), child(path, 'path'))
    : [notSupported(child(path, 'pathType'), type, pathTypes)];
  return [...errors, ...validateBackend(recordAt(value, 'backend'), child(path, 'backend'))];
}

function validateHTTP(http: JsonObject, path: string): FieldError[] {
  const paths = recordsAt(http, 'paths');
  if (paths.length === 0) return [required(child(path, 'paths'))];
  return paths.flatMap((value, at) => validatePath(value, index(child(path, 'paths'), at)));
}

const hostName = (host: string, path: string): FieldError[] =>
  invalidEach(host.includes('*') ? wildcardDNS1123Subdomain(host) : dns1123Subdomain(host), path, host);

const ruleHTTP = (rule: JsonObject, path: string): FieldError[] => (has(rule, 'http') ? validateHTTP(recordAt(rule, 'http'), child(path, 'http')) : []);

function validateRule(rule: JsonObject, path: string, allowsBadWildcards: boolean): FieldError[] {
  const host = textAt(rule, 'host');
  const errors: FieldError[] = [];
  if (host !== '') {
    if (isIP(host)) errors.push(invalidValue(child(path, 'host'), host, 'must be a DNS name, not an IP address'));
    errors.push(...hostName(host, child(path, 'host')));
  }
  return host.includes('*') && allowsBadWildcards ? errors : [...errors, ...ruleHTTP(rule, path)];
}

const badSecretName = (tls: JsonObject): string[] => (textAt(tls, 'secretName') === '' ? [] : nameIsDNSSubdomain(textAt(tls, 'secretName')));

function validateTLS(tls: JsonObject, path: string, allowsBadNames: boolean): FieldError[] {
  const errors = textsAt(tls, 'hosts').flatMap((host, at) => hostName(host, index(child(path, 'hosts'), at)));
  return allowsBadNames ? errors : [...errors, ...invalidEach(badSecretName(tls), child(path, 'secretName'), textAt(tls, 'secretName'))];
}

/** What was wrong before may stay so. */
const hadBadWildcards = (old: JsonObject | undefined): boolean =>
  recordsAt(recordAt(old, 'spec'), 'rules').some((rule) => textAt(rule, 'host').includes('*') && ruleHTTP(rule, '').length > 0);
const hadBadSecretNames = (old: JsonObject | undefined): boolean => recordsAt(recordAt(old, 'spec'), 'tls').some((tls) => badSecretName(tls).length > 0);

export function validateIngress(ingress: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(ingress, 'spec');
  const rules = recordsAt(spec, 'rules');
  const errors: FieldError[] = [];
  if (rules.length === 0 && !has(spec, 'defaultBackend')) {
    errors.push(invalidValue('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (has(spec, 'defaultBackend')) errors.push(...validateBackend(recordAt(spec, 'defaultBackend'), 'spec.defaultBackend'));
  const [badWildcards, badNames] = [hadBadWildcards(old), hadBadSecretNames(old)];
  errors.push(...rules.flatMap((rule, at) => validateRule(rule, index('spec.rules', at), badWildcards)));
  errors.push(...recordsAt(spec, 'tls').flatMap((tls, at) => validateTLS(tls, index('spec.tls', at), badNames)));
  const name = textAt(spec, 'ingressClassName');
  if (has(spec, 'ingressClassName')) errors.push(...invalidEach(nameIsDNSSubdomain(name), 'spec.ingressClassName', name));
  const annotations = recordAt(recordAt(ingress, 'metadata'), 'annotations');
  if (!old && has(annotations, classAnnotation) && has(spec, 'ingressClassName') && annotations[classAnnotation] !== name) {
    errors.push(invalidValue(`annotations.${classAnnotation}`, annotations[classAnnotation], 'must match `ingressClassName` when both are specified'));
  }
  return errors;
}

export function validateIngressStatus(ingress: JsonObject, old: JsonObject): FieldError[] {
  const pointsOf = (of: JsonObject): readonly JsonObject[] => recordsAt(recordAt(recordAt(of, 'status'), 'loadBalancer'), 'ingress');
  const known = new Set(pointsOf(old).map((point) => textAt(point, 'ip')));
  return pointsOf(ingress).flatMap((point, at) => {
    const path = index('status.loadBalancer.ingress', at);
    const [ip, hostname] = [textAt(point, 'ip'), textAt(point, 'hostname')];
    const errors = ip === '' || known.has(ip) ? [] : strictIP(ip, child(path, 'ip'));
    if (hostname === '') return errors;
    const hostPath = child(path, 'hostname');
    errors.push(...invalidEach(dns1123Subdomain(hostname), hostPath, hostname));
    if (isIP(hostname)) errors.push(invalidValue(hostPath, hostname, 'must be a DNS name, not an IP address'));
    return errors;
  });
}

const maxControllerBytes = 250;
const httpPath = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

function domainPrefixedPath(text: string, path: string): FieldError[] {
  if (text === '') return [required(path)];
  const slash = text.indexOf('/');
  const [host, rest] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  if (slash < 0 || host === '' || rest === '') return [invalidValue(path, text, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = invalidEach(dns1123Subdomain(host), path, host);
  if (!httpPath.test(rest)) errors.push(invalidValue(path, rest, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"));
  return errors;
}

const scopes = ['Cluster', 'Namespace'];

function parametersReference(parameters: JsonObject, path: string): FieldError[] {
  const errors = reference(parameters, path);
  if (!has(parameters, 'scope')) return [...errors, required(child(path, 'scope'))];
  const [scope, namespace] = [textAt(parameters, 'scope'), textAt(parameters, 'namespace')];
  const namespacePath = child(path, 'namespace');
  if (!scopes.includes(scope)) errors.push(notSupported(child(path, 'scope'), scope, scopes));
  else if (scope === 'Namespace') {
    errors.push(
      ...(has(parameters, 'namespace')
        ? invalidEach(nameIsDNSLabel(namespace), namespacePath, namespace)
        : [required(namespacePath, "`parameters.scope` is set to 'Namespace'")]),
    );
  } else if (has(parameters, 'namespace')) errors.push(forbiddenField(namespacePath, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}

export function validateIngressClass(ingressClass: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(ingressClass, 'spec');
  const controller = textAt(spec, 'controller');
  const path = 'spec.controller';
  return [
    ...(old ? immutable(controller, textAt(recordAt(old, 'spec'), 'controller'), path) : []),
    ...(Buffer.byteLength(controller) > maxControllerBytes ? [tooLong(path, maxControllerBytes)] : []),
    ...domainPrefixedPath(controller, path),
    ...(has(spec, 'parameters') ? parametersReference(recordAt(spec, 'parameters'), 'spec.parameters') : []),
  ];
}
