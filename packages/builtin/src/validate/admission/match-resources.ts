/** Which writes a policy, or a binding of it, means. */
import { child, duplicate, type FieldError, index, type JsonObject, notSupported, pathSegmentName, required } from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../../types/read.js';
import { invalidEach, labelSelectorRule } from '../rules.js';
import { resourceRule } from './resource-rules.js';

function namedRule(rule: JsonObject, path: string): FieldError[] {
  const names = textsAt(rule, 'resourceNames');
  return [
    ...names.flatMap((name, at) => {
      const namePath = index(child(path, 'resourceNames'), at);
      return [...invalidEach(pathSegmentName(name), namePath, name), ...(names.indexOf(name) < at ? [duplicate(namePath, name)] : [])];
    }),
    ...resourceRule(rule, path),
  ];
}

const policies = ['Equivalent', 'Exact'];

/** A MatchResources. */
export function matchResources(value: JsonObject, path: string): FieldError[] {
  const policy = textAt(value, 'matchPolicy');
  const selector = (field: string): FieldError[] =>
    has(value, field) ? labelSelectorRule(recordAt(value, field), child(path, field)) : [required(child(path, field))];
  const rules = (field: string): FieldError[] => recordsAt(value, field).flatMap((rule, at) => namedRule(rule, index(child(path, field), at)));
  return [
    ...(!has(value, 'matchPolicy')
      ? [required(child(path, 'matchPolicy'))]
      : policies.includes(policy)
        ? []
        : [notSupported(child(path, 'matchPolicy'), policy, policies)]),
    ...selector('namespaceSelector'),
    ...selector('objectSelector'),
    ...rules('resourceRules'),
    ...rules('excludeResourceRules'),
  ];
}
