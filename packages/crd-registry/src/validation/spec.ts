/** The spec of a CustomResourceDefinition (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import {
  type FieldError,
  byteLength,
  child,
  dns1035Label,
  dns1123Subdomain,
  index,
  invalidValue,
  notSupported,
  required,
  unprintableCharacters,
} from '@apiserver-kit/machinery';
import { validateColumns, validateSubresources } from './columns-and-subresources.js';
import { type ConversionOptions, validateConversion } from './conversion.js';
import type { CustomResourceDefinitionSpec, CustomResourceDefinitionVersion, CustomResourceSubresources } from './custom-resource-definition.js';
import { hasDefaults, someSchema } from './each-schema.js';
import { validateNames } from './names.js';
import { printVersion } from './printed-form.js';
import { type SchemaRules, validateSchema } from './schema.js';
import { validateSelectableFields } from './selectable-fields.js';
import { type SharedSettings, sharedSettings } from './shared-settings.js';

/** What is asked of a spec. Less is asked of one that replaces another which did not meet it. */
export interface SpecRules extends SchemaRules, ConversionOptions {
  /** All versions must have a schema. */
  readonly requireSchema: boolean;
  /** The versions whose selectable fields were too many already; `''`: those of the spec. */
  readonly tooManySelectableFields: ReadonlySet<string>;
}

const scopes = ['Cluster', 'Namespaced'];

export function validateSpec(spec: CustomResourceDefinitionSpec, path: string, given: SpecRules): FieldError[] {
  const shared = sharedSettings(spec);
  const { group = '', scope, names, preserveUnknownFields = false } = spec;
  const rules: SpecRules = { ...given, requireStructural: given.requireStructural || !preserveUnknownFields || usesExtensions(spec) || usesDefaults(spec) };
  const errors: FieldError[] = [...validateGroup(group, child(path, 'group'))];
  if (!scope) errors.push(required(child(path, 'scope')));
  else if (!scopes.includes(scope)) errors.push(notSupported(child(path, 'scope'), scope, scopes));
  errors.push(...validatePresence(shared, spec, path, rules));
  if (usesDefaults(spec) && preserveUnknownFields)
    errors.push(invalidValue(child(path, 'preserveUnknownFields'), true, 'must be false in order to use defaults in the schema'));
  errors.push(...validateVersions(shared, spec, path, rules));
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const) if (!names?.[field]) errors.push(required(child(child(path, 'names'), field)));
  errors.push(...validateNames(names ?? {}, child(path, 'names')), ...validateShared(shared, path, rules));
  const { conversion } = spec;
  if (conversion != null && conversion.strategy !== 'None' && preserveUnknownFields)
    errors.push(invalidValue(child(child(path, 'conversion'), 'strategy'), conversion.strategy ?? '', 'must be None if spec.preserveUnknownFields is true'));
  if (conversion != null) errors.push(...validateConversion(conversion, child(path, 'conversion'), rules));
  return errors;
}

function validateGroup(group: string, path: string): FieldError[] {
  if (group === '') return [required(path)];
  const messages = dns1123Subdomain(group);
  if (messages.length > 0) return [invalidValue(path, group, messages.join(','))];
  return group.includes('.') ? [] : [invalidValue(path, group, 'should be a domain with at least one dot')];
}

const usesDefaults = ({ versions }: CustomResourceDefinitionSpec): boolean => (versions ?? []).some(({ schema }) => hasDefaults(schema?.openAPIV3Schema));

/** Whether the schemas say anything that is only defined for structural ones. */
const usesExtensions = ({ versions }: CustomResourceDefinitionSpec): boolean =>
  (versions ?? []).some(({ schema }) =>
    someSchema(
      schema?.openAPIV3Schema,
      (node) =>
        node['x-kubernetes-embedded-resource'] === true ||
        node['x-kubernetes-preserve-unknown-fields'] != null ||
        node['x-kubernetes-int-or-string'] === true ||
        !!node['x-kubernetes-list-map-keys']?.length ||
        node['x-kubernetes-list-type'] != null ||
        !!node['x-kubernetes-validations']?.length,
    ),
  );

/** Which versions lack a schema that they must have. */
function validatePresence(shared: SharedSettings, spec: CustomResourceDefinitionSpec, path: string, { requireSchema }: SpecRules): FieldError[] {
  if (shared.validation?.openAPIV3Schema != null || (!requireSchema && spec.preserveUnknownFields)) return [];
  return shared.versions.flatMap(({ schema, served }, i) => {
    if (schema?.openAPIV3Schema != null || !(requireSchema || served)) return [];
    const at = child(child(index(child(path, 'versions'), i), 'schema'), 'openAPIV3Schema');
    return [required(at, requireSchema ? '' : 'because otherwise all fields are pruned')];
  });
}

