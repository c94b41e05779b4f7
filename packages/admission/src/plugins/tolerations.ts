/** Plugins that give tolerations and taints (plugin/pkg/admission: defaulttolerationseconds, extendedresourcetoleration, nodetaint). */
import { jsonEqual, qualifiedName } from '@apiserver-kit/machinery';
import type { AdmissionPlugin } from '../admission.js';
import { isPodWrite, podOf, type PodSpec, type Toleration } from './pods.js';

const isWrite = (operation: string): boolean => operation === 'CREATE' || operation === 'UPDATE';
const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';

export interface DefaultTolerationSecondsOptions {
  /** `--default-not-ready-toleration-seconds`. Default 300. */
  readonly notReadySeconds?: number;
  /** `--default-unreachable-toleration-seconds`. Default 300. */
  readonly unreachableSeconds?: number;
}

/** DefaultTolerationSeconds: pods stay for a while on a node that is not ready or cannot be reached, unless they say otherwise. */
export function defaultTolerationSeconds({ notReadySeconds = 300, unreachableSeconds = 300 }: DefaultTolerationSecondsOptions = {}): AdmissionPlugin {
  const tolerates = (tolerations: readonly Toleration[], taint: string): boolean =>
    tolerations.some(({ key = '', effect = '' }) => (key === taint || key === '') && (effect === 'NoExecute' || effect === ''));
  return {
    name: 'DefaultTolerationSeconds',
    handles: isWrite,
    admit(attributes) {
      if (!isPodWrite(attributes)) return;
      const { spec } = podOf(attributes);
      const given = spec.tolerations ?? [];
      const added = (
        [
          [notReady, notReadySeconds],
          [unreachable, unreachableSeconds],
        ] as const
      )
        .filter(([taint]) => !tolerates(given, taint))
        .map(([key, tolerationSeconds]) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }));
      if (added.length > 0) spec.tolerations = [...given, ...added];
    },
  };
}

/** Resources that nodes have by themselves, or that Kubernetes knows. */
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
const isExtendedResource = (name: string): boolean => !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0;

function extendedResources({ containers, initContainers = [] }: PodSpec): string[] {
  const names = [...containers, ...initContainers].flatMap(({ resources }) => Object.keys(resources?.requests ?? {}));
  return [...new Set(names.filter(isExtendedResource))].sort();
}

/** ExtendedResourceToleration: pods that want a device may run on the nodes that are kept for it. */
export const extendedResourceToleration = (): AdmissionPlugin => ({
  name: 'ExtendedResourceToleration',
  handles: isWrite,
  admit(attributes) {
    if (!isPodWrite(attributes)) return;
    const { spec } = podOf(attributes);
    for (const key of extendedResources(spec)) {
      const toleration: Toleration = { key, operator: 'Exists', effect: 'NoSchedule' };
      const given = spec.tolerations ?? [];
      if (given.some((one) => jsonEqual(one, toleration))) continue;
      const isSame = ({ key: other, operator = 'Equal', effect, value = '' }: Toleration): boolean =>
        other === key && operator === 'Exists' && effect === 'NoSchedule' && value === '';
      spec.tolerations = given.some(isSame) ? given.map((one) => (isSame(one) ? toleration : one)) : [...given, toleration];
    }
  },
});

interface Taint {
  readonly key: string;
  readonly effect: string;
}

/** TaintNodesByCondition: nothing is put on a new node before it says that it is ready. */
export const taintNodesByCondition = (): AdmissionPlugin => ({
  name: 'TaintNodesByCondition',
  handles: (operation) => operation === 'CREATE',
  admit({ resource: { group, resource }, subresource, object }) {
    if (group !== '' || resource !== 'nodes' || subresource !== '' || !object) return;
    const spec = (object.spec ?? {}) as { taints?: readonly Taint[] };
    const taints = spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === notReady && effect === 'NoSchedule')) return;
    object.spec = { ...spec, taints: [...taints, { key: notReady, effect: 'NoSchedule' }] };
  },
});
