/** The names of a custom resource (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { type FieldError, child, dns1035Label, index, invalidValue } from '@apiserver-kit/machinery';
import type { CustomResourceDefinitionNames } from './custom-resource-definition.js';

/** What is wrong with the names that are given; none has to be. */
export function validateNames(names: Partial<CustomResourceDefinitionNames>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (at: string, name: string, prefix = '', label = name): void => {
    const messages = dns1035Label(label);
    if (messages.length > 0) errors.push(invalidValue(at, name, prefix + messages.join(',')));
  };
  for (const field of ['plural', 'singular'] as const) if (names[field]) check(child(path, field), names[field]);
  for (const field of ['kind', 'listKind'] as const) {
    const kind = names[field];
    if (kind) check(child(path, field), kind, 'may have mixed case, but should otherwise match: ', kind.toLowerCase());
  }
  for (const [i, name] of (names.shortNames ?? []).entries()) check(index(child(path, 'shortNames'), i), name);
  if (names.kind && names.kind === names.listKind) errors.push(invalidValue(child(path, 'listKind'), names.listKind, 'kind and listKind may not be the same'));
  for (const [i, name] of (names.categories ?? []).entries()) check(index(child(path, 'categories'), i), name);
  return errors;
}
