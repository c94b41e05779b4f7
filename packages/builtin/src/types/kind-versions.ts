/** How kinds that are served in several versions, and stored in one, go from one to the other. */
import type { JsonObject } from '@apiserver-kit/machinery';
import { hpaToV1, hpaToV2 } from './autoscaler-versions.js';
import { eventFromCore, eventToCore } from './event-versions.js';

/** Both ways between a version and that which objects are stored in. */
export interface StoredForm {
  toStored(object: JsonObject): JsonObject;
  fromStored(object: JsonObject): JsonObject;
}

/** By kind: of the version that is not the stored one. */
export const storedForms: Readonly<Record<string, StoredForm>> = {
  Event: { toStored: eventToCore, fromStored: eventFromCore },
  HorizontalPodAutoscaler: { toStored: hpaToV2, fromStored: hpaToV1 },
};

/** The version that is stored, of kinds that have more than one. */
const storedVersions: Readonly<Record<string, string>> = { Event: 'v1', HorizontalPodAutoscaler: 'autoscaling/v2' };

/** An object of one of these kinds in another version. */
export function inVersion(kind: string, object: JsonObject, apiVersion: string): JsonObject {
  const form = storedForms[kind]!;
  return apiVersion === storedVersions[kind] ? form.toStored(object) : form.fromStored(object);
}
