/**
 * The conditions of authorization webhooks, as CEL (k8s.io/apiserver/pkg/authorization/cel).
 *
 * An entry of its own, so that CEL is loaded by those servers only whose configuration has expressions.
 */
import { celEnvironment, celTypes, fromJson, type TypeProvider } from '@apiserver-kit/cel';
import type { MatchConditionCompiler } from '../webhook/match-conditions.js';

const { string, struct, listOf, mapOf } = celTypes;
const texts = listOf(string);
const typeOf = (name: string): celTypes.Type => struct(`kubernetes.${name}`);
const requirement = typeOf('SelectorRequirement');
const selectorFields = { rawSelector: string, requirements: listOf(requirement) };
const spec = typeOf('SubjectAccessReviewSpec');

const types: Readonly<Record<string, Readonly<Record<string, celTypes.Type>>>> = {
  'kubernetes.SubjectAccessReviewSpec': {
    resourceAttributes: typeOf('ResourceAttributes'),
    nonResourceAttributes: typeOf('NonResourceAttributes'),
    user: string,
    groups: texts,
    extra: mapOf(string, texts),
    uid: string,
  },
  'kubernetes.ResourceAttributes': {
    namespace: string,
    verb: string,
    group: string,
    version: string,
    resource: string,
    subresource: string,
    name: string,
    fieldSelector: typeOf('FieldSelectorAttributes'),
    labelSelector: typeOf('LabelSelectorAttributes'),
  },
  'kubernetes.NonResourceAttributes': { path: string, verb: string },
  'kubernetes.FieldSelectorAttributes': selectorFields,
  'kubernetes.LabelSelectorAttributes': selectorFields,
  'kubernetes.SelectorRequirement': { key: string, operator: string, values: texts },
};

const provider: TypeProvider = {
  findStruct: (name) => (Object.hasOwn(types, name) ? struct(name) : undefined),
  findField: (name, field) => (Object.hasOwn(types, name) && Object.hasOwn(types[name]!, field) ? types[name]![field] : undefined),
};

/**
 * Compiles the conditions of a configuration.
 *
 * @example configuredAuthorizer(configuration, { modes, compileCondition: authorizationCel() })
 */
export function authorizationCel(): MatchConditionCompiler {
  const environment = celEnvironment({ variables: { request: spec }, provider });
  return (expression) => {
    const compiled = environment.compile(expression);
    if (compiled.type === undefined) throw new Error(`compilation failed: ${compiled.errorText}`);
    if (compiled.type.kind !== 'bool') throw new Error(`must evaluate to bool but got ${compiled.type}`);
    const program = compiled.program();
    return (request) => {
      const { value, error } = program.evaluate({ request: fromJson(request) });
      if (value === undefined) throw new Error(error);
      return value === true;
    };
  };
}
