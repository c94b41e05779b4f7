/** Scale: how many replicas a workload has and should have, under a path of its own (autoscaling/v1). */
import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  type KubeObject,
  labelSelectorFrom,
  labelSelectorFromSet,
  type LabelSelector,
  type LabelSelectorObject,
  SelectorError,
  validateManagedFields,
} from '@apiserver-kit/machinery';
import type { Projection } from '@apiserver-kit/rest';
import type { BuiltinResource } from '../resources.js';
import { decodeBuiltin } from '../types/decode.js';
import { numberAt, recordAt } from '../types/read.js';
import { decoderOf } from './codec.js';

/** The kind of scales. */
export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

const selectorOf = ({ kind }: BuiltinResource, object: KubeObject): LabelSelector => {
  const { selector } = recordAt(object, 'spec');
  return kind === 'ReplicationController'
    ? labelSelectorFromSet(selector as Record<string, string> | undefined)
    : labelSelectorFrom(selector as LabelSelectorObject | undefined);
};

function selectorText(row: BuiltinResource, object: KubeObject): string {
  try {
    return selectorOf(row, object).toString();
  } catch (error) {
    throw error instanceof SelectorError ? badRequest(error.message) : error;
  }
}

/** A workload's scale. */
export function scaleOf(row: BuiltinResource): Projection {
  return {
    read(object) {
      const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
      const scale = {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
        spec: { replicas: numberAt(recordAt(object, 'spec'), 'replicas') },
        status: { replicas: numberAt(recordAt(object, 'status'), 'replicas'), selector: selectorText(row, object) },
      };
      return decodeBuiltin('autoscaling.v1.Scale', scale).object as KubeObject;
    },
    write(object, scale) {
      const replicas = numberAt(recordAt(scale, 'spec'), 'replicas');
      const { name = '', uid } = object.metadata;
      const errors = validateManagedFields(scale.metadata.managedFields, 'metadata.managedFields');
      if (replicas < 0) errors.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
      if (errors.length > 0) throw invalid(scaleKind, name, errors);
      const asked = scale.metadata.uid;
      if (asked && asked !== uid)
        throw conflict(
          { group: row.group, resource: `${row.plural}/scale` },
          name,
          `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${uid}`,
        );
      object.spec = { ...recordAt(object, 'spec'), replicas };
    },
    decode: decoderOf(scaleKind),
  };
}
