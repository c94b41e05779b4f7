/** What the checks of the Pod Security Standards are made of (k8s.io/pod-security-admission/policy). */
import type { JsonObject } from '@apiserver-kit/machinery';
import type { Container, PodSpec } from '../pods.js';

/** What is looked at: a pod, or the template of one. */
export interface PodView {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec & { readonly securityContext?: SecurityContext };
}

export interface SecurityContext extends JsonObject {
  readonly seccompProfile?: { readonly type?: string };
  readonly appArmorProfile?: { readonly type?: string };
  readonly seLinuxOptions?: { readonly type?: string; readonly user?: string; readonly role?: string };
  readonly windowsOptions?: { readonly hostProcess?: boolean };
  readonly sysctls?: readonly { readonly name: string }[];
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

/** A violation: what it is called, and what it is. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** Undefined: nothing is wrong. */
export type CheckPod = (pod: PodView) => Violation | undefined;

export interface Check {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** From which minor versions of 1.x on which check counts, oldest first. */
  readonly versions: readonly (readonly [minor: number, check: CheckPod])[];
  /** The check of the lower level that this one takes the place of. */
  readonly overrides?: string;
}

export const contextOf = ({ securityContext }: Container | PodView['spec']): SecurityContext => (securityContext as SecurityContext | undefined) ?? noContext;
const noContext: SecurityContext = Object.freeze({});

/** In the order in which the standards look at them. */
export const containersIn = ({ spec: { initContainers = [], containers, ephemeralContainers = [] } }: PodView): Container[] => [
  ...initContainers,
  ...(containers ?? []),
  ...ephemeralContainers,
];

export const quoted = (items: readonly string[]): string => (items.length === 0 ? '' : `"${items.join('", "')}"`);
export const plural = (singular: string, many: string, count: number): string => (count === 1 ? singular : many);
export const sortedSet = (items: Iterable<string>): string[] => [...new Set(items)].sort();

/** `container "a"`, `containers "a", "b"`. */
export const containersText = (names: readonly string[]): string => `${plural('container', 'containers', names.length)} ${quoted(names)}`;

/** Who does something: the pod, containers, or both. */
export const settersText = (byPod: boolean, names: readonly string[]): string =>
  [...(byPod ? ['pod'] : []), ...(names.length > 0 ? [containersText(names)] : [])].join(' and ');

export const namesOf = (containers: readonly Container[]): string[] => containers.map(({ name }) => name);
