/** Arithmetic of int, uint and double with the overflows of int64 and uint64. */
import { CelError, type Int, Uint } from './value.js';

export const intOverflow = new CelError('integer overflow');
export const uintOverflow = new CelError('unsigned integer overflow');
const divisionByZero = new CelError('division by zero');
const modulusByZero = new CelError('modulus by zero');

export const minInt = -(1n << 63n);
export const maxInt = (1n << 63n) - 1n;
export const maxUint = (1n << 64n) - 1n;

/** The int in its one form; an error beyond int64. */
export function intOf(value: bigint): Int | CelError {
  if (value >= -9007199254740991n && value <= 9007199254740991n) return Number(value);
  return value < minInt || value > maxInt ? intOverflow : value;
}

// Adding 0 turns -0 into 0: no int is -0.
export function addInt(a: Int, b: Int): Int | CelError {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum + 0;
  }
  return intOf(BigInt(a) + BigInt(b));
}

export function subtractInt(a: Int, b: Int): Int | CelError {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference + 0;
  }
  return intOf(BigInt(a) - BigInt(b));
}

export function multiplyInt(a: Int, b: Int): Int | CelError {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return intOf(BigInt(a) * BigInt(b));
}

/** Rounded towards zero. The quotient of two safe integers is never so near to the next integer that a double could not tell them apart. */
export function divideInt(a: Int, b: Int): Int | CelError {
  if (b === 0) return divisionByZero;
  if (typeof a === 'number' && typeof b === 'number') return Math.trunc(a / b) + 0;
  return intOf(BigInt(a) / BigInt(b));
}

/** With the sign of the dividend. */
export function moduloInt(a: Int, b: Int): Int | CelError {
  if (b === 0) return modulusByZero;
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
  // The quotient overflows, so the reference refuses, though the remainder is 0.
  if (a === minInt && b === -1) return intOverflow;
  return intOf(BigInt(a) % BigInt(b));
}

export const negateInt = (a: Int): Int | CelError => (typeof a === 'number' ? 0 - a : intOf(-a));

export const uintOf = (value: bigint): Uint | CelError => (value < 0n || value > maxUint ? uintOverflow : new Uint(value));

export const addUint = (a: Uint, b: Uint): Uint | CelError => uintOf(a.value + b.value);
export const subtractUint = (a: Uint, b: Uint): Uint | CelError => uintOf(a.value - b.value);
export const multiplyUint = (a: Uint, b: Uint): Uint | CelError => uintOf(a.value * b.value);
export const divideUint = (a: Uint, b: Uint): Uint | CelError => (b.value === 0n ? divisionByZero : new Uint(a.value / b.value));
export const moduloUint = (a: Uint, b: Uint): Uint | CelError => (b.value === 0n ? modulusByZero : new Uint(a.value % b.value));

const twoTo63 = 2 ** 63;
const twoTo64 = 2 ** 64;

/** Cut off after the point. The least int is not reached, in the reference neither. */
export const doubleToInt = (value: number): Int | CelError =>
  !Number.isFinite(value) || value <= -twoTo63 || value >= twoTo63 ? intOverflow : intOf(BigInt(Math.trunc(value)));

export const doubleToUint = (value: number): Uint | CelError =>
  !Number.isFinite(value) || value < 0 || value >= twoTo64 ? uintOverflow : new Uint(BigInt(Math.trunc(value)));