const hasStatus = (subresources: CustomResourceSubresources | null | undefined): boolean => subresources?.status != null;

/** Of two versions of the same name, which is an error of its own, the first counts. */
const subresourcesOf = (name: string, { subresources, versions }: SharedSettings): CustomResourceSubresources | null | undefined =>
  subresources ?? versions.find((version) => (version.name ?? '') === name)?.subresources;

function validateVersions(shared: SharedSettings, spec: CustomResourceDefinitionSpec, path: string, rules: SpecRules): FieldError[] {
  const errors: FieldError[] = [];
  const at = child(path, 'versions');
  for (const [i, version] of shared.versions.entries()) {
    const { name = '' } = version;
    const messages = dns1035Label(name);
    if (messages.length > 0) errors.push(invalidValue(child(index(at, i), 'name'), name, messages.join(',')));
    errors.push(...validateVersion(version, index(at, i), hasStatus(subresourcesOf(name, shared)), rules));
  }
  const names = shared.versions.map(({ name }) => name);
  const printed = (): unknown => spec.versions?.map((_, i) => printVersion(shared.versions[i]!)) ?? null;
  if (new Set(names).size < names.length) errors.push(invalidValue(at, printed(), 'must contain unique version names'));
  if (shared.versions.filter(({ storage }) => storage).length !== 1)
    errors.push(invalidValue(at, printed(), 'must have exactly one version marked as storage version'));
  // The older form names the first version once more.
  const first = names[0] ?? '';
  const messages = first === '' ? [] : dns1035Label(first);
  if (messages.length > 0) errors.push(invalidValue(child(path, 'version'), first, messages.join(',')));
  return errors;
}

function validateVersion(version: CustomResourceDefinitionVersion, path: string, isStatusSeparate: boolean, rules: SpecRules): FieldError[] {
  const { selectableFields } = version;
  const errors = validateDeprecation(version, child(path, 'deprecationWarning'));
  errors.push(
    ...validateSchema(version.schema, child(path, 'schema'), { hasStatus: isStatusSeparate, version: version.name ?? '' }, rules),
    ...validateSubresources(version.subresources, child(path, 'subresources')),
    ...validateColumns(version.additionalPrinterColumns ?? [], child(path, 'additionalPrinterColumns')),
  );
  if (!selectableFields?.length) return errors;
  const at = child(path, 'selectableFields');
  const props = version.schema?.openAPIV3Schema;
  if (props == null) errors.push(invalidValue(at, '', 'may only be set when `version.schema.openAPIV3Schema` is not included'));
  else
    errors.push(
      ...validateSelectableFields(selectableFields, props, at, {
        allowTooMany: rules.tooManySelectableFields.has(version.name),
        schemaPath: child(child(path, 'schema'), 'openAPIV3Schema'),
      }),
    );
  return errors;
}

function validateDeprecation({ deprecated, deprecationWarning: warning }: CustomResourceDefinitionVersion, path: string): FieldError[] {
  if (warning == null) return [];
  if (!deprecated) return [invalidValue(path, warning, 'can only be set for deprecated versions')];
  const details: string[] = [];
  if (byteLength(warning) > 256) details.push('must be <= 256 characters long');
  if (warning === '') details.push('must not be an empty string');
  const [unprintable] = unprintableCharacters(warning);
  if (unprintable) details.push(`must only contain printable UTF-8 characters; non-printable character found at index ${unprintable.byte}`);
  return details.map((detail) => invalidValue(path, warning, detail));
}

/** What all versions share is judged once. */
function validateShared(shared: SharedSettings, path: string, rules: SpecRules): FieldError[] {
  const { validation, subresources, versions, selectableFields } = shared;
  const hasAnyStatus = hasStatus(subresources) || versions.some((version) => hasStatus(version.subresources));
  const errors = [
    ...validateSchema(validation, child(path, 'validation'), { hasStatus: hasAnyStatus, version: '' }, rules),
    ...validateSubresources(subresources, child(path, 'subresources')),
    ...validateColumns(shared.additionalPrinterColumns, child(path, 'additionalPrinterColumns')),
  ];
  if (selectableFields.length === 0) return errors;
  const at = child(path, 'selectableFields');
  if (validation === undefined) errors.push(invalidValue(at, '', 'may only be set when validations.schema is included'));
  else
    errors.push(
      ...validateSelectableFields(selectableFields, validation.openAPIV3Schema ?? {}, at, {
        allowTooMany: rules.tooManySelectableFields.has(''),
        // The reference names it as if it stood there.
        schemaPath: child(child(path, 'schema'), 'openAPIV3Schema'),
      }),
    );
  return errors;
}
