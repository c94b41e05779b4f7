import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonEqual } from '../json-equal.js';
import { CborError, decodeCbor, encodeCbor } from './index.js';

const hex = (value: unknown): string =>
  encodeCbor(value)
    .toString('hex')
    .replace(/^d9d9f7/, '');
const decode = (text: string): unknown => decodeCbor(Buffer.from(text, 'hex'));

describe('a value is printed as the reference prints it', () => {
  for (const [value, bytes] of [
    [1, '01'],
    [-1, '20'],
    [500, '1901f4'],
    [1.5, 'f93e00'],
    [0.1, 'fb3fb999999999999a'],
    [100000.5, 'fa47c35040'],
    [2 ** 64, 'fa5f800000'],
    [2 ** -24, 'f90001'],
    [9223372036854775807n, '1b7fffffffffffffff'],
    ['é', '42c3a9'],
    [[1, 'a', null, true, { bb: 1, a: 2, c: undefined }], '85014161f6f5a241610242626201'],
    [Uint8Array.of(1, 2), 'd6420102'],
  ] as const)
    it(bytes, () => expect(hex(value)).toBe(bytes));

  it('behind the tag that says what it is', () => expect(encodeCbor({}).toString('hex')).toBe('d9d9f7a0'));
  it('unless JSON has no form for it', () => expect(() => encodeCbor(Number.NaN)).toThrow(CborError));
});

describe('CBOR is read as the reference reads it', () => {
  for (const [bytes, value] of [
    ['d9d9f7a141614162', { a: 'b' }],
    ['a16161f5', { a: true }],
    ['bf416101ff', { a: 1 }],
    ['9f0102ff', [1, 2]],
    ['7f61616162ff', 'ab'],
    ['3b7fffffffffffffff', -9223372036854775808n],
    ['f93c00', 1],
    ['d643000102', 'AAEC'],
    ['d743000102', '000102'],
    ['d543fbff02', '-_8C'],
    ['c07818323032342d30312d30315430303a30303a30302e3530305a', '2024-01-01T00:00:00.5Z'],
    ['c11a65920080', '2024-01-01T00:00:00Z'],
    ['d8ff01', 1],
    ['a1495f5f70726f746f5f5f01', JSON.parse('{"__proto__":1}')],
    ['', 'EOF'],
    ['18', 'unexpected EOF'],
    ['5b7fffffffffffffff', 'unexpected EOF'],
    ['9b7fffffffffffffff', 'cbor: exceeded max number of elements 2147483647 for CBOR array'],
    ['00ff', 'cbor: 1 bytes of extraneous data starting at index 1'],
    ['ff', 'cbor: unexpected "break" code'],
    ['1c', 'cbor: invalid additional information 28 for type positive integer'],
    ['1bffffffffffffffff', "cbor: cannot unmarshal positive integer into Go value of type int64 (18446744073709551615 overflows Go's int64)"],
    ['a10102', 'cbor: cannot unmarshal positive integer into Go value of type string'],
    ['a2414101614102', 'cbor: found duplicate map key "A" at map element index 1'],
    ['62c328', 'cbor: invalid UTF-8 string'],
    ['5f6161ff', 'cbor: wrong element type UTF-8 text string for indefinite-length byte string'],
    ['f7', 'cbor: data item of cbor type primitives is not accepted by protocol: simple value 23 is not recognized'],
    ['f97e00', 'cbor: data item of cbor type primitives is not accepted by protocol: floating-point NaN'],
    ['c249010000000000000000', 'cbor: data item of cbor type tag is not accepted by protocol: bignum'],
    ['c04161', 'cbor: tag number 0 must be followed by text string, got byte string'],
    ['81'.repeat(2000), 'cbor: exceeded max nested level 1000'],
  ] as const)
    it(`${bytes.slice(0, 60)} → ${JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member))}`, () => {
      if (typeof value === 'string' && /^(?:cbor: |unexpected EOF|EOF)/.test(value)) expect(() => decode(bytes)).toThrow(new CborError(value));
      else expect(decode(bytes)).toEqual(value);
    });

  it('and gives what was printed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as unknown;
        expect(jsonEqual(decodeCbor(encodeCbor(json)), json)).toBe(true);
      }),
    );
  });
  it('or is refused by a CborError, whatever the bytes', () => {
    const pieces = fc.constantFrom(...'00 18 1b 20 40 41 5f 60 61 7f 80 81 9f a0 a1 bf c0 c1 d6 d9d9f7 f4 f6 f7 f8 f9 fa fb ff'.split(' '));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces).map((all) => all.join('')),
          fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('hex')),
        ),
        (bytes) => {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CborError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
