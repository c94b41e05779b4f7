import { fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { defaultBuiltin } from '../defaults/default-builtin.js';
import { decodeBuiltin } from '../types/decode.js';
import { typeOf } from '../types/type-data.js';
import { cronScheduleError } from './cron-schedule.js';
import { validateBuiltin } from './validate-builtin.js';

function check(group: string, kind: string, value: Record<string, unknown>, oldValue?: Record<string, unknown>): string[] {
  const gvk = { group, version: 'v1', kind };
  const read = (given: Record<string, unknown>) => {
    const { object } = decodeBuiltin(typeOf(gvk)!, { metadata: { name: 'x' }, ...given });
    defaultBuiltin(gvk, object);
    return object;
  };
  return validateBuiltin(gvk, read(value), oldValue && read(oldValue)).map(fieldErrorText);
}

const container = { name: 'c', image: 'i' };
const pod = (spec: Record<string, unknown>) => ({ spec: { containers: [container], ...spec } });
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
const selector = { matchLabels: { a: 'b' } };

describe('a pod', () => {
  it('that is valid has no errors', () => expect(check('', 'Pod', pod({}))).toEqual([]));
  it.each([
    [{ containers: [] }, ['spec.containers: Required value']],
    [{ containers: [{ name: 'c' }] }, ['spec.containers[0].image: Required value']],
    [{ containers: [container, container] }, ['spec.containers[1].name: Duplicate value: "c"']],
    [{ containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }, ['spec.containers[0].volumeMounts[0].name: Not found: "v"']],
    [{ volumes: [{ name: 'v', secret: {} }] }, ['spec.volumes[0].secret.secretName: Required value']],
    [{ restartPolicy: 'Sometimes' }, ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"']],
    [
      { containers: [{ ...container, resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }] },
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [{ containers: [{ ...container, livenessProbe: {} }] }, ['spec.containers[0].livenessProbe: Required value: must specify a handler type']],
  ])('with %j is refused', (spec, errors) => expect(check('', 'Pod', pod(spec))).toEqual(errors));
  it('may change its image and nothing else', () => {
    expect(
      check('', 'Pod', pod({ containers: [{ ...container, image: 'j' }] }), pod({ containers: [{ ...container, image: 'i' }], restartPolicy: 'Always' })),
    ).toEqual([]);
    const [error] = check('', 'Pod', pod({ hostNetwork: true }), pod({}));
    expect(error).toContain('spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`');
    expect(error).toContain('+  "hostNetwork": true');
    expect(check('', 'Pod', pod({ containers: [container, { ...container, name: 'd' }] }), pod({}))).toEqual([
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ]);
  });
});

describe('a deployment', () => {
  it('must select the pods of its template', () => {
    expect(check('apps', 'Deployment', { spec: { selector, template } })).toEqual([]);
    expect(check('apps', 'Deployment', { spec: { selector: { matchLabels: { x: 'y' } }, template } })).toEqual([
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
    ]);
  });
  it('keeps its selector', () => {
    const labels = { a: 'b', c: 'd' };
    const other = { spec: { selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } } };
    expect(check('apps', 'Deployment', other, { spec: { selector, template } })).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"a":"b","c":"d"}}: field is immutable',
    ]);
  });
});

describe('other kinds', () => {
  it('services need ports', () => {
    expect(check('', 'Service', { spec: { selector: { a: 'b' } } })).toEqual(['spec.ports: Required value']);
    expect(check('', 'Service', { spec: { ports: [{ port: 80 }, { port: 80 }] } })).toEqual([
      'spec.ports[0].name: Required value',
      'spec.ports[1].name: Required value',
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ]);
  });
  it('configmaps have keys that are file names, and stay immutable', () => {
    expect(check('', 'ConfigMap', { data: { 'a/b': '' } })[0]).toMatch(/^data\[a\/b\]: Invalid value: "a\/b": a valid config key/);
    expect(check('', 'ConfigMap', { data: { a: '2' } }, { data: { a: '1' }, immutable: true })).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
  it('secrets hold what their type says, and no more than a mebibyte', () => {
    expect(check('', 'Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } })).toEqual(['data[tls.key]: Required value']);
    expect(check('', 'Secret', { stringData: { a: 'x'.repeat((1 << 20) + 1) } })).toEqual(['data: Too long: may not be more than 1048576 bytes']);
  });
  it('roles have verbs, and bindings keep their role', () => {
    expect(check('rbac.authorization.k8s.io', 'Role', { rules: [{ apiGroups: [''], resources: ['pods'] }] })).toEqual([
      'rules[0].verbs: Required value: verbs must contain at least one value',
    ]);
    const binding = (name: string) => ({ roleRef: { kind: 'ClusterRole', name } });
    expect(check('rbac.authorization.k8s.io', 'ClusterRoleBinding', binding('a'), binding('b'))).toEqual([
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"a"}: field is immutable',
    ]);
  });
  it('jobs end', () => {
    const spec = { manualSelector: true, selector, template };
    expect(check('batch', 'Job', { spec })).toEqual(['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']);
  });
});

describe('a schedule', () => {
  it.each(['* * * * *', '*/5 1-3 * jan mon', '@hourly', '@every 1h30m', '0 0 1,15 * 0'])('%s is one', (text) =>
    expect(cronScheduleError(text)).toBeUndefined(),
  );
  it.each([
    ['* * *', 'expected exactly 5 fields, found 3: [* * *]'],
    ['99 * * * *', 'end of range (99) above maximum (59): 99'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['* * * * mon-sun', 'beginning of range (1) beyond end of range (0): mon-sun'],
  ])('%s is none', (text, why) => expect(cronScheduleError(text)).toBe(why));
});
