/** What is checked of the metadata of built-in kinds, and when: each kind's validation in the reference chooses for itself. */
import { type FieldError, index, invalidValue, type ObjectMeta, pathSegmentName, validateObjectMeta, validateObjectMetaUpdate } from '@apiserver-kit/machinery';
import type { BuiltinResource } from '../resources.js';

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** A finalizer without a domain must be one of the old ones. */
export const finalizerName = (finalizer: string, path: string): FieldError[] =>
  finalizer.includes('/') || standardFinalizers.has(finalizer)
    ? []
    : [invalidValue(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];

const finalizerNames = ({ finalizers }: ObjectMeta): FieldError[] =>
  (finalizers ?? []).flatMap((finalizer, at) => finalizerName(finalizer, index('metadata.finalizers', at)));

/** Groups that are younger than the old finalizers. */
const youngGroups = new Set(['admissionregistration.k8s.io', 'coordination.k8s.io']);
const extraRules = ({ group }: BuiltinResource, meta: ObjectMeta): FieldError[] => (youngGroups.has(group) ? [] : finalizerNames(meta));

/** The metadata as that of a new object. */
const whole = (row: BuiltinResource, meta: ObjectMeta): FieldError[] => [...validateObjectMeta(meta, row), ...extraRules(row, meta)];

/** The metadata against what it was. */
const change = (row: BuiltinResource, meta: ObjectMeta, old: ObjectMeta): FieldError[] => [...validateObjectMetaUpdate(meta, old), ...extraRules(row, meta)];

type Check = typeof change;

interface UpdateChecks {
  readonly before: readonly Check[];
  /** After the rules of the kind. */
  readonly after: readonly Check[];
}

const changeOnly: UpdateChecks = { before: [change], after: [] };
const changeThenWhole: UpdateChecks = { before: [change, whole], after: [] };
const wholeThenChange: UpdateChecks = { before: [whole], after: [change] };
const nothing: UpdateChecks = { before: [], after: [] };
const wholeOnly: UpdateChecks = { before: [whole], after: [] };

/** By kind, where it is more or less than the change. */
const updateChecks: Readonly<Record<string, UpdateChecks>> = {
  CertificateSigningRequest: wholeThenChange,
  ClusterRole: wholeThenChange,
  ClusterRoleBinding: wholeThenChange,
  ConfigMap: changeThenWhole,
  ControllerRevision: changeThenWhole,
  EndpointSlice: wholeOnly,
  Endpoints: changeThenWhole,
  Ingress: changeThenWhole,
  IngressClass: changeThenWhole,
  LimitRange: wholeOnly,
  MutatingAdmissionPolicy: wholeOnly,
  MutatingAdmissionPolicyBinding: wholeOnly,
  MutatingWebhookConfiguration: wholeOnly,
  Namespace: wholeThenChange,
  Node: wholeThenChange,
  PersistentVolume: { before: [whole], after: [whole] },
  PersistentVolumeClaim: changeThenWhole,
  Pod: changeThenWhole,
  PodDisruptionBudget: nothing,
  Role: wholeThenChange,
  RoleBinding: wholeThenChange,
  RuntimeClass: wholeThenChange,
  Secret: changeThenWhole,
  ServiceAccount: changeThenWhole,
  StorageClass: wholeThenChange,
  ValidatingAdmissionPolicy: wholeOnly,
  ValidatingAdmissionPolicyBinding: wholeOnly,
  ValidatingWebhookConfiguration: wholeOnly,
};

/** The core group's events keep what old clients sent: their metadata is nobody's concern but that of the generic registry. */
const isOldEvent = ({ group, kind }: BuiltinResource): boolean => group === '' && kind === 'Event';

/**
 * All that is wrong with a new object.
 * @param errors what is wrong with it beyond its metadata.
 */
export function validateCreated(row: BuiltinResource, meta: ObjectMeta, errors: readonly FieldError[]): FieldError[] {
  if (!isOldEvent(row)) return [...whole(row, meta), ...errors];
  return errors.length > 0 ? [...errors] : validateObjectMeta(meta, { ...row, nameRule: pathSegmentName });
}

/**
 * All that is wrong with an object that replaces another, without what is wrong with the metadata of any object.
 * @param errors what is wrong with it beyond its metadata.
 */
export function validateUpdated(row: BuiltinResource, meta: ObjectMeta, old: ObjectMeta, errors: readonly FieldError[]): FieldError[] {
  if (isOldEvent(row)) return [...errors];
  const { before, after } = updateChecks[row.kind] ?? changeOnly;
  const run = (checks: readonly Check[]): FieldError[] => checks.flatMap((check) => check(row, meta, old));
  return [...run(before), ...errors, ...run(after)];
}

/** Likewise, for writes through a subresource. */
export const validateMetadataChange = (row: BuiltinResource, meta: ObjectMeta, old: ObjectMeta): FieldError[] => change(row, meta, old);
