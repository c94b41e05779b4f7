/** The formats that a string schema may ask for (kube-openapi/pkg/validation/strfmt). */
import { isEmail } from './email.js';
import * as identifiers from './identifiers.js';
import { isCIDR, isIPv4, isIPv6, isMAC } from './ip.js';
import { isDate, isDateTime, isDuration } from './time.js';
import { isRequestURI } from './uri.js';

/** Whether a text is of the format. */
export type FormatCheck = (text: string) => boolean;

/** By name without dashes: `date-time` and `datetime` are one. */
const checks: ReadonlyMap<string, FormatCheck> = new Map([
  ['bsonobjectid', identifiers.isBSONObjectID],
  ['uri', isRequestURI],
  ['email', isEmail],
  ['hostname', identifiers.isHostname],
  ['ipv4', isIPv4],
  ['ipv6', isIPv6],
  ['cidr', isCIDR],
  ['mac', isMAC],
  ['uuid', identifiers.isUUID],
  ['uuid3', identifiers.isUUID3],
  ['uuid4', identifiers.isUUID4],
  ['uuid5', identifiers.isUUID5],
  ['isbn', identifiers.isISBN],
  ['isbn10', identifiers.isISBN10],
  ['isbn13', identifiers.isISBN13],
  ['creditcard', identifiers.isCreditCard],
  ['ssn', identifiers.isSSN],
  ['hexcolor', identifiers.isHexColor],
  ['rgbcolor', identifiers.isRGBColor],
  ['byte', identifiers.isBase64],
  ['password', () => true],
  ['date', isDate],
  ['duration', isDuration],
  ['datetime', isDateTime],
  ['k8sshortname', identifiers.isShortName],
  ['k8slongname', identifiers.isLongName],
]);

/** The check of a format; undefined where there is none of that name. */
export const formatCheck = (format: string): FormatCheck | undefined => checks.get(format.replaceAll('-', ''));

/** The formats that are checked, by type. */
export function isSupportedFormat(type: string | undefined, format: string): boolean {
  if (type === undefined || type === 'string') return formatCheck(format) !== undefined;
  if (type === 'integer') return format === 'int32' || format === 'int64';
  return type === 'number' && (format === 'float' || format === 'double');
}
