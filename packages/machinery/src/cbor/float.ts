/** Floats of two, four and eight bytes. */

/** The float whose head is at the offset; its form is 25, 26 or 27. */
export function readFloat(bytes: Buffer, at: number, info: number): number {
  if (info === 25) return readHalf(bytes, at + 1);
  return info === 26 ? bytes.readFloatBE(at + 1) : bytes.readDoubleBE(at + 1);
}

function readHalf(bytes: Buffer, at: number): number {
  const bits = bytes.readUInt16BE(at);
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  const size =
    exponent === 0
      ? mantissa * 2 ** -24
      : exponent === 31
        ? mantissa === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : (1024 + mantissa) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/** The float of the fewest bytes that holds the value. */
export function shortestFloat(value: number): Buffer {
  const half = halfBits(value);
  if (half !== undefined) return Buffer.from([0xf9, half >> 8, half & 0xff]);
  const isSingle = Math.fround(value) === value;
  const bytes = Buffer.alloc(isSingle ? 5 : 9);
  bytes[0] = isSingle ? 0xfa : 0xfb;
  if (isSingle) bytes.writeFloatBE(value, 1);
  else bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** The value as a half-precision float (IEEE 754 binary16), where it is one. */
function halfBits(value: number): number | undefined {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  // Below 2^-14 halfs are multiples of 2^-24.
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const mantissa = size * 2 ** (10 - exponent);
  if (exponent > 15 || !Number.isInteger(mantissa) || mantissa >= 2048) return undefined;
  return mantissa < 1024 ? sign | mantissa : sign | ((exponent + 15) << 10) | (mantissa - 1024);
}
