/** The documents of discovery that tell of one level each: versions, groups, resources (k8s.io/apiserver/pkg/endpoints/discovery). */
import { apiVersionOf } from '@apiserver-kit/machinery';
import type { ApiGroup, ApiGroupVersion } from '../api-registry.js';
import { resourceRows } from './resource-rows.js';

/** `/api`: the versions of the core group. Without apiVersion, which the first release had not. */
export const apiVersions = ({ versions }: ApiGroup, serverAddress: string): unknown => ({
  kind: 'APIVersions',
  versions: versions.map(({ version }) => version),
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
});

function groupOf({ name, versions }: ApiGroup): object {
  const listed = versions.map((version) => ({ groupVersion: apiVersionOf(version), version: version.version }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

/** `/apis`: all groups but the core group. */
export const apiGroupList = (groups: readonly ApiGroup[]): unknown => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groups.filter(({ name }) => name !== '').map(groupOf),
});

/** `/apis/<group>` */
export const apiGroup = (group: ApiGroup): unknown => ({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) });

/** `/api/<version>` and `/apis/<group>/<version>`. The core group's is without apiVersion, as {@link apiVersions}. */
export const apiResourceList = (of: ApiGroupVersion): unknown => ({
  kind: 'APIResourceList',
  ...(of.group === '' ? {} : { apiVersion: 'v1' }),
  groupVersion: apiVersionOf(of),
  resources: of.resources.flatMap(resourceRows),
});
