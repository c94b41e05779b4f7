/** The schemas of the built-in kinds for the OpenAPI documents: loaded when a document is asked for. */
import { apiVersionOf } from '@apiserver-kit/machinery';
import type { SchemaSource } from '@apiserver-kit/rest';

export const builtinSchemas: SchemaSource = {
  v3: async (groupVersion) => (await import('@apiserver-kit/builtin/kinds')).openapiV3Schemas(apiVersionOf(groupVersion)),
  v2: async () => (await import('@apiserver-kit/builtin/kinds')).openapiV2Definitions(),
};
