import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../admission.js';
import { auditedContext, configMapAttributes } from '../../fixtures.js';
import { podSecurity, type PodSecurityOptions } from './index.js';

const namespace = (labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'team-a', labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [`pod-security.kubernetes.io/${name}`, value])) },
});
const good = { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } };
const pod = (spec: Record<string, unknown> = {}, container: Record<string, unknown> = {}, metadata: KubeObject['metadata'] = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'x', ...metadata },
  spec: { containers: [{ name: 'app', image: 'app', ...container }], ...spec },
});
const write = (object: KubeObject, choices: Partial<Attributes> = {}) =>
  configMapAttributes({ resource: { group: '', version: 'v1', resource: 'pods' }, kind: { group: '', version: 'v1', kind: 'Pod' }, object, ...choices });

const judge = async (labels: Record<string, string>, attributes: Attributes, options: Partial<PodSecurityOptions> = {}): Promise<string> => {
  try {
    await podSecurity({ namespaces: () => namespace(labels), ...options }).validate!(attributes);
    return 'allowed';
  } catch (error) {
    return (error as Error).message;
  }
};
const secure = (context: Record<string, unknown>) => ({ securityContext: { ...good, ...context } });

describe('the standards', () => {
  it('allow everything where nothing is asked for', async () => {
    expect(await judge({}, write(pod({ hostNetwork: true })))).toBe('allowed');
  });

  it('tell all that is wrong with a pod', async () => {
    expect(await judge({ enforce: 'restricted' }, write(pod()))).toBe(
      'pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    expect(await judge({ enforce: 'restricted' }, write(pod({}, { securityContext: good })))).toBe('allowed');
  });

  it.each([
    [pod({ hostNetwork: true, hostPID: true }), 'host namespaces (hostNetwork=true, hostPID=true)'],
    [pod({}, { securityContext: { privileged: true } }), 'privileged (container "app" must not set securityContext.privileged=true)'],
    [
      pod({
        volumes: [
          { name: 'a', hostPath: {} },
          { name: 'b', hostPath: {} },
        ],
      }),
      'hostPath volumes (volumes "a", "b")',
    ],
    [pod({}, { ports: [{ hostPort: 80 }, { hostPort: 443 }] }), 'hostPort (container "app" uses hostPorts 443, 80)'],
    [pod({}, { livenessProbe: { httpGet: { host: '10.0.0.1' } } }), 'probe or lifecycle host (container "app" uses probe or lifecycle host "10.0.0.1")'],
    [
      pod({}, secure({ capabilities: { add: ['NET_ADMIN', 'CHOWN'] } })),
      'non-default capabilities (container "app" must not include "NET_ADMIN" in securityContext.capabilities.add)',
    ],
    [pod({}, secure({ procMount: 'Unmasked' })), 'procMount (container "app" must not set securityContext.procMount to "Unmasked")'],
    [pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax' }] } }), 'forbidden sysctls (kernel.msgmax)'],
    [
      pod({ securityContext: { seLinuxOptions: { type: 'bad', user: 'u' } } }),
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "bad"; user may not be set)',
    ],
    [
      pod({ securityContext: { seccompProfile: { type: 'Unconfined' } } }, { securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      'seccompProfile (pod and container "app" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      pod({}, {}, { annotations: { 'container.apparmor.security.beta.kubernetes.io/app': 'unconfined' } }),
      'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/app="unconfined"")',
    ],
    [pod({ securityContext: { windowsOptions: { hostProcess: true } } }), 'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)'],
  ])('Baseline refuses what gives more privileges %#', async (object, detail) => {
    expect(await judge({ enforce: 'baseline' }, write(object))).toBe(`pods "x" is forbidden: violates PodSecurity "baseline:latest": ${detail}`);
  });

  it.each([
    [pod({ volumes: [{ name: 'a', nfs: {} }] }, { securityContext: good }), 'restricted volume types (volume "a" uses restricted volume type "nfs")'],
    [pod({}, secure({ runAsUser: 0 })), 'runAsUser=0 (container "app" must not set runAsUser=0)'],
    [
      pod({ securityContext: { runAsNonRoot: false } }, { securityContext: good }),
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
    ],
    [
      pod({}, secure({ capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } })),
      'unrestricted capabilities (container "app" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
  ])('Restricted refuses more %#', async (object, detail) => {
    expect(await judge({ enforce: 'restricted' }, write(object))).toBe(`pods "x" is forbidden: violates PodSecurity "restricted:latest": ${detail}`);
  });

  it('count as they were in a version', async () => {
    const sysctl = write(pod({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } }));
    expect(await judge({ enforce: 'baseline', 'enforce-version': 'v1.31' }, sysctl)).toContain('violates PodSecurity "baseline:v1.31": forbidden sysctls');
    expect(await judge({ enforce: 'baseline', 'enforce-version': 'v1.32' }, sysctl)).toBe('allowed');
    const unmasked = write(pod({ hostUsers: false }, secure({ procMount: 'Unmasked' })));
    expect(await judge({ enforce: 'baseline' }, unmasked)).toBe('allowed');
    expect(await judge({ enforce: 'restricted' }, unmasked)).toContain('procMount');
  });
});

describe('the modes', () => {
  it('refuse, warn, and note', async () => {
    const context = auditedContext();
    const labels = { enforce: 'privileged', warn: 'baseline', audit: 'baseline', 'audit-version': 'v1.30' };
    expect(await judge(labels, write(pod({ hostNetwork: true }), { context }))).toBe('allowed');
    expect(context.warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)']);
    expect(context.audit!.annotations).toEqual({
      'pod-security.kubernetes.io/enforce-policy': 'privileged:latest',
      'pod-security.kubernetes.io/audit-violations': 'would violate PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)',
    });
  });

  it('only warn of templates', async () => {
    const context = auditedContext();
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec: { template: pod({ hostPID: true }) } };
    const attributes = write(deployment, { resource: { group: 'apps', version: 'v1', resource: 'deployments' }, context });
    expect(await judge({ enforce: 'baseline' }, attributes)).toBe('allowed');
    expect(context.warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)']);
  });

  it('leave out those that are exempt', async () => {
    const bad = pod({ hostPID: true, runtimeClassName: 'vm' });
    const labels = { enforce: 'baseline' };
    expect(await judge(labels, write(bad), { exemptions: { namespaces: ['team-a'] } })).toBe('allowed');
    expect(await judge(labels, write(bad), { exemptions: { runtimeClasses: ['vm'] } })).toBe('allowed');
    expect(await judge(labels, write(bad, { user: { name: 'root', groups: [] } }), { exemptions: { usernames: ['root'] } })).toBe('allowed');
  });

  it('leave updates alone that bring no image', async () => {
    const bad = pod({ hostPID: true });
    expect(await judge({ enforce: 'baseline' }, write(bad, { operation: 'UPDATE', oldObject: bad }))).toBe('allowed');
    expect(await judge({ enforce: 'baseline' }, write(bad, { operation: 'UPDATE', oldObject: pod({}, { image: 'old' }) }))).toContain('violates');
  });
});

describe('the labels of namespaces', () => {
  const change = (labels: Record<string, string>, old?: Record<string, string>) => {
    const kind = { group: '', version: 'v1', kind: 'Namespace' };
    const resource = { group: '', version: 'v1', resource: 'namespaces' };
    return configMapAttributes({
      kind,
      resource,
      name: 'team-a',
      operation: old ? 'UPDATE' : 'CREATE',
      object: namespace(labels),
      oldObject: old && namespace(old),
      context: auditedContext(),
    });
  };

  it('must be right, unless they were as wrong before', async () => {
    const wrong = { enforce: 'strict', 'warn-version': '1.2' };
    expect(await judge({}, change(wrong))).toBe(
      'Namespace "team-a" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]',
    );
    expect(await judge({}, change(wrong, wrong))).toBe('allowed');
  });

  it('are warned of pods that are there', async () => {
    const owned = (name: string) =>
      pod({ hostPID: true }, {}, { name, ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: '1', controller: true }] });
    const attributes = change({ enforce: 'baseline' }, {});
    expect(await judge({}, attributes, { pods: () => [owned('b'), owned('a'), pod()] })).toBe('allowed');
    expect(attributes.context!.warnings).toEqual([
      'existing pods in namespace "team-a" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 1 other pod): host namespaces',
    ]);
  });
});
