/** The scale subresource: how many replicas, wherever the definition says they are (apiextensions-apiserver/pkg/registry/customresource/etcd.go). */
import {
  badRequest,
  type FieldError,
  internalError,
  invalidValue,
  type JsonObject,
  type KubeObject,
  StatusError,
  unknownError,
} from '@apiserver-kit/machinery';
import type { Projection } from '@apiserver-kit/rest';
import { structReader } from '../definitions/decode.js';
import type { CustomResourceSubresourceScale } from '../validation/custom-resource-definition.js';
import { nestedInteger, nestedText, setNested } from './nested-fields.js';

export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

const maxInt32 = 2147483647;
/** Stands in a scale that is patched where the object has no replicas: a patch that leaves it there has set nothing. */
const unset = -2147483648;

/** What goes wrong in the reading has no status of its own in the reference. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof StatusError ? error : unknownError((error as Error).message);
  }
}

const readScale = structReader('autoscaling.v1.Scale', scaleKind);

/** Of a body that is no scale, the reference never says why. */
const decode: Projection['decode'] = (value, options) => {
  try {
    return readScale(value, options);
  } catch (error) {
    throw error instanceof StatusError ? badRequest('no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:111"') : error;
  }
};

/** How an object's scale is read and written. */
export function scaleProjection({ specReplicasPath, statusReplicasPath, labelSelectorPath }: CustomResourceSubresourceScale): Projection {
  const scaleOf = (object: KubeObject, missing: () => number): KubeObject =>
    reading(() => {
      const replicas = nestedInteger(object, specReplicasPath) ?? missing();
      const current = nestedInteger(object, statusReplicasPath) ?? 0;
      const selector = labelSelectorPath ? nestedText(object, labelSelectorPath) : undefined;
      const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
      return {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: {
          name,
          ...(namespace && { namespace }),
          ...(uid && { uid }),
          ...(resourceVersion && { resourceVersion }),
          ...(creationTimestamp && { creationTimestamp }),
        } as KubeObject['metadata'],
        spec: replicas ? { replicas } : {},
        status: { replicas: current, ...(selector && { selector }) },
      };
    });
  return {
    read: (object) =>
      scaleOf(object, () => {
        throw internalError(`the spec replicas field "${specReplicasPath}" does not exist`);
      }),
    readForPatch: (object) => scaleOf(object, () => unset),
    write(object, scale) {
      const { replicas = 0 } = (scale.spec ?? {}) as { replicas?: number };
      if (replicas === unset) throw badRequest(`the spec replicas field "${specReplicasPath}" cannot be empty`);
      reading(() => setNested(object, specReplicasPath, replicas));
    },
    decode,
  };
}

function validateReplicas(object: JsonObject, path: string): FieldError[] {
  let replicas: number | bigint;
  try {
    replicas = nestedInteger(object, path) ?? 0;
  } catch (error) {
    return [invalidValue(path, 0, (error as Error).message)];
  }
  if (replicas < 0) return [invalidValue(path, replicas, 'should be a non-negative integer')];
  return replicas > maxInt32 ? [invalidValue(path, replicas, `should be less than or equal to ${maxInt32}`)] : [];
}

/** What is wrong with the replicas that an object asks for. */
export const validateScaleSpec = (object: JsonObject, scale: CustomResourceSubresourceScale | undefined): FieldError[] =>
  scale ? validateReplicas(object, scale.specReplicasPath) : [];

/** What is wrong with the replicas that an object has, and with the selector of its pods. */
export function validateScaleStatus(object: JsonObject, scale: CustomResourceSubresourceScale | undefined): FieldError[] {
  if (!scale) return [];
  const errors = validateReplicas(object, scale.statusReplicasPath);
  const { labelSelectorPath } = scale;
  if (labelSelectorPath == null) return errors;
  try {
    nestedText(object, labelSelectorPath);
    return errors;
  } catch (error) {
    return [...errors, invalidValue(labelSelectorPath, '', (error as Error).message)];
  }
}
