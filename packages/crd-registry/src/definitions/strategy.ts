/** How CustomResourceDefinitions are written (apiextensions-apiserver/pkg/registry/customresourcedefinition). */
import { conflict, type FieldError, jsonEqual, type KubeObject, timestamp } from '@apiserver-kit/machinery';
import type { Strategy, UpdateStrategy } from '@apiserver-kit/rest';
import { withCondition } from '../conditions/condition.js';
import type { CustomResourceDefinition } from '../validation/custom-resource-definition.js';
import { hasRules } from '../serving/rules.js';
import {
  type ValidateDefinitionOptions,
  validateCustomResourceDefinition,
  validateCustomResourceDefinitionStatusUpdate,
  validateCustomResourceDefinitionUpdate,
} from '../validation/validate.js';
import { cleanupFinalizer, definitionDescription } from './resource.js';
import { definitionWarnings } from './warnings.js';

/** Objects of this kind have been read by its types. */
const asDefinition = (object: KubeObject): CustomResourceDefinition => object as unknown as CustomResourceDefinition;

/** Adds the storage version to those that objects may be stored in. */
function addStoredVersion({ spec, status }: CustomResourceDefinition): void {
  const storage = spec.versions?.find((version) => version.storage)?.name;
  if (storage !== undefined && status && !status.storedVersions?.includes(storage)) status.storedVersions = [...(status.storedVersions ?? []), storage];
}

/** Brings the compiler of expressions where there are any: most definitions have none, and it is large. */
function withCompiler(crd: CustomResourceDefinition, validate: (options: ValidateDefinitionOptions) => FieldError[]): FieldError[] | Promise<FieldError[]> {
  return hasRules(crd.spec) ? import('@apiserver-kit/cel').then(({ validateRules }) => validate({ validateRules })) : validate({});
}

export const definitionStrategy: Strategy = {
  allowsCreateOnUpdate: false,
  allowsUnconditionalUpdate: false,
  returnsDeletedObject: false,
  prepareForCreate(object) {
    const crd = asDefinition(object);
    crd.metadata.generation = 1;
    crd.status = { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null };
    addStoredVersion(crd);
  },
  validateCreate: (object) => withCompiler(asDefinition(object), (options) => validateCustomResourceDefinition(asDefinition(object), options)),
  prepareForUpdate(object, old) {
    const [crd, before] = [asDefinition(object), asDefinition(old)];
    crd.status = { ...before.status };
    if (!jsonEqual(crd.spec, before.spec)) crd.metadata.generation = (before.metadata.generation ?? 0) + 1;
    addStoredVersion(crd);
  },
  validateUpdate: (object, old) =>
    withCompiler(asDefinition(object), (options) => validateCustomResourceDefinitionUpdate(asDefinition(object), asDefinition(old), options)),
  warnings: (object, old) => definitionWarnings(asDefinition(object), old && asDefinition(old)),
  checkPreconditions({ metadata: { name = '', uid = '', resourceVersion = '' } }, asked) {
    const check = (what: string, wanted: string | undefined, actual: string): void => {
      if (wanted === undefined || wanted === actual) return;
      throw conflict(definitionDescription, name, `precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${actual}`);
    };
    check('UID', asked.uid, uid);
    check('ResourceVersion', asked.resourceVersion, resourceVersion);
  },
  beginDeletion(object, { nowMs }) {
    const { metadata } = object;
    if (metadata.deletionTimestamp) return undefined;
    const finalizers = metadata.finalizers ?? [];
    const marked = {
      ...object,
      metadata: {
        ...metadata,
        deletionTimestamp: timestamp(nowMs),
        finalizers: finalizers.includes(cleanupFinalizer) ? finalizers : [...finalizers, cleanupFinalizer],
      },
    };
    const pending = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    } as const;
    return withCondition(asDefinition(marked), pending, nowMs) as unknown as KubeObject;
  },
};

/** Writes of the status. As in the reference, they may change the metadata too. */
export const definitionStatusStrategy: UpdateStrategy = {
  allowsUnconditionalUpdate: false,
  prepareForUpdate(object, old) {
    object.spec = old.spec;
  },
  validateUpdate: (object, old) => validateCustomResourceDefinitionStatusUpdate(asDefinition(object), asDefinition(old)),
};
