/** Pods, as plugins look at them. */
import type { JsonObject, KubeObject } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';

export interface Container extends JsonObject {
  name: string;
  image?: string;
  imagePullPolicy?: string;
  restartPolicy?: string;
  resources?: ResourceRequirements;
}

/** Quantities by the names of resources. */
export type ResourceList = Record<string, string>;

export interface ResourceRequirements extends JsonObject {
  requests?: ResourceList;
  limits?: ResourceList;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface PodSpec extends JsonObject {
  containers: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  volumes?: (JsonObject & { image?: { pullPolicy?: string } })[];
  tolerations?: Toleration[];
  resources?: ResourceRequirements;
}

export interface Pod extends KubeObject {
  spec: PodSpec;
}

/** Whether it is a pod itself that is written, not through a subresource. */
export const isPodWrite = ({ resource: { group, resource }, subresource }: Attributes): boolean => group === '' && resource === 'pods' && subresource === '';

export const podOf = ({ object }: Attributes): Pod => object as Pod;

/** All containers with their paths, in the reference's order: init containers, containers, ephemeral ones. */
export function containersOf({ initContainers = [], containers, ephemeralContainers = [] }: PodSpec): (readonly [Container, string])[] {
  const of = (list: readonly Container[], name: string) => list.map((container, at) => [container, `spec.${name}[${at}]`] as const);
  return [...of(initContainers, 'initContainers'), ...of(containers ?? [], 'containers'), ...of(ephemeralContainers, 'ephemeralContainers')];
}
