/** Which writes webhooks and policies say they mean. */
import { child, type FieldError, index, invalidValue, type JsonObject, notSupported, required } from '@apiserver-kit/machinery';
import { has, textAt, textsAt } from '../../types/read.js';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

/** At least one; a wildcard stands alone. `others` is how the reference calls the rest. */
function wildcardList(values: readonly string[], path: string, others: string): FieldError[] {
  if (values.length === 0) return [required(path)];
  return values.length > 1 && values.includes('*') ? [invalidValue(path, values, `if '*' is present, must not specify other ${others}`)] : [];
}

function resourceNames(resources: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = resources.length === 0 ? [required(path)] : [];
  // `x/*` and `*/x`, so far.
  const [wholeResources, wholeSubresources] = [new Set<string>(), new Set<string>()];
  let lastPlainIsResource = false;
  resources.forEach((value, at) => {
    const slash = value.indexOf('/');
    if (value === '') errors.push(required(index(path, at)));
    // As the reference does it: of those without subresource the last one counts.
    else if (slash < 0) lastPlainIsResource = value !== '*';
    else {
      const [resource, subresource] = [value.slice(0, slash), value.slice(slash + 1)];
      const alone = (wildcard: string): FieldError => invalidValue(index(path, at), value, `if '${wildcard}' is present, must not specify ${value}`);
      if (wholeResources.has(resource)) errors.push(alone(`${resource}/*`));
      if (wholeSubresources.has(subresource)) errors.push(alone(`*/${subresource}`));
      if (subresource === '*') wholeResources.add(resource);
      if (resource === '*') wholeSubresources.add(subresource);
    }
  });
  if (resources.length > 1 && resources.includes('*/*')) errors.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && lastPlainIsResource)
    errors.push(invalidValue(path, resources, "if '*' is present, must not specify other resources without subresources"));
  return errors;
}

/** A RuleWithOperations. */
export function resourceRule(rule: JsonObject, path: string): FieldError[] {
  const [operationsPath, versionsPath] = [child(path, 'operations'), child(path, 'apiVersions')];
  const [asked, versions, scope] = [textsAt(rule, 'operations'), textsAt(rule, 'apiVersions'), textAt(rule, 'scope')];
  return [
    ...wildcardList(asked, operationsPath, 'operations'),
    ...asked.flatMap((operation, at) => (operations.includes(operation) ? [] : [notSupported(index(operationsPath, at), operation, operations)])),
    ...wildcardList(textsAt(rule, 'apiGroups'), child(path, 'apiGroups'), 'API groups'),
    ...wildcardList(versions, versionsPath, 'API versions'),
    ...versions.flatMap((version, at) => (version === '' ? [required(index(versionsPath, at))] : [])),
    ...resourceNames(textsAt(rule, 'resources'), child(path, 'resources')),
    ...(has(rule, 'scope') && !scopes.includes(scope) ? [notSupported(child(path, 'scope'), scope, scopes)] : []),
  ];
}
