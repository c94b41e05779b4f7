/** What is special about writes to each built-in resource, as rest asks for it. */
import type { FieldError, KubeObject } from '@apiserver-kit/machinery';
import type { Strategy, UpdateStrategy, Write } from '@apiserver-kit/rest';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from '../defaults/prepare.js';
import type { BuiltinResource } from '../resources.js';
import { validateCreated, validateMetadataChange, validateUpdated } from '../validate/metadata.js';
import { validateStatus } from '../validate/status.js';
import { validateBuiltin } from '../validate/validate-builtin.js';
import { warningsOf } from '../warnings/warnings.js';

/** What all built-in resources have in common; a few add to it. */
export function strategyOf(row: BuiltinResource): Strategy {
  const warnings = warningsOf(row);
  return {
    allowsCreateOnUpdate: row.allowsCreateOnUpdate,
    allowsUnconditionalUpdate: row.allowsUnconditionalUpdate,
    returnsDeletedObject: row.returnsDeletedObject,
    prepareForCreate: (object, { nowMs }) => prepareForCreate(row, object, nowMs),
    validateCreate: (object) => validateCreated(row, object.metadata, validateBuiltin(row, object)),
    prepareForUpdate: (object, old) => prepareForUpdate(row, object, old),
    validateUpdate: (object, old) => validateUpdated(row, object.metadata, old.metadata, validateBuiltin(row, object, old)),
    ...(warnings && { warnings }),
    ...(row.garbageCollection && { garbageCollection: row.garbageCollection }),
  };
}

/** Writes through `status`. */
export function statusStrategyOf(row: BuiltinResource): UpdateStrategy {
  return {
    allowsUnconditionalUpdate: row.allowsUnconditionalUpdate,
    prepareForUpdate: (object: KubeObject, old: KubeObject, { nowMs }: Write) => prepareForStatusUpdate(row, object, old, nowMs),
    validateUpdate: (object: KubeObject, old: KubeObject): FieldError[] => [
      ...validateMetadataChange(row, object.metadata, old.metadata),
      ...validateStatus(row, object, old),
    ],
  };
}
