import { describe, expect, it } from 'vitest';
import { protobufV2 } from './protobuf-v2.js';

const hex = (document: unknown): string => protobufV2(document).toString('hex');
/** A message of less than 128 bytes as a field of another. */
const field = (number: number, bytes: string): string => {
  const tag = number * 8 + 2;
  return Buffer.from([...(tag < 0x80 ? [tag] : [(tag & 0x7f) | 0x80, tag >> 7]), bytes.length / 2]).toString('hex') + bytes;
};
const text = (number: number, value: string): string => field(number, Buffer.from(value).toString('hex'));
/** A schema as the only definition, `A`. */
const definition = (bytes: string): string => field(9, field(1, text(1, 'A') + field(2, bytes)));

describe('the protobuf form of OpenAPI v2', () => {
  it('has members under their numbers, and lists one item after the other', () => {
    expect(hex({ swagger: '2.0', schemes: ['https', 'http'] })).toBe(text(1, '2.0') + text(5, 'https') + text(5, 'http'));
  });

  it('has objects of free names as lists of names and values', () => {
    expect(hex({ definitions: { A: { description: 'a' } } })).toBe(definition(text(4, 'a')));
  });

  it('has types, items and additional properties in messages of their own', () => {
    expect(hex({ definitions: { A: { type: 'string' } } })).toBe(definition(field(22, text(1, 'string'))));
    expect(hex({ definitions: { A: { items: { format: 'f' } } } })).toBe(definition(field(23, field(1, text(2, 'f')))));
    expect(hex({ definitions: { A: { additionalProperties: { format: 'f' } } } })).toBe(definition(field(21, field(1, text(2, 'f')))));
    expect(hex({ definitions: { A: { additionalProperties: true } } })).toBe(definition(field(21, '1001')));
  });

  it('has extensions and values of any type as YAML', () => {
    expect(hex({ definitions: { A: { 'x-b': [1] } } })).toBe(definition(field(31, text(1, 'x-b') + field(2, text(2, '[1]\n')))));
    expect(hex({ definitions: { A: { default: 'x' } } })).toBe(definition(field(5, text(2, '"x"\n'))));
  });

  it('has numbers as varints and doubles', () => {
    expect(hex({ definitions: { A: { maxLength: 300 } } })).toBe(definition('58ac02'));
    expect(hex({ definitions: { A: { minLength: -1 } } })).toBe(definition('60ffffffffffffffffff01'));
    expect(hex({ definitions: { A: { maximum: 1.5 } } })).toBe(definition('39000000000000f83f'));
  });

  it('knows parameters by their place', () => {
    const operation = (parameter: object) => ({ paths: { '/a': { parameters: [parameter] } } });
    const item = (bytes: string): string => field(8, field(2, text(1, '/a') + field(2, field(9, field(1, bytes)))));
    expect(hex(operation({ in: 'body' }))).toBe(item(field(1, text(3, 'body'))));
    expect(hex(operation({ in: 'query' }))).toBe(item(field(2, field(3, text(2, 'query')))));
    expect(hex(operation({ in: 'path' }))).toBe(item(field(2, field(4, text(2, 'path')))));
  });

  it('refuses what OpenAPI v2 does not have', () => {
    expect(() => hex({ definitions: { A: { oneOf: [] } } })).toThrow('OpenAPI v2 has no oneOf in a Schema');
  });
});
