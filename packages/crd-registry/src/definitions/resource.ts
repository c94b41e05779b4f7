/** customresourcedefinitions.apiextensions.k8s.io as discovery shows it. */
import type { RegisteredResource, ResourceDescription } from '@apiserver-kit/rest';
import { storageVersionHash } from '../storage-version-hash.js';

export const definitionGroup = 'apiextensions.k8s.io';
export const definitionPlural = 'customresourcedefinitions';
/** Keeps a definition until its instances are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const definitionDescription: ResourceDescription = {
  group: definitionGroup,
  version: 'v1',
  resource: definitionPlural,
  kind: 'CustomResourceDefinition',
  listKind: 'CustomResourceDefinitionList',
  singularName: 'customresourcedefinition',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  storageVersionHash: storageVersionHash({ group: definitionGroup, version: 'v1', kind: 'CustomResourceDefinition' }),
  family: 'builtin',
};

export const definitionSubresources: RegisteredResource['subresources'] = { status: { verbs: ['get', 'patch', 'update'] } };
