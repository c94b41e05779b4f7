/** What definitions publish of their objects, for OpenAPI documents (apiextensions-apiserver/pkg/controller/openapi). */
import type { GroupVersion } from '@apiserver-kit/machinery';
import { type PublishedResource, structuralSchema } from '@apiserver-kit/schema';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../validation/custom-resource-definition.js';

function publish({ spec }: CustomResourceDefinition, { name, schema, selectableFields }: CustomResourceDefinitionVersion): PublishedResource {
  const { plural, kind, listKind = `${kind}List` } = spec.names;
  const props = schema?.openAPIV3Schema;
  const read = props == null ? undefined : structuralSchema(props);
  const isStructural = read !== undefined && read.unsupported === undefined && read.errors.length === 0;
  return {
    group: spec.group,
    version: name,
    kind,
    listKind,
    plural,
    schema: isStructural ? read.schema : undefined,
    preserveUnknownFields: spec.preserveUnknownFields ?? false,
    selectableFields,
  };
}

/** The served versions of definitions, or those of one group and version. */
export const publishedResources = (definitions: readonly CustomResourceDefinition[], only: GroupVersion | undefined): PublishedResource[] =>
  definitions
    .filter(({ spec }) => only === undefined || spec.group === only.group)
    .flatMap((crd) =>
      crd.spec.versions.filter(({ name, served }) => served && (only === undefined || name === only.version)).map((version) => publish(crd, version)),
    );
