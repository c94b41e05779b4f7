/** What the reference refuses of the built-in kinds (pkg/apis/GROUP/validation): the rules that are met most. */
import type { FieldError, GroupVersionKind, JsonObject } from '@apiserver-kit/machinery';
import { hpaToV2 } from '../types/autoscaler-versions.js';
import { typeOf } from '../types/type-data.js';
import { validateMutatingBinding, validateMutatingPolicy, validateValidatingBinding, validateValidatingPolicy } from './admission/policies.js';
import { validateMutatingWebhooks, validateValidatingWebhooks } from './admission/webhooks.js';
import { validateAutoscaler } from './autoscalers.js';
import { validateSigningRequest } from './certificates.js';
import { validatePriorityClass, validateRuntimeClass, validateStorageClass } from './classes.js';
import { validateConfigMap, validateSecret } from './data.js';
import { validateDisruptionBudget } from './disruption-budgets.js';
import { validateEndpointSlice } from './endpoint-slices.js';
import { validateEvent, validateNewEvent } from './events.js';
import { validateIngress, validateIngressClass } from './ingresses.js';
import { validateCronJob, validateJob } from './jobs.js';
import { validateNetworkPolicy } from './network-policies.js';
import { validateControllerRevision, validateLease, validateNamespace, validateNode, validatePodTemplateKind } from './others.js';
import { validatePod } from './pods.js';
import { validateLimitRange, validateResourceQuota } from './quotas.js';
import { validateClusterRole, validateClusterRoleBinding, validateRole, validateRoleBinding } from './rbac.js';
import { validateEndpoints, validateService } from './services.js';
import { validatePersistentVolume, validatePersistentVolumeClaim } from './storage.js';
import { validateDaemonSet, validateDeployment, validateReplicaSet, validateReplicationController, validateStatefulSet } from './workloads.js';

/** Checks an object that is created (`old` undefined) or that replaces `old`. */
type Validator = (object: JsonObject, old: JsonObject | undefined) => FieldError[];

/** By type. Kinds that are not here have nothing to check but their metadata. */
const validators: Readonly<Record<string, Validator>> = {
  'admissionregistration.v1.MutatingAdmissionPolicy': validateMutatingPolicy,
  'admissionregistration.v1.MutatingAdmissionPolicyBinding': validateMutatingBinding,
  'admissionregistration.v1.MutatingWebhookConfiguration': validateMutatingWebhooks,
  'admissionregistration.v1.ValidatingAdmissionPolicy': validateValidatingPolicy,
  'admissionregistration.v1.ValidatingAdmissionPolicyBinding': validateValidatingBinding,
  'admissionregistration.v1.ValidatingWebhookConfiguration': validateValidatingWebhooks,
  'apps.v1.ControllerRevision': validateControllerRevision,
  'apps.v1.DaemonSet': validateDaemonSet,
  'apps.v1.Deployment': validateDeployment,
  'apps.v1.ReplicaSet': validateReplicaSet,
  'apps.v1.StatefulSet': validateStatefulSet,
  'autoscaling.v1.HorizontalPodAutoscaler': (object, old) => validateAutoscaler(hpaToV2(object), old && hpaToV2(old)),
  'autoscaling.v2.HorizontalPodAutoscaler': validateAutoscaler,
  'batch.v1.CronJob': validateCronJob,
  'batch.v1.Job': validateJob,
  'certificates.v1.CertificateSigningRequest': validateSigningRequest,
  'coordination.v1.Lease': validateLease,
  'core.v1.ConfigMap': validateConfigMap,
  'core.v1.Endpoints': validateEndpoints,
  'core.v1.Event': validateEvent,
  'core.v1.LimitRange': validateLimitRange,
  'core.v1.Namespace': validateNamespace,
  'core.v1.Node': validateNode,
  'core.v1.PersistentVolume': validatePersistentVolume,
  'core.v1.PersistentVolumeClaim': validatePersistentVolumeClaim,
  'core.v1.Pod': validatePod,
  'core.v1.PodTemplate': validatePodTemplateKind,
  'core.v1.ReplicationController': validateReplicationController,
  'core.v1.ResourceQuota': validateResourceQuota,
  'core.v1.Secret': validateSecret,
  'core.v1.Service': validateService,
  'discovery.v1.EndpointSlice': validateEndpointSlice,
  'events.v1.Event': validateNewEvent,
  'networking.v1.Ingress': validateIngress,
  'networking.v1.IngressClass': validateIngressClass,
  'networking.v1.NetworkPolicy': validateNetworkPolicy,
  'node.v1.RuntimeClass': validateRuntimeClass,
  'policy.v1.PodDisruptionBudget': validateDisruptionBudget,
  'rbac.v1.ClusterRole': validateClusterRole,
  'rbac.v1.ClusterRoleBinding': validateClusterRoleBinding,
  'rbac.v1.Role': validateRole,
  'rbac.v1.RoleBinding': validateRoleBinding,
  'scheduling.v1.PriorityClass': validatePriorityClass,
  'storage.v1.StorageClass': validateStorageClass,
};

/**
 * What is wrong with an object of a built-in kind, beyond its metadata (see `validateObjectMeta` and the resource's `nameRule`).
 * The object must fit its type and have its defaults: see `decodeBuiltin` and `defaultBuiltin`.
 * @param old what is replaced; undefined on create.
 */
export const validateBuiltin = (gvk: GroupVersionKind, object: JsonObject, old?: JsonObject): FieldError[] =>
  validators[typeOf(gvk) ?? '']?.(object, old) ?? [];
