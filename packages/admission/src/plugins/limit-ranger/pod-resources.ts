/** What a pod asks for as a whole: its containers together, or the most that its init containers need on their way. */
import { parseQuantity } from '@apiserver-kit/machinery';
import type { Container, PodSpec, ResourceList, ResourceRequirements } from '../pods.js';

type Side = 'requests' | 'limits';

function add(list: ResourceList, more: ResourceList | undefined): void {
  for (const [name, value] of Object.entries(more ?? {}))
    list[name] = Object.hasOwn(list, name) ? parseQuantity(list[name]!).add(parseQuantity(value)).toString() : value;
}

function raise(list: ResourceList, more: ResourceList): void {
  for (const [name, value] of Object.entries(more))
    if (!Object.hasOwn(list, name) || parseQuantity(value).compare(parseQuantity(list[name]!)) > 0) list[name] = value;
}

const of = ({ resources }: Container, side: Side): ResourceList | undefined => (resources as ResourceRequirements | undefined)?.[side];

/** For these the pod itself may say how much all of its containers have. */
const podLevelResources = ['cpu', 'memory'];

/** @param side which of the two. */
export function podResources({ containers, initContainers = [], resources }: PodSpec, side: Side): ResourceList {
  const total: ResourceList = {};
  for (const container of containers) add(total, of(container, side));
  // Init containers that go on running count from their start.
  const running: ResourceList = {};
  const most: ResourceList = {};
  for (const container of initContainers) {
    const here: ResourceList = {};
    if (container.restartPolicy === 'Always') {
      add(total, of(container, side));
      add(running, of(container, side));
    } else add(here, of(container, side));
    add(here, running);
    raise(most, here);
  }
  raise(total, most);
  for (const [name, value] of Object.entries(resources?.[side] ?? {})) if (podLevelResources.includes(name)) total[name] = value;
  return total;
}
