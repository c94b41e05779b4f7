/** How APIServices are written (kube-aggregator/pkg/registry/apiservice). */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { Strategy, UpdateStrategy } from '@apiserver-kit/rest';
import { asAPIService, localAvailability, withAvailability } from '../api-service.js';
import { validateAPIService, validateAPIServiceStatusUpdate, validateAPIServiceUpdate } from './validation.js';

export const apiServiceStrategy: Strategy = {
  allowsCreateOnUpdate: false,
  allowsUnconditionalUpdate: false,
  returnsDeletedObject: false,
  prepareForCreate(object, { nowMs }) {
    object.status = {};
    const service = asAPIService(object);
    if (service.spec.service == null) object.status = withAvailability(service, localAvailability, nowMs).status as KubeObject['status'];
  },
  validateCreate: (object) => validateAPIService(asAPIService(object)),
  prepareForUpdate(object, old) {
    object.status = old.status;
  },
  validateUpdate: (object, old) => validateAPIServiceUpdate(asAPIService(object), asAPIService(old)),
};

/** What of the metadata a write of the status leaves as it is. */
const keptMetadata = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

export const apiServiceStatusStrategy: UpdateStrategy = {
  allowsUnconditionalUpdate: false,
  prepareForUpdate(object, old) {
    object.spec = old.spec;
    const metadata = object.metadata as Record<string, unknown>;
    for (const name of keptMetadata) {
      if (old.metadata[name] === undefined) delete metadata[name];
      else metadata[name] = old.metadata[name];
    }
  },
  validateUpdate: (object, old) => validateAPIServiceStatusUpdate(asAPIService(object), asAPIService(old)),
};
