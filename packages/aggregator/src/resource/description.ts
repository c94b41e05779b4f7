/** apiservices.apiregistration.k8s.io as discovery shows it. */
import { createHash } from 'node:crypto';
import type { RegisteredResource, ResourceDescription } from '@apiserver-kit/rest';
import { apiServiceGroup, apiServicePlural, apiServiceVersion } from '../api-service.js';

const kind = 'APIService';

export const apiServiceDescription: ResourceDescription = {
  group: apiServiceGroup,
  version: apiServiceVersion,
  resource: apiServicePlural,
  kind,
  listKind: 'APIServiceList',
  singularName: 'apiservice',
  namespaced: false,
  shortNames: [],
  categories: ['api-extensions'],
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  storageVersionHash: createHash('sha256').update(`${apiServiceGroup}/${apiServiceVersion}/${kind}`).digest().subarray(0, 8).toString('base64'),
  family: 'builtin',
};

export const apiServiceSubresources: RegisteredResource['subresources'] = { status: { verbs: ['get', 'patch', 'update'] } };
