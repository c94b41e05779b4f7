import { describe, expect, it } from 'vitest';
import { decodeBuiltin, DecodeError } from './decode.js';
import { eventFromCore, eventToCore } from './event-versions.js';
import { typeFields, typeOf } from './type-data.js';

const decodePod = (spec: unknown) => decodeBuiltin('core.v1.Pod', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec });
const podError = (spec: unknown): string => {
  try {
    decodePod(spec);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
  return '';
};

describe('a decoded object', () => {
  it('has its fields in the order of the struct, kind first', () => {
    const { object } = decodeBuiltin('core.v1.ConfigMap', { data: { b: '2', a: '1' }, metadata: { name: 'x' }, kind: 'ConfigMap', apiVersion: 'v1' });
    expect(JSON.stringify(object)).toBe('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"data":{"a":"1","b":"2"}}');
  });
  it('loses empty optional fields and keeps zeros that are held by pointer', () => {
    const { object } = decodePod({ hostNetwork: false, nodeName: '', automountServiceAccountToken: false, containers: [{ name: 'c', env: [], tty: null }] });
    expect(object.spec).toEqual({ containers: [{ name: 'c', resources: {} }], automountServiceAccountToken: false });
  });
  it('has the structs that are not pointers and null for required lists that were not given', () => {
    expect(decodeBuiltin('rbac.v1.Role', {}).object).toEqual({ metadata: {}, rules: null });
    expect(decodeBuiltin('core.v1.Service', { spec: { ports: [{ port: 80 }] } }).object).toEqual({
      metadata: {},
      spec: { ports: [{ port: 80, targetPort: 0 }] },
      status: { loadBalancer: {} },
    });
  });
  it('names unknown fields by their paths', () => {
    const { unknownFields } = decodePod({ bar: 1, containers: [{ name: 'a' }, { name: 'b', zoo: 1, resources: { limit: {} } }] });
    expect(unknownFields).toEqual(['spec.bar', 'spec.containers[1].zoo', 'spec.containers[1].resources.limit']);
  });
  it('has times in UTC and whole seconds', () => {
    expect(decodeBuiltin('core.v1.Pod', { metadata: { creationTimestamp: '2020-01-01T02:00:00.9+02:00' } }).object.metadata).toEqual({
      creationTimestamp: '2020-01-01T00:00:00Z',
    });
  });
  it('takes a member named like an inherited one for what it is', () => {
    const { object, unknownFields } = decodeBuiltin('core.v1.ConfigMap', JSON.parse('{"data":{"__proto__":"a","constructor":"b"},"toString":1}'));
    expect(Object.keys(object.data as object)).toEqual(['__proto__', 'constructor']);
    expect(unknownFields).toEqual(['toString']);
  });
});

describe('a value of the wrong type', () => {
  it.each([
    [{ containers: [{ image: 5 }] }, 'json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string'],
    [{ containers: {} }, 'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container'],
    [{ containers: ['a'] }, 'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container'],
    [{ restartPolicy: 1 }, 'json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy'],
    [
      { containers: [{ ports: [{ containerPort: 1.5 }] }] },
      'json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      { containers: [{ livenessProbe: { httpGet: { port: true } } }] },
      'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32',
    ],
    [
      { containers: [{ resources: { limits: { cpu: 'abc' } } }] },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ])('%j is told as Go tells it', (spec, text) => expect(podError(spec)).toBe(text));
  it('that refuses itself is told before one of the wrong JSON type', () => {
    expect(podError({ nodeName: 1, containers: [{ resources: { limits: { cpu: 'abc' } } }] })).toMatch(/^quantities/);
  });
  it('in base64 is told by its byte', () => {
    expect(() => decodeBuiltin('core.v1.Secret', { data: { a: 'YQ' } })).toThrow('illegal base64 data at input byte 0');
  });
  it('in a time is told by the part that does not fit', () => {
    const decode = (text: string) => () => decodeBuiltin('core.v1.Pod', { metadata: { creationTimestamp: text } });
    expect(decode('yesterday')).toThrow('parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"');
    expect(decode('2021-02-30T00:00:00Z')).toThrow('parsing time "2021-02-30T00:00:00Z": day out of range');
  });
});

describe('the type data', () => {
  it('knows every type that a type refers to', () => {
    const seen = new Set<string>();
    const visit = (type: unknown): void => {
      if (typeof type === 'string') return;
      const { ref, list, map } = type as { ref?: string; list?: unknown; map?: unknown };
      if (ref === undefined) visit(list ?? map);
      else if (!seen.has(ref)) {
        seen.add(ref);
        for (const field of typeFields(ref)) visit(field.type);
      }
    };
    for (const kind of ['Pod', 'Service', 'Node', 'PersistentVolume']) visit({ ref: typeOf({ group: '', version: 'v1', kind }) });
    visit({ ref: typeOf({ group: 'batch', version: 'v1', kind: 'CronJob' }) });
    expect(seen.size).toBeGreaterThan(200);
  });
  it('has no kinds that are not there', () => {
    expect(typeOf({ group: '', version: 'v1', kind: 'toString' })).toBeUndefined();
    expect(typeOf({ group: 'example.com', version: 'v1', kind: 'Pod' })).toBeUndefined();
  });
});

describe('the two versions of Event', () => {
  it('say the same', () => {
    const { object } = decodeBuiltin('events.v1.Event', {
      kind: 'Event',
      apiVersion: 'events.k8s.io/v1',
      metadata: { name: 'e' },
      eventTime: '2020-01-01T00:00:00.000001Z',
      note: 'hi',
      regarding: { kind: 'Pod' },
    });
    const core = eventToCore(object);
    expect(core).toMatchObject({ apiVersion: 'v1', message: 'hi', involvedObject: { kind: 'Pod' }, reportingComponent: '' });
    expect(eventFromCore(core)).toEqual(object);
  });
});
