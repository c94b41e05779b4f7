/** OpenAPI v2: one document of everything, which older clients ask for (k8s.io/kube-openapi/pkg/handler). */
import { systemClock } from '@apiserver-kit/machinery';
import { chain, type Filter } from '@apiserver-kit/pipeline';
import { once } from '../printed.js';
import { perGeneration, preferredFirst, servedGroups } from '../served-groups.js';
import { defaultVersion } from '../version.js';
import type { OpenApiOptions } from './openapi-v3.js';
import { documentV2 } from './print-v2.js';
import { mergedSchemas } from './schema-source.js';
import { jsonContent, serveContent, takesJson } from './serve-content.js';

/** Answers `/openapi/v2`, in JSON only: other forms are 406. The document is made when it is first asked for after a change of a registry. */
export function openapiV2({ registries, schemas: sources, version = defaultVersion.gitVersion, clock = systemClock }: OpenApiOptions): Filter {
  const document = perGeneration(registries, () =>
    once(async () => {
      const groupVersions = servedGroups(registries, preferredFirst).flatMap(({ versions }) => versions);
      return jsonContent(documentV2(groupVersions, await mergedSchemas(sources, (source) => source.v2()), version), clock.now());
    }),
  );
  return (next) => (ctx) => {
    if (ctx.request.path !== '/openapi/v2') return next(ctx);
    if (!takesJson(ctx)) return { status: 406, headers: { vary: 'Accept' }, body: undefined };
    return chain(document()(), (content) => serveContent(ctx, content, { vary: 'Accept' }));
  };
}
