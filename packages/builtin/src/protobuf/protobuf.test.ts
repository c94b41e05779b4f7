import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@apiserver-kit/machinery';
import { vectors } from '../../../../conformance/vectors.js';
import { decodeBuiltin, typeOf } from '../kinds.js';
import { decodeProtobuf, encodeProtobuf } from './protobuf.js';

const parse = (apiVersion: string, kind: string) => {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  return typeOf({ group, version, kind })!;
};

describe('protobuf', () => {
  for (const { name, input, output } of vectors<{ object: KubeObject }, { hex: string; decoded: KubeObject }>('protobuf')) {
    const { apiVersion, kind } = input.object;
    // Quantities are made canonical where objects are decoded.
    const canonical = (object: KubeObject) => {
      if (!kind.endsWith('List')) return decodeBuiltin(parse(apiVersion, kind), object).object;
      const type = parse(apiVersion, kind.slice(0, -4));
      return { ...object, items: (object['items'] as KubeObject[]).map((item) => decodeBuiltin(type, item).object) };
    };
    it(`of ${name} is the reference's, byte for byte`, () => {
      expect(encodeProtobuf(canonical(input.object)).toString('hex')).toBe(output!.hex);
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
