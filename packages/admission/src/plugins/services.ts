/** DenyServiceExternalIPs: addresses that services take for themselves may be anybody's (plugin/pkg/admission/network/denyserviceexternalips). */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { AdmissionPlugin } from '../admission.js';
import { forbid } from './forbid.js';

const externalIPsOf = (service: KubeObject | undefined): readonly string[] =>
  (service?.spec as { externalIPs?: readonly string[] } | undefined)?.externalIPs ?? [];

export const denyServiceExternalIPs = (): AdmissionPlugin => ({
  name: 'DenyServiceExternalIPs',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  validate(attributes) {
    const { resource, subresource, object, oldObject } = attributes;
    if (resource.group !== '' || resource.resource !== 'services' || subresource !== '') return;
    const before = externalIPsOf(oldObject);
    if (externalIPsOf(object).some((ip) => !before.includes(ip))) throw forbid(attributes, 'Use of external IPs is denied by admission control');
  },
});
