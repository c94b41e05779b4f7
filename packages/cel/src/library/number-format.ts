/** Decimal forms of doubles, rounded to even, as English text has them. */

/** `1,234.50` */
export function fixedPoint(value: number, precision: number): string {
  const special = specialForm(value);
  if (special !== undefined) return special;
  const digits = scaledDigits(Math.abs(value), precision).padStart(precision + 1, '0');
  const whole = digits.slice(0, digits.length - precision).replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = precision === 0 ? '' : `.${digits.slice(-precision)}`;
  return `${value < 0 ? '-' : ''}${whole}${fraction}`;
}

/** `1.500000×10⁰⁰`, at least as wide as said. */
export function scientific(value: number, width: number): string {
  const special = specialForm(value);
  if (special !== undefined) return special.padStart(width);
  const magnitude = Math.abs(value);
  let exponent = magnitude === 0 ? 0 : Number(magnitude.toExponential().split('e')[1]);
  let digits = scaledDigits(magnitude, 6 - exponent);
  if (digits.length > 7) {
    exponent++;
    digits = scaledDigits(magnitude, 6 - exponent);
  }
  digits = digits.padEnd(7, '0');
  const shown = `${exponent < 0 ? '⁻' : ''}${superscript(String(Math.abs(exponent)).padStart(2, '0'))}`;
  const text = `${value < 0 ? '-' : ''}${digits[0]}.${digits.slice(1)}×10${shown}`;
  return text.padStart(width);
}

function specialForm(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? undefined : value < 0 ? '-∞' : '∞';
}

const superscript = (digits: string): string => digits.replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]!);

const bits = new DataView(new ArrayBuffer(8));

/** The value times a power of ten, exactly, rounded to the nearest integer, ties to even. */
function scaledDigits(value: number, power: number): string {
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n) & 0x7ff;
  const mantissa = (raw & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n);
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  let numerator = mantissa * (exponent > 0 ? 1n << BigInt(exponent) : 1n);
  let denominator = exponent < 0 ? 1n << BigInt(-exponent) : 1n;
  if (power > 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const roundsUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return String(roundsUp ? quotient + 1n : quotient);
}
