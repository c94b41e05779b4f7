/** The APIServices that a server has for what it serves itself (kube-aggregator/pkg/controllers/autoregister). */
import type { ApiGroupVersion, ApiRegistry } from '@apiserver-kit/rest';
import { type APIServiceSpec, apiServiceGroup, apiServiceName } from '../api-service.js';
import { builtinPriority, customPriority } from './priorities.js';

/** The label of APIServices that the server looks after, and its values: once at the start, or always. */
export const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';
export type Management = 'onstart' | 'true';

export interface DesiredAPIService {
  readonly spec: APIServiceSpec;
  readonly management: Management;
}

const isCustom = ({ resources }: ApiGroupVersion): boolean => resources.every(({ description }) => description.family === 'custom');

/** By name, one for each group version. The group of APIServices itself has none. */
export function desiredAPIServices(registries: readonly ApiRegistry[]): ReadonlyMap<string, DesiredAPIService> {
  const desired = new Map<string, DesiredAPIService>();
  for (const of of registries.flatMap((registry) => registry.groups()).flatMap(({ versions }) => versions)) {
    const { group, version } = of;
    const name = apiServiceName(of);
    if (group === apiServiceGroup || desired.get(name)?.management === 'onstart') continue;
    const priority = isCustom(of) ? customPriority : builtinPriority(of);
    const spec = { ...(group !== '' && { group }), version, groupPriorityMinimum: priority.group, versionPriority: priority.version };
    desired.set(name, { spec, management: isCustom(of) ? 'true' : 'onstart' });
  }
  return desired;
}
