import { describe, expect, it } from 'vitest';
import { podWarnings } from './pod-warnings.js';

const container = { name: 'c', image: 'i' };
const warnings = (spec: object, annotations: object = {}): string[] => podWarnings({ metadata: { annotations }, spec: { containers: [container], ...spec } });

describe('a pod', () => {
  it('without oddities is not warned of', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '$(A)2' },
    ];
    const ports = [
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
    ];
    expect(warnings({ containers: [{ ...container, env, ports }] })).toEqual([]);
  });
  it.each([
    [
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
    [{ volumes: [{ name: 'v', gitRepo: {} }] }, 'spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+'],
    [{ imagePullSecrets: [{ name: 's' }, { name: 's' }] }, 'spec.imagePullSecrets[1].name: duplicate name "s"'],
    [{ hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }] }, 'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"'],
    [
      { topologySpreadConstraints: [{ topologyKey: 'zone' }] },
      'spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
    ],
    [
      { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: {} }] } } },
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod',
    ],
    [
      {
        containers: [
          {
            ...container,
            ports: [
              { containerPort: 1, protocol: 'TCP' },
              { containerPort: 1, protocol: 'TCP', hostPort: 2 },
            ],
          },
        ],
      },
      'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
    ],
    [
      {
        initContainers: [{ name: 'a', ports: [{ name: 'http', containerPort: 1 }] }],
        containers: [{ ...container, ports: [{ name: 'http', containerPort: 2 }] }],
      },
      'spec.containers[0].ports[0]: duplicate port name "http" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]',
    ],
  ])('of %j is warned of', (spec, text) => expect(warnings(spec)).toEqual([text]));
  it('is warned of annotations that do nothing any more', () => {
    expect(warnings({}, { 'security.alpha.kubernetes.io/sysctls': 'a=b', 'container.seccomp.security.alpha.kubernetes.io/c': 'x' })).toEqual([
      'metadata.annotations[security.alpha.kubernetes.io/sysctls]: non-functional in v1.11+; use the "sysctls" field instead',
      'metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: non-functional in v1.27+; use the "seccompProfile" field instead',
    ]);
  });
});

describe('the template of a pod', () => {
  it('is named in what is said of it', () => {
    expect(podWarnings({ spec: { volumes: [{ rbd: {} }] } }, 'spec.template')).toEqual([
      'spec.template.spec.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+',
    ]);
  });
});
