/** Numbers and names with a form of their own, as the reference's format registry reads them. */
import { byteLength } from '@apiserver-kit/machinery';

const matches =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text);

export const isUUID = matches(/^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i);
export const isUUID3 = matches(/^[\da-f]{8}-?[\da-f]{4}-?3[\da-f]{3}-?[\da-f]{4}-?[\da-f]{12}$/i);
export const isUUID4 = matches(/^[\da-f]{8}-?[\da-f]{4}-?4[\da-f]{3}-?[89ab][\da-f]{3}-?[\da-f]{12}$/i);
export const isUUID5 = matches(/^[\da-f]{8}-?[\da-f]{4}-?5[\da-f]{3}-?[89ab][\da-f]{3}-?[\da-f]{12}$/i);
export const isBSONObjectID = matches(/^[\da-f]{24}$/i);
export const isHexColor = matches(/^#?(?:[\da-f]{3}|[\da-f]{6})$/i);

const channel = '[\\t\\n\\f\\r ]*(?:0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])[\\t\\n\\f\\r ]*';
export const isRGBColor = matches(new RegExp(`^rgb\\(${channel},${channel},${channel}\\)$`));

/** Base64 with its padding; not the empty text. */
export const isBase64 = (text: string): boolean => text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);

/** A number of the US social security: 11 characters with both separators, dashes or blanks. */
export const isSSN = (text: string): boolean => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text);

const cardNumber = /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/;

/** A number of a credit card with its check digit (Luhn); anything may stand between the digits. */
export function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, '');
  if (!cardNumber.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}

const withoutSeparators = (text: string): string => text.replace(/[\t\n\f\r -]+/g, '');

export function isISBN10(text: string): boolean {
  const digits = withoutSeparators(text);
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += (i + 1) * (digits[i] === 'X' ? 10 : Number(digits[i]));
  return sum % 11 === 0;
}

export function isISBN13(text: string): boolean {
  const digits = withoutSeparators(text);
  if (!/^\d{13}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 13; i++) sum += (i % 2 === 0 ? 1 : 3) * Number(digits[i]);
  return sum % 10 === 0;
}

export const isISBN = (text: string): boolean => isISBN10(text) || isISBN13(text);

const hostname =
  /^(?:[a-zA-Z0-9\p{S}\p{L}](?:-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?|(?:[a-zA-Z0-9\p{S}\p{L}](?:[a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63})$/u;

/** A host's name (RFC 1034), with letters and symbols of all scripts. The length is bounded before the pattern is tried. */
export const isHostname = (text: string): boolean =>
  byteLength(text) <= 255 && text.split('.').every((label) => byteLength(label) <= 63) && hostname.test(text);

const shortName = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const shortNamePattern = new RegExp(`^${shortName}$`);
const longNamePattern = new RegExp(`^${shortName}(?:\\.${shortName})*$`);
/** A lower-case label, at most 63 long. */
export const isShortName = (text: string): boolean => text.length <= 63 && shortNamePattern.test(text);
/** Lower-case labels with dots between, at most 253 long. */
export const isLongName = (text: string): boolean => text.length <= 253 && longNamePattern.test(text);
