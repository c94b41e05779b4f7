/** What is special about writes to services: they are given addresses and ports. */
import type { JsonObject } from '@apiserver-kit/machinery';
import type { ResourceStore, Strategy } from '@apiserver-kit/rest';
import type { ServiceRanges } from '../api/options.js';
import { decodeBuiltin } from '../types/decode.js';
import { allocate, type Supply } from './allocate.js';
import { Claims, claimsOf } from './claims.js';
import { initFamilies } from './families.js';
import { ipRange } from './ip-range.js';
import { portRange } from './port-range.js';

/** Fields stand in the order of their struct again. */
function inOrder(service: JsonObject): void {
  service.spec = decodeBuiltin('core.v1.ServiceSpec', service.spec).object;
}

/**
 * A strategy that gives services what they need of the cluster's ranges.
 *
 * Addresses are given last, when everything else is judged and just before the write: nothing has to be given back of a write that is refused.
 *
 * @param services where they are stored.
 * @throws Error for ranges that are none.
 */
export function serviceStrategy(
  strategy: Strategy,
  services: ResourceStore,
  { serviceClusterIPRange = '10.0.0.0/24', serviceNodePortRange = '30000-32767', random = Math.random }: ServiceRanges = {},
): Strategy {
  const [ips, ports] = [ipRange(serviceClusterIPRange), portRange(serviceNodePortRange)];
  const claims = new Claims(services);
  return {
    ...strategy,
    prepareForCreate(service, write) {
      strategy.prepareForCreate(service, write);
      initFamilies(service, undefined, ips.family);
      inOrder(service);
    },
    prepareForUpdate(service, old, write) {
      strategy.prepareForUpdate(service, old, write);
      initFamilies(service, old, ips.family);
      inOrder(service);
    },
    async authorizeWrite(service, old, { nowMs, isDryRun }) {
      // A deletion shows the object as it is.
      if (service === old) return;
      await claims.fresh();
      // From here to the end nothing is waited for, so that no other write sees the same addresses free.
      const { namespace = '', name = '' } = service.metadata;
      // The write is going to fail: it shall take nothing from others.
      if (!old && services.cacher.get(services.key(namespace, name))) return;
      const supply: Supply = { ips, ports, taken: claims.taken(nowMs), random, isDryRun };
      allocate(service, old, supply);
      inOrder(service);
      if (isDryRun) return;
      const before = new Set(old && claimsOf(old));
      claims.hold(
        claimsOf(service).filter((claim) => !before.has(claim)),
        nowMs,
      );
    },
    afterWrite: (service, old) => claims.settle(service, old),
  };
}
