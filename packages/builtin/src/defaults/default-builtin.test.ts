import { describe, expect, it } from 'vitest';
import { decodeBuiltin } from '../types/decode.js';
import { typeOf } from '../types/type-data.js';
import { defaultBuiltin } from './default-builtin.js';
import { imageTag } from './image-tag.js';

function defaulted(group: string, kind: string, value: Record<string, unknown>): Record<string, unknown> {
  const gvk = { group, version: 'v1', kind };
  const { object } = decodeBuiltin(typeOf(gvk)!, value);
  defaultBuiltin(gvk, object);
  return object;
}

describe('defaults', () => {
  it('of a pod are those of its spec and of its containers', () => {
    const pod = defaulted('', 'Pod', {
      spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }], livenessProbe: { httpGet: { port: 80 } } }] },
    });
    expect(pod.spec).toEqual({
      containers: [
        {
          name: 'c',
          image: 'nginx',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          resources: {},
          livenessProbe: { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'Always',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
    });
  });
  it('make limits the requests of a pod, not of a template', () => {
    const spec = { containers: [{ name: 'c', resources: { limits: { cpu: '1' } } }] };
    expect(defaulted('', 'Pod', { spec })).toMatchObject({ spec: { containers: [{ resources: { requests: { cpu: '1' } } }] } });
    expect(defaulted('', 'PodTemplate', { template: { spec } })).not.toHaveProperty('template.spec.containers.0.resources.requests');
  });
  it('of a service keep the order of the struct', () => {
    const { spec } = defaulted('', 'Service', { spec: { ports: [{ port: 80 }] } });
    expect(JSON.stringify(spec)).toBe(
      '{"ports":[{"protocol":"TCP","port":80,"targetPort":80}],"type":"ClusterIP","sessionAffinity":"None","internalTrafficPolicy":"Cluster"}',
    );
  });
  it('of a deployment roll 25% at a time', () => {
    expect(defaulted('apps', 'Deployment', {}).spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    expect(defaulted('apps', 'Deployment', { spec: { replicas: 0 } }).spec).toMatchObject({ replicas: 0 });
  });
  it('make stringData of a secret its data', () => {
    const secret = defaulted('', 'Secret', { kind: 'Secret', data: { a: 'YQ==' }, stringData: { a: 'b', c: 'd' } });
    expect(JSON.stringify(secret)).toBe('{"kind":"Secret","metadata":{},"data":{"a":"Yg==","c":"ZA=="},"type":"Opaque"}');
  });
  it('label a namespace with its name', () => {
    expect(defaulted('', 'Namespace', { metadata: { name: 'n' } })).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'n' } },
      status: { phase: 'Active' },
    });
  });
  it('name the RBAC group of users and groups, and of the role', () => {
    const binding = defaulted('rbac.authorization.k8s.io', 'RoleBinding', {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's' },
      ],
    });
    expect(binding).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io' }, { kind: 'ServiceAccount' }],
    });
    expect(binding).not.toHaveProperty('subjects.1.apiGroup');
  });
});

describe("an image's tag", () => {
  it.each([
    ['nginx', 'latest'],
    ['nginx:1.2', '1.2'],
    ['localhost:5000/a', 'latest'],
    ['reg.io:5000/a/b:v1', 'v1'],
    [`a@sha256:${'0'.repeat(64)}`, ''],
    ['No/such', 'latest'],
    ['Upper', ''],
    ['', ''],
  ])('of %s is %j', (image, tag) => expect(imageTag(image)).toBe(tag));
});
