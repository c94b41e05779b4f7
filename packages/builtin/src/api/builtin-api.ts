/** The built-in resources for an API registry: what discovery needs now, the rest when the first request asks. */
import type { RegisteredResource, ResourceDescription, SubresourceDescription } from '@apiserver-kit/rest';
import { type BuiltinResource, builtinResources, storageVersionHash } from '../resources.js';
import { type BuiltinOptions, servedSubresources } from './options.js';
import { builtinStores } from './stores.js';

function descriptionOf(row: BuiltinResource): ResourceDescription {
  return {
    group: row.group,
    version: row.version,
    resource: row.plural,
    kind: row.kind,
    listKind: row.listKind,
    singularName: row.singular,
    namespaced: row.namespaced,
    shortNames: row.shortNames,
    categories: row.categories,
    verbs: row.verbs,
    storageVersionHash: storageVersionHash(row),
    family: 'builtin',
  };
}

const subresourcesOf = (row: BuiltinResource, options: BuiltinOptions): Record<string, SubresourceDescription> =>
  Object.fromEntries(servedSubresources(row, options).map(({ name, verbs, kind }) => [name, kind ? { verbs, kind } : { verbs }]));

/** Makes something when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/**
 * All built-in resources that are stored. Cheap: types, defaults, rules and tables are loaded with the first request for a resource.
 *
 * @example registry.add(...builtinApi({ storage }), ...accessReviews({ authorizer }))
 */
export function builtinApi(options: BuiltinOptions): RegisteredResource[] {
  const { storage, stores = builtinStores(storage, options) } = options;
  const make = once(() => import('./stored-resource.js').then(({ storedResources }) => storedResources({ ...options, stores })));
  return builtinResources.map((row) => {
    const description = descriptionOf(row);
    return {
      description,
      subresources: subresourcesOf(row, options),
      store: () => stores.of(row),
      load: async () => {
        // Rules that are expressions are checked by what runs them.
        if (row.group === 'admissionregistration.k8s.io') (await import('../validate/admission/cel.js')).checkExpressions();
        return (await make())(row, description);
      },
    };
  });
}
