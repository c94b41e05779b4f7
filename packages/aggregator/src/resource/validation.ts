/** Validation of APIServices (kube-aggregator/pkg/apis/apiregistration/validation). */
import {
  dns1035Label,
  dns1123Subdomain,
  type FieldError,
  goQuote,
  invalidValue,
  notSupported,
  pathSegmentName,
  portNumber,
  required,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@apiserver-kit/machinery';
import { type APIService, type APIServiceSpec, apiServiceName } from '../api-service.js';

/** What is wrong with an APIService that is created. To be called on one with its defaults. */
export function validateAPIService({ metadata, spec }: APIService): FieldError[] {
  const requiredName = apiServiceName({ group: spec.group ?? '', version: spec.version ?? '' });
  const nameRule = (name: string): string[] => {
    const problems = pathSegmentName(name);
    if (problems.length > 0) return problems;
    return name === requiredName ? [] : [`must be \`spec.version+"."+spec.group\`: ${goQuote(requiredName)}`];
  };
  return [...validateObjectMeta(metadata, { namespaced: false, nameRule }), ...validateSpec(spec)];
}

/** What is wrong with one that replaces `old`. */
export const validateAPIServiceUpdate = (service: APIService, old: APIService): FieldError[] => [
  ...validateObjectMetaUpdate(service.metadata, old.metadata),
  ...validateAPIService(service),
];

const conditionStatuses = ['True', 'False', 'Unknown'];

/** What is wrong with a status that replaces that of `old`. */
export const validateAPIServiceStatusUpdate = (service: APIService, old: APIService): FieldError[] => [
  ...validateObjectMetaUpdate(service.metadata, old.metadata),
  ...(service.status?.conditions ?? []).flatMap(({ status }, at) =>
    conditionStatuses.includes(status) ? [] : [notSupported(`status.conditions[${at}].status`, status, conditionStatuses)],
  ),
];

const isBetween = (value: number, max: number): boolean => value > 0 && value <= max;

function validateSpec(spec: APIServiceSpec): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec;
  const errors: FieldError[] = [];
  if (group === '' && version !== 'v1') errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group !== '') errors.push(...dns1123Subdomain(group).map((problem) => invalidValue('spec.group', group, problem)));
  errors.push(...dns1035Label(version).map((problem) => invalidValue('spec.version', version, problem)));
  if (!isBetween(groupPriorityMinimum, 20_000))
    errors.push(invalidValue('spec.groupPriorityMinimum', groupPriorityMinimum, 'must be positive and less than 20000'));
  if (!isBetween(versionPriority, 1000)) errors.push(invalidValue('spec.versionPriority', versionPriority, 'must be positive and less than 1000'));
  return [...errors, ...(spec.service == null ? validateLocal(spec) : validateRemote(spec))];
}

const byteLength = (base64 = ''): number => Buffer.from(base64, 'base64').length;

function validateLocal({ caBundle, insecureSkipTLSVerify }: APIServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (byteLength(caBundle) > 0) errors.push(invalidValue('spec.caBundle', `${byteLength(caBundle)} bytes`, 'local APIServices may not have a caBundle'));
  if (insecureSkipTLSVerify) errors.push(invalidValue('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
  return errors;
}

function validateRemote({ service = {}, caBundle, insecureSkipTLSVerify }: APIServiceSpec): FieldError[] {
  const { namespace, name, port = 443 } = service;
  const errors: FieldError[] = [];
  if (!namespace) errors.push(required('spec.service.namespace'));
  if (!name) errors.push(required('spec.service.name'));
  const problems = portNumber(port);
  if (problems.length > 0) errors.push(invalidValue('spec.service.port', port, `port is not valid: ${problems.join(', ')}`));
  if (insecureSkipTLSVerify && byteLength(caBundle) > 0)
    errors.push(invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return errors;
}
