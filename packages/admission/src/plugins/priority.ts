/** Priority: pods get the number that their PriorityClass stands for (plugin/pkg/admission/priority). */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../admission.js';
import type { ClassReader } from './default-classes.js';
import { forbid } from './forbid.js';
import { isPodWrite, podOf } from './pods.js';

interface PriorityClass {
  readonly name: string;
  readonly value: number;
  readonly isDefault: boolean;
  readonly preemptionPolicy: string | undefined;
}

const classOf = ({ metadata: { name = '' }, value, globalDefault, preemptionPolicy }: KubeObject): PriorityClass => ({
  name,
  value: Number(value ?? 0),
  isDefault: globalDefault === true,
  preemptionPolicy: preemptionPolicy as string | undefined,
});

const preemptLower = 'PreemptLowerPriority';

/** Classes that every cluster has. */
const systemClasses: readonly PriorityClass[] = [
  { name: 'system-node-critical', value: 2_000_001_000, isDefault: false, preemptionPolicy: preemptLower },
  { name: 'system-cluster-critical', value: 2_000_000_000, isDefault: false, preemptionPolicy: preemptLower },
];

/** Of several, which a race may leave, the lowest. */
const defaultOf = (classes: readonly PriorityClass[]): PriorityClass | undefined =>
  classes
    .filter(({ isDefault }) => isDefault)
    .reduce<PriorityClass | undefined>((lowest, one) => (lowest && lowest.value <= one.value ? lowest : one), undefined);

/** What pods have where no class is the default. */
const noClass: PriorityClass = { name: '', value: 0, isDefault: false, preemptionPolicy: preemptLower };

/** Gives pods their priority, and keeps a second default class out. */
export function priority(priorityClasses: ClassReader): AdmissionPlugin {
  const classes = (): readonly PriorityClass[] => priorityClasses().map(classOf);

  const classFor = (name: string | undefined, attributes: Attributes): PriorityClass => {
    if (!name) return defaultOf(classes()) ?? noClass;
    const found = [...classes(), ...systemClasses].find((one) => one.name === name);
    if (!found) throw forbid(attributes, `no PriorityClass with name ${name} was found`);
    return found;
  };

  const admitNew = (attributes: Attributes): void => {
    const { spec } = podOf(attributes);
    const { name, value, preemptionPolicy } = classFor(spec.priorityClassName as string | undefined, attributes);
    if (name !== '') spec.priorityClassName = name;
    const [given, givenPolicy] = [spec.priority, spec.preemptionPolicy];
    const computed = (shown: string, what: string): string =>
      `the ${what} must not be provided in pod spec; priority admission controller computed ${shown} from the given PriorityClass name`;
    if (given !== undefined && given !== value) throw forbid(attributes, computed(String(value), `integer value of priority (${String(given)})`));
    spec.priority = value;
    if (preemptionPolicy === undefined) return;
    if (givenPolicy !== undefined && givenPolicy !== preemptionPolicy)
      throw forbid(attributes, computed(preemptionPolicy, `string value of PreemptionPolicy (${String(givenPolicy)})`));
    spec.preemptionPolicy = preemptionPolicy;
  };

  const keepOld = ({ object, oldObject }: Attributes): void => {
    const [spec, before] = [object!.spec, oldObject!.spec] as [Record<string, unknown>, Record<string, unknown>];
    for (const field of ['priority', 'preemptionPolicy']) if (spec[field] === undefined && before[field] !== undefined) spec[field] = before[field];
  };

  return {
    name: 'Priority',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    admit(attributes) {
      if (!isPodWrite(attributes)) return;
      if (attributes.operation === 'CREATE') admitNew(attributes);
      else keepOld(attributes);
    },
    validate(attributes) {
      const { resource, subresource, object, operation } = attributes;
      if (resource.group !== 'scheduling.k8s.io' || resource.resource !== 'priorityclasses' || subresource !== '' || object?.globalDefault !== true) return;
      const other = defaultOf(classes());
      if (other && (operation === 'CREATE' || other.name !== object.metadata.name))
        throw forbid(attributes, `PriorityClass ${other.name} is already marked as default. Only one default can exist`);
    },
  };
}
