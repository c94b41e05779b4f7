/** customresourcedefinitions as a served resource. Loaded with the first request for it. */
import { badRequest, type KubeObject, PatchError, strategicMergePatch, unknownError } from '@apiserver-kit/machinery';
import type { ObjectCodec, ResourceStore, StoredResource } from '@apiserver-kit/rest';
import type { CustomResourceDefinition } from '../validation/custom-resource-definition.js';
import { defaultCustomResourceDefinition } from '../validation/defaults.js';
import { structReader } from './decode.js';
import { definitionFieldManager, definitionStatusFieldManager } from './field-management.js';
import { definitionDescription, definitionSubresources } from './resource.js';
import { definitionStatusStrategy, definitionStrategy } from './strategy.js';
import { definitionTable } from './table.js';
import { definitionPatchMeta } from './types.js';

const codec: ObjectCodec = {
  id: 'apiextensions.k8s.io/v1',
  decode: structReader('apiextensions.v1.CustomResourceDefinition', definitionDescription, (object) =>
    defaultCustomResourceDefinition(object as unknown as CustomResourceDefinition),
  ),
  object: (entry) => entry.object(),
  bytes: (entry) => entry.bytes,
  toStored: (object) => object,
};

function patch(original: KubeObject, change: Record<string, unknown>): KubeObject {
  try {
    return strategicMergePatch(original, change, definitionPatchMeta) as KubeObject;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw error.status === 400 ? badRequest(error.message) : unknownError(error.message);
  }
}

/** The resource over the store of definitions. */
export const definitionsResource = (store: ResourceStore): StoredResource => ({
  ...definitionDescription,
  store,
  codec,
  strategy: definitionStrategy,
  subresources: { status: { ...definitionSubresources.status!, strategy: definitionStatusStrategy, fieldManager: definitionStatusFieldManager } },
  fieldManager: definitionFieldManager,
  table: definitionTable,
  strategicMergePatch: patch,
  fieldLabel(label) {
    throw badRequest(`"${label}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
  },
});
