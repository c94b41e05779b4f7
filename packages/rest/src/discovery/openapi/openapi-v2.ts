/** OpenAPI v2: one document of everything, which older clients ask for (k8s.io/kube-openapi/pkg/handler). */
import { systemClock } from '@apiserver-kit/machinery';
import { chain, type Filter, type RequestContext } from '@apiserver-kit/pipeline';
import { covers, parseAccept } from '../../negotiation/accept.js';
import { once } from '../printed.js';
import { perGeneration, preferredFirst, servedGroups } from '../served-groups.js';
import { defaultVersion } from '../version.js';
import type { OpenApiOptions } from './openapi-v3.js';
import { documentV2 } from './print-v2.js';
import { mergedSchemas } from './schema-source.js';
import { contentOf, jsonContent, serveContent } from './serve-content.js';

type Form = 'json' | 'protobuf';

const protobufSubtype = 'com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** With the name that it had before, which is no media type: clients still ask by it. */
const forms: readonly (readonly [subtype: string, form: Form])[] = [
  ['json', 'json'],
  ['com.github.proto-openapi.spec.v2@v1.0+protobuf', 'protobuf'],
  [protobufSubtype, 'protobuf'],
];

/** The form that a client would rather have; undefined where it takes none. */
function formFor({ request: { headers } }: RequestContext): Form | undefined {
  if (!headers.accept) return 'json';
  for (const clause of parseAccept(headers.accept)) {
    const found = forms.find(([subtype]) => covers(clause, 'application', subtype));
    if (found) return found[1];
  }
  return undefined;
}

/** Answers `/openapi/v2`, in JSON and protobuf: other forms are 406. The document is made when it is first asked for after a change of a registry. */
export function openapiV2({ registries, schemas: sources, version = defaultVersion.gitVersion, clock = systemClock }: OpenApiOptions): Filter {
  const documents = perGeneration(registries, () => {
    const document = once(async () => {
      const groupVersions = servedGroups(registries, preferredFirst).flatMap(({ versions }) => versions);
      return documentV2(groupVersions, await mergedSchemas(sources, (source) => source.v2()), version);
    });
    return {
      json: once(async () => jsonContent(await document(), clock.now())),
      protobuf: once(async () => {
        const { protobufV2 } = await import('./protobuf-v2.js');
        return contentOf(protobufV2(await document()), `application/${protobufSubtype}`, clock.now());
      }),
    };
  });
  return (next) => (ctx) => {
    if (ctx.request.path !== '/openapi/v2') return next(ctx);
    const form = formFor(ctx);
    if (form === undefined) return { status: 406, headers: { vary: 'Accept' }, body: undefined };
    return chain(documents()[form](), (content) => serveContent(ctx, content, { vary: 'Accept' }));
  };
}
