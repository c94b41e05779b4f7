/** apiservices as a served resource. Loaded with the first request for it. */
import { badRequest, goQuote, type KubeObject, PatchError, strategicMergePatch, unknownError } from '@apiserver-kit/machinery';
import { DecodeError } from '@apiserver-kit/machinery/structs';
import type { ObjectCodec, ResourceStore, StoredResource } from '@apiserver-kit/rest';
import { defaultAPIService } from './defaults.js';
import { apiServiceDescription, apiServiceSubresources } from './description.js';
import { apiServiceFieldManager, apiServiceStatusFieldManager } from './field-management.js';
import { apiServiceStatusStrategy, apiServiceStrategy } from './strategy.js';
import { apiServiceTable } from './table.js';
import { apiServicePatchMeta, apiServiceTypeName, decodeStruct } from './types.js';

const codec: ObjectCodec = {
  id: 'apiregistration.k8s.io/v1',
  decode(value, { onUnknownField }) {
    try {
      const { object, unknownFields } = decodeStruct(apiServiceTypeName, value);
      if (onUnknownField) for (const path of unknownFields) onUnknownField(path);
      defaultAPIService(object as KubeObject);
      return object as KubeObject;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const { kind, version } = apiServiceDescription;
      throw badRequest(`${kind} in version ${goQuote(version)} cannot be handled as a ${kind}: ${error.message}`);
    }
  },
  object: (entry) => entry.object(),
  bytes: (entry) => entry.bytes,
  toStored: (object) => object,
};

function patch(original: KubeObject, change: Record<string, unknown>): KubeObject {
  try {
    return strategicMergePatch(original, change, apiServicePatchMeta) as KubeObject;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw error.status === 400 ? badRequest(error.message) : unknownError(error.message);
  }
}

/** The resource over the store of APIServices. */
export const apiServicesResource = (store: ResourceStore): StoredResource => ({
  ...apiServiceDescription,
  store,
  codec,
  strategy: apiServiceStrategy,
  subresources: { status: { ...apiServiceSubresources.status!, strategy: apiServiceStatusStrategy, fieldManager: apiServiceStatusFieldManager } },
  fieldManager: apiServiceFieldManager,
  table: apiServiceTable,
  strategicMergePatch: patch,
  fieldLabel(label) {
    throw badRequest(`"${label}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
  },
});
