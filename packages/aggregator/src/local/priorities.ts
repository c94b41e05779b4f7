/** Where the group versions stand that this server serves itself (pkg/controlplane/apiserver: DefaultGenericAPIServicePriorities). */
import type { GroupVersion } from '@apiserver-kit/machinery';
import { groupPriority, type GroupVersionPriority } from '@apiserver-kit/rest';
import { apiServiceGroup } from '../api-service.js';

/** Versions that do not stand where their stage says. */
const versionPriorities: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'events.k8s.io/v1beta1': 5,
  'authentication.k8s.io/v1alpha1': 1,
  'certificates.k8s.io/v1alpha1': 1,
  'networking.k8s.io/v1alpha1': 1,
  'storage.k8s.io/v1alpha1': 1,
  'node.k8s.io/v1alpha1': 1,
  'coordination.k8s.io/v1beta1': 13,
  'coordination.k8s.io/v1alpha2': 12,
  'admissionregistration.k8s.io/v1beta1': 12,
  'discovery.k8s.io/v1beta1': 12,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'flowcontrol.apiserver.k8s.io/v1beta3': 18,
};

const stable = /^v\d+$/;

/** Of built-in group versions. That of `apiregistration.k8s.io` is above all that an APIService may have. */
export function builtinPriority({ group, version }: GroupVersion): GroupVersionPriority {
  if (group === apiServiceGroup) return { group: 20_001, version: 0 };
  return { group: groupPriority(group), version: versionPriorities[`${group}/${version}`] ?? (stable.test(version) ? 15 : 9) };
}

/** Of the group versions of CustomResourceDefinitions: below all that is built in, and in the order of their names. */
export const customPriority: GroupVersionPriority = { group: 1000, version: 100 };
