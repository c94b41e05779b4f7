import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@apiserver-kit/machinery';
import { vectors } from '../../../../conformance/vectors.js';
import { decodeBuiltin, typeOf } from '../kinds.js';
import { decodeProtobuf, encodeProtobufList, encodeProtobufMessage, protobufEnvelope } from './protobuf.js';

const parse = (apiVersion: string, kind: string) => {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  return typeOf({ group, version, kind })!;
};

describe('a Status in protobuf', () => {
  it('is what the reference refuses with', () => {
    const message = 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf';
    const status = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason: 'NotAcceptable', code: 406 };
    const recorded =
      'azhzAAoMCgJ2MRIGU3RhdHVzEpkBCgYKABIAGgASB0ZhaWx1cmUadG9ubHkgdGhlIGZvbGxvd2luZyBtZWRpYSB0eXBlcyBhcmUgYWNjZXB0ZWQ6IGFwcGxpY2F0aW9uL2pzb24sIGFwcGxpY2F0aW9uL3lhbWwsIGFwcGxpY2F0aW9uL3ZuZC5rdWJlcm5ldGVzLnByb3RvYnVmIg1Ob3RBY2NlcHRhYmxlMJYDGgAiAA==';
    expect(protobufEnvelope('v1', 'Status', encodeProtobufMessage(status)).toString('base64')).toBe(recorded);
  });
});

describe('protobuf', () => {
  for (const { name, input, output } of vectors<{ object: KubeObject }, { hex: string; decoded: KubeObject }>('protobuf')) {
    const { apiVersion, kind } = input.object;
    // Quantities are made canonical where objects are decoded.
    const canonical = (object: KubeObject) => {
      if (!kind.endsWith('List')) return decodeBuiltin(parse(apiVersion, kind), object).object;
      const type = parse(apiVersion, kind.slice(0, -4));
      return { ...object, items: (object.items as KubeObject[]).map((item) => decodeBuiltin(type, item).object) };
    };
    it(`of ${name} is the reference's, byte for byte`, () => {
      const object = canonical(input.object) as unknown as KubeObject;
      const items = kind.endsWith('List') ? (object.items as KubeObject[]) : undefined;
      const item = (value: KubeObject) => encodeProtobufMessage({ ...value, apiVersion, kind: kind.replace(/List$/, '') });
      const message = items ? encodeProtobufList(object.metadata, items.map(item)) : item(object);
      expect(protobufEnvelope(apiVersion, kind, message).toString('hex')).toBe(output!.hex);
    });
    if (!kind.endsWith('List')) {
      it(`of ${name} reads back`, () => {
        const { status: _, ...wanted } = canonical(output!.decoded);
        const { status: __, ...read } = canonical(decodeProtobuf(Buffer.from(output!.hex, 'hex')));
        expect(read).toEqual(wanted);
      });
    }
  }

  it('is refused when it is cut off, or has no envelope', () => {
    const whole = Buffer.from(vectors<unknown, { hex: string }>('protobuf')[0]!.output!.hex, 'hex');
    expect(() => decodeProtobuf(whole.subarray(0, whole.length - 10))).toThrow('unexpected EOF');
    expect(() => decodeProtobuf(Buffer.from('{"a":1}'))).toThrow('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  });
});
