/** The schemas that definitions publish, for the OpenAPI documents of a server. Loaded when a document is asked for. */
import type { GroupVersion } from '@apiserver-kit/machinery';
import { crdOpenAPISchemas, type OpenAPIVersion, type StructuralSchema, structuralSchema } from '@apiserver-kit/schema';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../validation/custom-resource-definition.js';
import { describeVersion } from './describe.js';

function schemaOf({ schema }: CustomResourceDefinitionVersion): StructuralSchema | undefined {
  const props = schema?.openAPIV3Schema;
  if (props == null) return undefined;
  const { schema: structural, unsupported } = structuralSchema(props);
  return unsupported === undefined ? structural : undefined;
}

/** The schemas of the versions that are served: of one group version, or of all. */
export function publishedSchemas(definitions: readonly CustomResourceDefinition[], openAPI: OpenAPIVersion, only?: GroupVersion): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  for (const crd of definitions) {
    if (only && crd.spec.group !== only.group) continue;
    for (const version of crd.spec.versions) {
      if (!version.served || (only && version.name !== only.version)) continue;
      const { group, resource, kind, listKind } = describeVersion(crd, version);
      const { preserveUnknownFields } = crd.spec;
      const { selectableFields } = version;
      const published = { group, version: version.name, kind, listKind, plural: resource, schema: schemaOf(version), preserveUnknownFields, selectableFields };
      Object.assign(schemas, crdOpenAPISchemas(published, openAPI));
    }
  }
  return schemas;
}
