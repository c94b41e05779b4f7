/** ValidatingAdmissionPolicy, MutatingAdmissionPolicy and their bindings. */
import {
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  index,
  invalidValue,
  type JsonObject,
  nameIsDNSSubdomain,
  notSupported,
  pathSegmentName,
  required,
} from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../../types/read.js';
import { invalidEach, labelSelectorRule } from '../rules.js';
import { matchResources } from './match-resources.js';
import { mutatingSpec, validatingSpec } from './policy-specs.js';
import { staticSuffixRule } from './static-suffix.js';

/** Mutation knows no deletions. */
const mutatingOperations = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

/** Operations of rules that policies of this kind are not asked about. */
function unsupportedOperations(resources: JsonObject, path: string): FieldError[] {
  return recordsAt(resources, 'resourceRules').flatMap((rule) =>
    textsAt(rule, 'operations').flatMap((operation) =>
      mutatingOperations.includes(operation) ? [] : [notSupported(child(path, 'resourceRules.operations'), operation, mutatingOperations)],
    ),
  );
}

function paramRef(reference: JsonObject, path: string): FieldError[] {
  const name = textAt(reference, 'name');
  const [hasSelector, action] = [has(reference, 'selector'), textAt(reference, 'parameterNotFoundAction')];
  const exclusive = 'name and selector are mutually exclusive';
  const isBoth = name !== '' && hasSelector;
  return [
    ...(name === '' ? [] : invalidEach(pathSegmentName(name), child(path, 'name'), name)),
    ...(isBoth ? [forbiddenField(child(path, 'name'), exclusive)] : []),
    ...(hasSelector ? labelSelectorRule(recordAt(reference, 'selector'), child(path, 'selector')) : []),
    ...(isBoth ? [forbiddenField(child(path, 'selector'), exclusive)] : []),
    ...(name === '' && !hasSelector ? [required(path, 'one of name or selector must be specified')] : []),
    ...(action === ''
      ? [required(child(path, 'parameterNotFoundAction'))]
      : ['Deny', 'Allow'].includes(action)
        ? []
        : [notSupported(child(path, 'parameterNotFoundAction'), action, ['Deny', 'Allow'])]),
  ];
}

/** What the two kinds of binding have in common. */
function binding(spec: JsonObject): FieldError[] {
  const name = textAt(spec, 'policyName');
  return [
    ...(name === '' ? [required('spec.policyName')] : invalidEach(nameIsDNSSubdomain(name), 'spec.policyName', name)),
    ...(has(spec, 'paramRef') ? paramRef(recordAt(spec, 'paramRef'), 'spec.paramRef') : []),
    ...(has(spec, 'matchResources') ? matchResources(recordAt(spec, 'matchResources'), 'spec.matchResources') : []),
  ];
}

const actions = ['Audit', 'Deny', 'Warn'];

function validationActions(asked: readonly string[]): FieldError[] {
  const path = 'spec.validationActions';
  const errors: FieldError[] = asked.flatMap((action, at) => [
    ...(actions.includes(action) ? [] : [notSupported(index(path, at), action, actions)]),
    ...(asked.indexOf(action) < at ? [duplicate(index(path, at), action)] : []),
  ]);
  const both = 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
  if (asked.includes('Deny') && asked.includes('Warn')) errors.push(invalidValue(path, asked, both));
  return asked.length === 0 ? [required(path, 'at least one validation action is required')] : errors;
}

export const validateValidatingBinding = (object: JsonObject, old: JsonObject | undefined): FieldError[] => {
  const spec = recordAt(object, 'spec');
  return [...binding(spec), ...validationActions(textsAt(spec, 'validationActions')), ...staticSuffixRule(object, old)];
};

export const validateMutatingBinding = (object: JsonObject, old: JsonObject | undefined): FieldError[] => {
  const spec = recordAt(object, 'spec');
  return [...binding(spec), ...unsupportedOperations(recordAt(spec, 'matchResources'), 'spec.matchResources'), ...staticSuffixRule(object, old)];
};

export const validateValidatingPolicy = (object: JsonObject, old: JsonObject | undefined): FieldError[] => [
  ...validatingSpec(object, old),
  ...staticSuffixRule(object, old),
];

export const validateMutatingPolicy = (object: JsonObject, old: JsonObject | undefined): FieldError[] => [
  ...mutatingSpec(object, old, unsupportedOperations),
  ...staticSuffixRule(object, old),
];
