/** Plugins that hold all pods to one rule (plugin/pkg/admission: alwayspullimages, antiaffinity). */
import { fieldErrorText, forbidden, internalError, notSupported } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../admission.js';
import { forbid, reasonsText } from './forbid.js';
import { containersOf, isPodWrite, podOf, type Pod } from './pods.js';

const isWrite = (operation: string): boolean => operation === 'CREATE' || operation === 'UPDATE';

/** An update that brings no image that was not there. */
function bringsNoImage({ operation, object, oldObject }: Attributes): boolean {
  if (operation !== 'UPDATE') return false;
  const before = new Set(containersOf((oldObject as Pod).spec).map(([{ image }]) => image));
  return containersOf((object as Pod).spec).every(([{ image }]) => before.has(image));
}

/** AlwaysPullImages: who may not pull an image may not run it, though a node has it. */
export const alwaysPullImages = (): AdmissionPlugin => ({
  name: 'AlwaysPullImages',
  handles: isWrite,
  admit(attributes) {
    if (!isPodWrite(attributes) || bringsNoImage(attributes)) return;
    const { spec } = podOf(attributes);
    for (const [container] of containersOf(spec)) container.imagePullPolicy = 'Always';
    for (const { image } of spec.volumes ?? []) if (image) image.pullPolicy = 'Always';
  },
  validate(attributes) {
    if (!isPodWrite(attributes) || bringsNoImage(attributes)) return;
    const { spec } = podOf(attributes);
    const wrong = [
      ...containersOf(spec).map(([{ imagePullPolicy }, path]) => [imagePullPolicy, `${path}.imagePullPolicy`] as const),
      ...(spec.volumes ?? []).flatMap(({ image }, at) => (image ? [[image.pullPolicy, `spec.volumes[${at}].image.pullPolicy`] as const] : [])),
    ].filter(([policy]) => policy !== 'Always');
    if (wrong.length === 0) return;
    const refusals = wrong.map(([policy, path]) => forbid(attributes, fieldErrorText(notSupported(path, policy ?? '', ['Always']))));
    // The reference answers several with an error that is no status.
    throw refusals.length === 1 ? refusals[0]! : internalError(reasonsText(refusals.map(({ message }) => message)));
  },
});

interface AntiAffinity {
  readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly { readonly topologyKey: string }[] };
}

const hostname = 'kubernetes.io/hostname';

/** LimitPodHardAntiAffinityTopology: pods may keep others off their node, but not out of a whole zone. */
export const limitPodHardAntiAffinityTopology = (): AdmissionPlugin => ({
  name: 'LimitPodHardAntiAffinityTopology',
  handles: isWrite,
  validate(attributes) {
    if (!isPodWrite(attributes)) return;
    const { metadata, spec } = podOf(attributes);
    const terms = (spec.affinity as AntiAffinity | undefined)?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const wrong = terms.find(({ topologyKey }) => topologyKey !== hostname);
    if (!wrong) return;
    const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wrong.topologyKey} but only key ${hostname} is allowed`;
    throw forbidden(attributes.resource, metadata.name ?? '', why);
  },
});
