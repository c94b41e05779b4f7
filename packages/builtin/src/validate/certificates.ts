/** CertificateSigningRequests (pkg/apis/certificates/validation). */
import {
  child,
  dns1123Label,
  dns1123Subdomain,
  duplicate,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  jsonEqual,
  notSupported,
  required,
  tooLong,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { certificateFault, checkSigningRequest } from './signing-requests.js';

const usages = [
  ...['any', 'cert sign', 'client auth', 'code signing', 'content commitment', 'crl sign', 'data encipherment', 'decipher only', 'digital signature'],
  ...['email protection', 'encipher only', 'ipsec end system', 'ipsec tunnel', 'ipsec user', 'key agreement', 'key encipherment', 'microsoft sgc'],
  ...['netscape sgc', 'ocsp signing', 's/mime', 'server auth', 'signing', 'timestamping'],
];
const decisions = ['Approved', 'Denied'];
const onlyTrue = ['Approved', 'Denied', 'Failed'];
const conditionsPath = 'status.conditions';

const textOf = (holder: JsonObject, name: string): string => Buffer.from(textAt(holder, name), 'base64').toString('latin1');
const conditionsOf = (of: JsonObject | undefined): readonly JsonObject[] => recordsAt(recordAt(of, 'status'), 'conditions');
const ofType = (of: JsonObject | undefined, type: string): JsonObject[] => conditionsOf(of).filter((condition) => textAt(condition, 'type') === type);
const certificateOf = (of: JsonObject | undefined): string => textAt(recordAt(of, 'status'), 'certificate');

/** A domain and a name in it; either is made of labels. */
function signerName(name: string): FieldError[] {
  const path = 'spec.signerName';
  if (name === '') return [required(path)];
  const [domain = '', last = '', ...more] = name.split('/');
  if (more.length > 0 || !name.includes('/')) {
    return [invalidValue(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  }
  const labels = (text: string, rule: (label: string) => string[]): FieldError[] => {
    for (const label of text.split('.')) {
      const messages = rule(label);
      if (messages.length > 0) return messages.map((message) => invalidValue(path, text, `validating label ${JSON.stringify(label)}: ${message}`));
    }
    return [];
  };
  const errors = domain.length > 253 ? [tooLong(path, 253)] : [];
  errors.push(...labels(domain, dns1123Label));
  if (!domain.includes('.')) errors.push(invalidValue(path, domain, 'should be a domain with at least two segments separated by dots'));
  return [...errors, ...labels(last, dns1123Subdomain), ...(name.length > 571 ? [tooLong(path, 571)] : [])];
}

function validateConditions(request: JsonObject, old: JsonObject | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const oldTypes = conditionsOf(old).map((condition) => textAt(condition, 'type'));
  const allowsBoth = decisions.every((type) => oldTypes.includes(type));
  const allowsDuplicates = new Set(oldTypes).size < oldTypes.length;
  conditionsOf(request).forEach((condition, at) => {
    const path = index(conditionsPath, at);
    const [type, status] = [textAt(condition, 'type'), textAt(condition, 'status')];
    const allowed = onlyTrue.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (type === '' && !oldTypes.includes('')) errors.push(required(child(path, 'type')));
    if (status === '') errors.push(required(child(path, 'status')));
    else if (!allowed.includes(status)) errors.push(notSupported(child(path, 'status'), status, allowed));
    const other = decisions.find((decision) => decision !== type);
    if (!allowsBoth && decisions.includes(type) && seen.has(other!)) {
      errors.push(invalidValue(conditionsPath, type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (!allowsDuplicates && seen.has(type)) errors.push(duplicate(child(path, 'type'), type));
    seen.add(type);
  });
  return errors;
}

function validateUsages(of: readonly string[], old: readonly string[]): FieldError[] {
  const path = 'spec.usages';
  const errors: FieldError[] = of.length === 0 ? [required(path)] : [];
  if (old.every((usage) => usages.includes(usage))) {
    of.forEach((usage, at) => {
      if (!usages.includes(usage)) errors.push(notSupported(index(path, at), usage, usages));
    });
  }
  if (new Set(old).size < old.length) return errors;
  return [...errors, ...of.flatMap((usage, at) => (of.indexOf(usage) < at ? [duplicate(index(path, at), usage)] : []))];
}

function requestFault(spec: JsonObject): string | undefined {
  try {
    checkSigningRequest(textOf(spec, 'request'));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const legacySigner = 'kubernetes.io/legacy-unknown';

/** What is wrong with a request in itself. */
function validateRequest(request: JsonObject, old: JsonObject | undefined): FieldError[] {
  const [spec, oldSpec] = [recordAt(request, 'spec'), recordAt(old, 'spec')];
  const fault = requestFault(spec);
  const signer = textAt(spec, 'signerName');
  const seconds = numberAt(spec, 'expirationSeconds');
  const errors: FieldError[] = fault === undefined ? [] : [invalidValue('spec.request', textAt(spec, 'request'), fault)];
  errors.push(...validateUsages(textsAt(spec, 'usages'), textsAt(oldSpec, 'usages')));
  if (signer === legacySigner && textAt(oldSpec, 'signerName') !== legacySigner) {
    errors.push(invalidValue('spec.signerName', signer, 'the legacy signerName is not allowed via this API version'));
  } else errors.push(...signerName(signer));
  if (has(spec, 'expirationSeconds') && seconds < 600) {
    errors.push(invalidValue('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)'));
  }
  errors.push(...validateConditions(request, old));
  const wrong = certificateFault(textOf(recordAt(request, 'status'), 'certificate'));
  const isTolerated = old && (certificateOf(request) === certificateOf(old) || certificateFault(textOf(recordAt(old, 'status'), 'certificate')) !== undefined);
  if (wrong !== undefined && !isTolerated) errors.push(invalidValue('status.certificate', '<certificate data>', wrong));
  return errors;
}

/** Through which door a request is written: each allows something. */
export type SigningRequestDoor = 'main' | 'status' | 'approval';

function validateDecisions(request: JsonObject, old: JsonObject, door: SigningRequestDoor): FieldError[] {
  const removed = onlyTrue.filter((type) => ofType(request, type).length < ofType(old, type).length);
  const errors = removed.map((type) => forbiddenField(conditionsPath, `updates may not remove a condition of type ${JSON.stringify(type)}`));
  if (door === 'approval') return errors;
  for (const type of decisions) {
    const [now, before] = [ofType(request, type), ofType(old, type)];
    if (now.length > before.length) errors.push(forbiddenField(conditionsPath, `updates may not add a condition of type ${JSON.stringify(type)}`));
    else if (now.length === before.length && !jsonEqual(now, before)) {
      errors.push(forbiddenField(conditionsPath, `updates may not modify a condition of type ${JSON.stringify(type)}`));
    }
  }
  return errors;
}

export function validateSigningRequest(request: JsonObject, old: JsonObject | undefined, door: SigningRequestDoor = 'main'): FieldError[] {
  const errors = validateRequest(request, old);
  if (!old) return errors;
  errors.push(...validateDecisions(request, old, door));
  const [now, before] = [certificateOf(request), certificateOf(old)];
  if (now !== before) {
    if (door !== 'status') errors.push(forbiddenField('status.certificate', 'updates may not set certificate content'));
    else if (before !== '') errors.push(forbiddenField('status.certificate', 'updates may not modify existing certificate content'));
  }
  return errors;
}
