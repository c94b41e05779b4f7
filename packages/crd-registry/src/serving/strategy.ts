/** How custom resources are written (apiextensions-apiserver/pkg/registry/customresource). */
import {
  type FieldError,
  forbidden,
  type GroupResource,
  jsonEqual,
  type KubeObject,
  nameIsDNSSubdomain,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@apiserver-kit/machinery';
import type { Strategy, UpdateStrategy } from '@apiserver-kit/rest';
import { validateEmbedded, validateListTypes } from '@apiserver-kit/schema';
import type { CustomResourceSubresources } from '../validation/custom-resource-definition.js';
import { finalizerWarnings } from './finalizer-warnings.js';
import { withRules } from './rules.js';
import { validateScaleSpec, validateScaleStatus } from './scale.js';
import type { VersionSchema } from './version-schemas.js';

export interface CustomStrategyOptions {
  readonly resource: GroupResource;
  readonly namespaced: boolean;
  readonly schema: VersionSchema;
  readonly subresources: CustomResourceSubresources | undefined;
  /** Whether the definition is being deleted. Asked at each write. */
  readonly isTerminating: () => boolean;
}

const withoutMetadata = ({ metadata: _, ...rest }: KubeObject): unknown => rest;

/** Lists of old that hold things twice may go on doing so. */
const validateLists = ({ schema }: VersionSchema, object: KubeObject, old: KubeObject): FieldError[] =>
  schema && validateListTypes(old, schema).length === 0 ? validateListTypes(object, schema) : [];

/** Writes of whole objects. */
export function customStrategy({ resource, namespaced, schema, subresources, isTerminating }: CustomStrategyOptions): Strategy {
  const hasStatus = subresources?.status != null;
  const scale = subresources?.scale ?? undefined;
  const validateScale = (object: KubeObject): FieldError[] => [...validateScaleSpec(object, scale), ...validateScaleStatus(object, scale)];
  const validateObjects = (object: KubeObject): FieldError[] => (schema.schema ? validateEmbedded(object, schema.schema) : []);
  return {
    allowsCreateOnUpdate: false,
    allowsUnconditionalUpdate: false,
    returnsDeletedObject: false,
    prepareForCreate(object) {
      if (isTerminating()) throw forbidden(resource, object.metadata.name ?? '', 'create not allowed while custom resource definition is terminating');
      if (hasStatus) delete object.status;
      object.metadata.generation = 1;
    },
    validateCreate(object, { warn }) {
      const errors = [
        ...validateObjectMeta(object.metadata, { namespaced, nameRule: nameIsDNSSubdomain }),
        ...(schema.validator?.validate(object) ?? []),
        ...validateScale(object),
        ...validateObjects(object),
        ...(schema.schema ? validateListTypes(object, schema.schema) : []),
      ];
      return withRules(errors, schema.rules, object, undefined, warn);
    },
    prepareForUpdate(object, old) {
      if (hasStatus) {
        if ('status' in old) object.status = old.status;
        else delete object.status;
      }
      if (!jsonEqual(withoutMetadata(object), withoutMetadata(old))) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    validateUpdate(object, old, { warn }) {
      const errors = [
        ...validateObjectMetaUpdate(object.metadata, old.metadata),
        ...(schema.validator?.validateUpdate(object, old) ?? []),
        ...validateScale(object),
        ...validateObjects(object),
        ...validateLists(schema, object, old),
      ];
      return withRules(errors, schema.rules, object, old, warn);
    },
    warnings: finalizerWarnings,
  };
}

/** Writes of the status: all else stays as it is. */
export function customStatusStrategy({ schema, subresources }: CustomStrategyOptions): UpdateStrategy {
  const scale = subresources?.scale ?? undefined;
  return {
    allowsUnconditionalUpdate: false,
    prepareForUpdate(object, old) {
      const hasStatus = 'status' in object;
      const { status } = object;
      // The account of who owns what has been brought up to date for this very write.
      const { resourceVersion, managedFields } = object.metadata;
      const { managedFields: _, ...metadata } = old.metadata;
      for (const name of Object.keys(object)) delete object[name];
      Object.assign(object, old, { metadata: { ...metadata, resourceVersion, ...(managedFields && { managedFields }) } });
      if (hasStatus) object.status = status;
      else delete object.status;
    },
    validateUpdate(object, old, { warn }) {
      const errors = [
        ...validateObjectMetaUpdate(object.metadata, old.metadata),
        ...('status' in object ? (schema.statusValidator?.validateUpdate(object.status, old.status, 'status') ?? []) : []),
        ...validateScaleStatus(object, scale),
        ...validateLists(schema, object, old),
      ];
      return withRules(errors, schema.rules, object, old, warn);
    },
  };
}
