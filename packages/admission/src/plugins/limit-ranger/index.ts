/** LimitRanger: what a single pod, container or claim of a namespace may ask for, and what it asks for when it does not say (plugin/pkg/admission/limitranger). */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../../admission.js';
import { forbid, reasonsText } from '../forbid.js';
import type { Container, Pod, ResourceList } from '../pods.js';
import { claimViolations, type Limit, violations } from './constraints.js';
import { podResources } from './pod-resources.js';

/** The LimitRanges of a namespace. */
export type LimitRangeReader = (namespace: string) => readonly KubeObject[];

const limitsOf = (range: KubeObject): readonly Limit[] => (range.spec as { limits?: readonly Limit[] } | undefined)?.limits ?? [];

const isKind = ({ kind }: Attributes, name: string): boolean => kind.group === '' && kind.kind === name;

/** Containers of pods that are there do not change, but through `resize`. */
function isConcerned(attributes: Attributes): boolean {
  const { subresource, operation, oldObject } = attributes;
  if (oldObject?.metadata.deletionTimestamp) return false;
  const isPod = isKind(attributes, 'Pod');
  if (subresource !== '') return subresource === 'resize' && isPod && operation === 'UPDATE';
  return isPod ? operation === 'CREATE' : isKind(attributes, 'PersistentVolumeClaim');
}

const annotation = 'kubernetes.io/limit-ranger';

/** Gives a list what it lacks. @returns what it lacked. */
function fill(list: ResourceList, defaults: ResourceList): string[] {
  const missing = Object.keys(defaults).filter((name) => !Object.hasOwn(list, name));
  for (const name of missing) list[name] = defaults[name]!;
  return missing.sort();
}

/** Gives a container what it does not ask for, and says so. */
function fillContainer(container: Container, what: string, requests: ResourceList, limits: ResourceList): string[] {
  const resources = { ...container.resources };
  const [ownLimits, ownRequests] = [{ ...resources.limits }, { ...resources.requests }];
  const [setLimits, setRequests] = [fill(ownLimits, limits), fill(ownRequests, requests)];
  if (Object.keys(ownLimits).length > 0) resources.limits = ownLimits;
  if (Object.keys(ownRequests).length > 0) resources.requests = ownRequests;
  container.resources = resources;
  return [
    ...(setRequests.length > 0 ? [`${setRequests.join(', ')} request for ${what} ${container.name}`] : []),
    ...(setLimits.length > 0 ? [`${setLimits.join(', ')} limit for ${what} ${container.name}`] : []),
  ];
}

function fillPod({ metadata, spec }: Pod, limits: readonly Limit[]): void {
  const ofContainers = limits.filter(({ type }) => type === 'Container');
  const requests = Object.assign({}, ...ofContainers.map((limit) => limit.defaultRequest)) as ResourceList;
  const bounds = Object.assign({}, ...ofContainers.map((limit) => limit.default)) as ResourceList;
  const said = [
    ...spec.containers.flatMap((container) => fillContainer(container, 'container', requests, bounds)),
    ...(spec.initContainers ?? []).flatMap((container) => fillContainer(container, 'init container', requests, bounds)),
  ];
  if (said.length > 0) metadata.annotations = { ...metadata.annotations, [annotation]: `LimitRanger plugin set: ${said.join('; ')}` };
}

function podViolations({ spec }: Pod, limit: Limit): string[] {
  if (limit.type === 'Container')
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      violations(limit, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }),
    );
  if (limit.type !== 'Pod') return [];
  return violations(limit, { requests: podResources(spec, 'requests'), limits: podResources(spec, 'limits') });
}

function claimRequests(claim: KubeObject): ResourceList {
  return (claim.spec as { resources?: { requests?: ResourceList } } | undefined)?.resources?.requests ?? {};
}

/** Fills in and enforces the LimitRanges of the namespace that is written to. */
export function limitRanger(limitRanges: LimitRangeReader): AdmissionPlugin {
  return {
    name: 'LimitRanger',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    admit(attributes) {
      if (!isConcerned(attributes) || attributes.resource.resource !== 'pods') return;
      for (const range of limitRanges(attributes.namespace)) fillPod(attributes.object as Pod, limitsOf(range));
    },
    validate(attributes) {
      if (!isConcerned(attributes)) return;
      const object = attributes.object!;
      for (const range of limitRanges(attributes.namespace)) {
        const wrong = limitsOf(range).flatMap((limit) => {
          if (attributes.resource.resource === 'pods') return podViolations(object as Pod, limit);
          return limit.type === 'PersistentVolumeClaim' ? claimViolations(limit, claimRequests(object)) : [];
        });
        if (wrong.length > 0) throw forbid(attributes, reasonsText(wrong));
      }
    },
  };
}
