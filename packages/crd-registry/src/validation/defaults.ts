/** What a CustomResourceDefinition leaves out (apiextensions-apiserver/pkg/apis/apiextensions/v1/defaults.go). */
import type { CustomResourceDefinition } from './custom-resource-definition.js';

/** Fills in, in place, names.singular and names.listKind, the conversion, the port of its service and the first stored version. */
export function defaultCustomResourceDefinition(crd: CustomResourceDefinition): void {
  crd.spec ??= {} as CustomResourceDefinition['spec'];
  const { spec } = crd;
  spec.names ??= {} as CustomResourceDefinition['spec']['names'];
  const { names } = spec;
  if (!names.singular && names.kind) names.singular = names.kind.toLowerCase();
  if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= 443;
  const storage = spec.versions?.find((version) => version.storage);
  if (storage && !crd.status?.storedVersions?.length) crd.status = { ...crd.status, storedVersions: [storage.name] };
}
