/** What is asked of a definition, new or updated: what was accepted once is not refused because the rules became stricter since. */
import { isRecord, jsonEqual } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, structuralSchema, toOpenAPIv3, withPrunedDefaults } from '@apiserver-kit/schema';
import { caBundleProblem, hasKnownReviewVersion } from './conversion.js';
import { type CustomResourceDefinition, type CustomResourceDefinitionVersion, isConditionTrue } from './custom-resource-definition.js';
import { hasDefaults, hasUnknownTypes, someSchema } from './each-schema.js';
import { validateMapKeys, validateSetItems } from './list-types.js';
import { printSelectableField } from './printed-form.js';
import { maxSelectableFields } from './selectable-fields.js';
import { isSame, sharedSettings } from './shared-settings.js';
import type { IsStored } from './schema.js';
import type { SpecRules } from './spec.js';

/** For a definition that is new. Its webhook may get a CA later, as long as nothing is served. */
export const rulesForCreate: SpecRules = {
  requireSchema: true,
  requireKnownTypes: true,
  requireStructural: true,
  requirePrunedDefaults: true,
  requireAtomicSets: true,
  requireMapKeys: true,
  requireKnownReviewVersion: true,
  allowInvalidCABundle: true,
  tooManySelectableFields: new Set(),
  isStored: () => false,
  unchangedVersions: new Set(),
};

/** For a definition that replaces `old`. */
export function rulesForUpdate(crd: CustomResourceDefinition, old: CustomResourceDefinition): SpecRules {
  const versions = old.spec.versions ?? [];
  const no = (claim: (schema: JSONSchemaProps) => boolean): boolean =>
    !versions.some(({ schema }) => schema?.openAPIV3Schema != null && claim(schema.openAPIV3Schema));
  const reviewVersions = old.spec.conversion?.webhook?.conversionReviewVersions ?? [];
  return {
    requireSchema: versions.every(({ schema }) => schema?.openAPIV3Schema != null),
    requireKnownTypes: no(hasUnknownTypes),
    requireStructural: no(isNotStructural),
    requirePrunedDefaults: no(hasUnprunedDefaults),
    requireAtomicSets: no((schema) => someSchema(schema, (node) => validateSetItems(node, '').length > 0)),
    requireMapKeys: no((schema) => someSchema(schema, (node) => validateMapKeys(node, '').length > 0)),
    requireKnownReviewVersion: reviewVersions.length === 0 || hasKnownReviewVersion(reviewVersions),
    allowInvalidCABundle: mayHaveInvalidCABundle(old),
    tooManySelectableFields: tooManySelectableFields(crd, old),
    isStored: storedExpressions(versions),
    unchangedVersions: unchangedVersions(crd, old),
  };
}

/** Tells of expressions whether they are in one of the versions. */
function storedExpressions(versions: readonly CustomResourceDefinitionVersion[]): IsStored {
  const found = { rule: new Set<string>(), messageExpression: new Set<string>() };
  for (const { schema } of versions)
    someSchema(schema?.openAPIV3Schema, (node) => {
      for (const { rule = '', messageExpression = '' } of node['x-kubernetes-validations'] ?? []) {
        found.rule.add(rule);
        found.messageExpression.add(messageExpression);
      }
      return false;
    });
  return (kind, text) => found[kind].has(text);
}

function unchangedVersions(crd: CustomResourceDefinition, old: CustomResourceDefinition): Set<string> {
  const before = old.spec.versions ?? [];
  const isUnchanged = ({ name, schema }: CustomResourceDefinitionVersion): boolean => {
    const same = before.find((version) => version.name === name);
    return same !== undefined && jsonEqual(schema ?? null, same.schema ?? null);
  };
  const versions = crd.spec.versions ?? [];
  const found = new Set(versions.filter(isUnchanged).map(({ name }) => name));
  // What all versions share stands once, where they are told as one.
  if (found.size === versions.length) found.add('');
  return found;
}

function isNotStructural(props: JSONSchemaProps): boolean {
  const { errors, unsupported } = structuralSchema(props);
  return unsupported !== undefined || errors.length > 0;
}

function hasUnprunedDefaults(props: JSONSchemaProps): boolean {
  if (!hasDefaults(props) || isNotStructural(props)) return false;
  const { schema } = structuralSchema(props);
  // A default for the whole object that is no object cannot be pruned; it is refused for what it is.
  if (schema.default !== undefined && !isRecord(schema.default)) return false;
  return !jsonEqual(toOpenAPIv3(schema), toOpenAPIv3(withPrunedDefaults(schema)));
}

function mayHaveInvalidCABundle(old: CustomResourceDefinition): boolean {
  if (!isConditionTrue(old, 'Established')) return true;
  const caBundle = old.spec.conversion?.webhook?.clientConfig?.caBundle;
  return !!caBundle && caBundleProblem(caBundle) !== undefined;
}

/** The versions, or `''` for all of them together, that had too many and keep just these. */
function tooManySelectableFields(crd: CustomResourceDefinition, old: CustomResourceDefinition): Set<string> {
  const found = new Set<string>();
  const [now, before] = [sharedSettings(crd.spec), sharedSettings(old.spec)];
  const compare = (version: string, fields: typeof now.selectableFields, oldFields: typeof now.selectableFields): void => {
    if (oldFields.length > maxSelectableFields && isSame(fields.map(printSelectableField), oldFields.map(printSelectableField))) found.add(version);
  };
  compare('', now.selectableFields, before.selectableFields);
  for (const { name, selectableFields } of now.versions) {
    const oldVersion = before.versions.find((version) => version.name === name);
    if (oldVersion) compare(name, selectableFields ?? [], oldVersion.selectableFields ?? []);
  }
  return found;
}
