import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { parseQuantity, QuantityError } from './quantity.js';

type Input = { readonly op: 'parse' | 'arith'; readonly a: string; readonly b: string };

describe('quantities are what the reference makes of them', () => {
  for (const { name, input, output, error } of vectors<Input>('quantity'))
    it(name, () => {
      const run = (): unknown => {
        const a = parseQuantity(input.a);
        if (input.op === 'arith') {
          const b = parseQuantity(input.b);
          return { add: a.add(b).toString(), sub: a.sub(b).toString(), cmp: a.compare(b) };
        }
        const { format, sign, isZero } = a;
        return { canonical: a.toString(), value: String(a.value()), milliValue: String(a.milliValue()), sign, format, isZero };
      };
      if (error === undefined) expect(run()).toEqual(output);
      else expect(run).toThrow(new QuantityError(error));
    });
});

describe('a quantity', () => {
  it('without digits is zero, unless its suffix needs decimals', () => {
    expect(parseQuantity('.Ki').isZero).toBe(true);
    expect(() => parseQuantity('.Ei')).toThrow(new QuantityError('unable to parse numeric part of quantity'));
  });
  it('is printed in JSON as its text', () => expect(JSON.stringify({ memory: parseQuantity('0.5Gi') })).toBe('{"memory":"512Mi"}'));
  it('takes the format of what is added to zero', () => expect(parseQuantity('0').add(parseQuantity('2Gi')).toString()).toBe('2Gi'));
  it('of any exponent is read, compared and printed without being written out', () => {
    const huge = parseQuantity('1e2147483647');
    const tiny = parseQuantity('1e-2147483648');
    expect([huge.toString(), tiny.toString(), huge.value(), huge.compare(tiny), tiny.compare(huge)]).toEqual(['10e2147483646', '1e-9', 0n, 1, -1]);
    expect(parseQuantity('1234567890123456789e1000000').toString()).toBe('12345678901234567890e999999');
    expect(() => huge.add(tiny)).toThrow(RangeError);
  });

  const quantity = fc
    .tuple(fc.integer(), fc.nat(999), fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3'))
    .map(([whole, fraction, suffix]) => parseQuantity(`${whole}.${fraction}${suffix}`));
  it('is the same when it is printed and read again', () => {
    fc.assert(
      fc.property(quantity, (a) => {
        const again = parseQuantity(a.toString());
        expect(again.compare(a)).toBe(0);
        // The first time, a binary quantity that is no multiple of 1024 is printed without a suffix, and then read as a decimal one.
        expect(parseQuantity(again.toString()).toString()).toBe(again.toString());
      }),
    );
  });
  it('is what it was after something is added and taken away', () => {
    fc.assert(
      fc.property(quantity, quantity, (a, b) => {
        expect(a.add(b).sub(b).compare(a)).toBe(0);
        expect(a.add(b).compare(b.add(a))).toBe(0);
        expect(a.compare(b)).toBe(a.sub(b).sign);
      }),
    );
  });
  it('is read, or refused as a quantity, whatever it says', () => {
    const piece = fc.constantFrom(...'0123456789.+-', 'm', 'k', 'E', 'e', 'Ki', 'Ei', 'n', ' ');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            parseQuantity(text).toString();
          } catch (error) {
            expect(error).toBeInstanceOf(QuantityError);
          }
        },
      ),
    );
  });
});
