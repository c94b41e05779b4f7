/** Who owns which field of an APIService (kube-aggregator/pkg/registry/apiservice/strategy.go: GetResetFields). */
import { excluding, fieldManager, type FieldManagerOptions, FieldSet, structTypes } from '@apiserver-kit/apply';
import { cloneJson, type KubeObject } from '@apiserver-kit/machinery';
import { apiServiceDescription } from './description.js';
import { defaultAPIService } from './defaults.js';
import { apiServiceRows, apiServiceTypeName, decodeStruct } from './types.js';

const { group, version, kind } = apiServiceDescription;
const apiVersion = `${group}/${version}`;

const type = structTypes({ fields: apiServiceRows, isAtomic: () => false })(apiServiceTypeName);

const common: FieldManagerOptions = {
  kind: { group, version, kind },
  type: (asked) => (asked === apiVersion ? type : undefined),
  empty: () => decodeStruct(apiServiceTypeName, { apiVersion, kind }).object as unknown as KubeObject,
  complete(merged) {
    const object = cloneJson(merged);
    defaultAPIService(object);
    return object;
  },
};

/** Of writes to APIServices. */
export const apiServiceFieldManager = fieldManager({ ...common, resetFields: { [apiVersion]: excluding(FieldSet.of(['status'])) } });

/** Of writes to their status. */
export const apiServiceStatusFieldManager = fieldManager({
  ...common,
  subresource: 'status',
  resetFields: { [apiVersion]: excluding(FieldSet.of(['spec'], ['metadata'])) },
});
