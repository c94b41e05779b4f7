/** Which names a definition gets of those that it asks for (apiextensions-apiserver/pkg/controller/status). */
import { goQuote, jsonEqual } from '@apiserver-kit/machinery';
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../validation/custom-resource-definition.js';
import { findCondition, says, withCondition, type Finding } from './condition.js';

type Names = Partial<CustomResourceDefinitionNames>;

interface UsedNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** The names that have been given to the definitions of a group. */
function usedNames(group: string, all: Iterable<CustomResourceDefinition>): UsedNames {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { spec, status } of all) {
    if (spec.group !== group) continue;
    const { plural = '', singular = '', shortNames, kind = '', listKind = '' } = status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...(shortNames ?? [])]) resources.add(name);
    for (const name of [kind, listKind]) kinds.add(name);
  }
  return { resources, kinds };
}

const inUse = (name: string): string => `${goQuote(name)} is already in use`;

interface Outcome {
  readonly names: Names;
  readonly finding: Finding;
}

/** Gives a definition the names that nobody else has; it keeps those that it has where another has the new ones. The last conflict is told. */
function acceptNames({ spec, status }: CustomResourceDefinition, { resources, kinds }: UsedNames): Outcome {
  const asked: Names = spec.names;
  const had: Names = status?.acceptedNames ?? {};
  let finding: Finding = { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
  const conflict = (reason: string, message: string): void => {
    finding = { type: 'NamesAccepted', status: 'False', reason, message };
  };
  const accept = (field: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string>, reason: string): string | undefined => {
    const name = asked[field] ?? '';
    if (name === (had[field] ?? '') || !used.has(name)) return asked[field];
    conflict(reason, inUse(name));
    return had[field];
  };
  const acceptShortNames = (): string[] | undefined => {
    const taken = [...new Set(asked.shortNames)].filter((name) => !had.shortNames?.includes(name) && resources.has(name)).map(inUse);
    if (taken.length === 0) return asked.shortNames;
    conflict('ShortNamesConflict', taken.length === 1 ? taken[0]! : `[${taken.join(', ')}]`);
    return had.shortNames;
  };
  const plural = accept('plural', resources, 'PluralConflict') ?? '';
  const singular = accept('singular', resources, 'SingularConflict');
  const shortNames = acceptShortNames();
  const kind = accept('kind', kinds, 'KindConflict') ?? '';
  const listKind = accept('listKind', kinds, 'ListKindConflict');
  const { categories } = asked;
  const names = {
    plural,
    ...(singular && { singular }),
    ...(shortNames?.length && { shortNames }),
    kind,
    ...(listKind && { listKind }),
    ...(categories?.length && { categories }),
  };
  return { names, finding };
}

/**
 * The definition with its names accepted, and with its first Established condition; the same one where there is nothing to do.
 * @param all the definitions there are, this one among them.
 */
export function withNames(crd: CustomResourceDefinition, all: Iterable<CustomResourceDefinition>, nowMs: number): CustomResourceDefinition {
  const { spec, status } = crd;
  if (jsonEqual(spec.names, status?.acceptedNames ?? {})) return crd;
  const { names, finding } = acceptNames(crd, usedNames(spec.group, all));
  if (jsonEqual(names, status?.acceptedNames ?? {}) && says(findCondition(crd, 'NamesAccepted'), finding)) return crd;
  const accepted = withCondition({ ...crd, status: { ...status, acceptedNames: names } }, finding, nowMs);
  if (findCondition(crd, 'Established')) return accepted;
  return withCondition(accepted, { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }, nowMs);
}
