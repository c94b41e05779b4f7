/**
 * Which texts may name things (k8s.io/apimachinery/pkg/util/validation and pkg/api/validate/content).
 *
 * Each rule gives the sentences that say what is wrong with the value: none means that it is valid.
 */
import { byteLength } from './go-text.js';

/** A rule for a text. */
export type TextRule = (value: string) => string[];

/** A rule for an object's name; `prefix`: the value is a generateName, so it may end with a dash. */
export type NameRule = (name: string, prefix?: boolean) => string[];

function regexMessage(message: string, format: string, ...examples: string[]): string {
  const shown = examples.length === 0 ? ' (' : ` (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}`;
  return `${message}${shown}regex used for validation is '${format}')`;
}

const tooLong = (value: string, max: number, unit: 'characters' | 'bytes' = 'characters'): string[] =>
  byteLength(value) > max ? [`must be no more than ${max} ${unit}`] : [];

/** Matches the whole text. The sentence names the format, so the pattern is written once. */
function formatRule(format: string, message: string, ...examples: string[]): TextRule {
  const pattern = new RegExp(`^${format}$`);
  const sentence = regexMessage(message, format, ...examples);
  return (value) => (pattern.test(value) ? [] : [sentence]);
}

const mustNotLeadUp = (value: string): string[] =>
  value === '.' ? ["must not be '.'"] : value === '..' ? ["must not be '..'"] : value.startsWith('..') ? ["must not start with '..'"] : [];

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const underscoreLabelFormat = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';

const subdomainFormatRule = formatRule(
  subdomainFormat,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
);
const labelFormatRule = formatRule(
  labelFormat,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  'my-name',
  '123-abc',
);

/** A label of the DNS (RFC 1123), at most 63 long: names of namespaces, services' ports, containers. */
export const dns1123Label: TextRule = (value) => {
  const format = labelFormatRule(value);
  return [...tooLong(value, 63), ...(format.length > 0 && subdomainFormatRule(value).length === 0 ? ['must not contain dots'] : format)];
};

/** A lower-case domain name (RFC 1123), at most 253 long: most objects' names. */
export const dns1123Subdomain: TextRule = (value) => [...tooLong(value, 253), ...subdomainFormatRule(value)];

const underscoreSubdomainFormatRule = formatRule(
  `${underscoreLabelFormat}(\\.${underscoreLabelFormat})*`,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
);
/** {@link dns1123Subdomain} with underscores. */
export const dns1123SubdomainWithUnderscore: TextRule = (value) => [...tooLong(value, 253), ...underscoreSubdomainFormatRule(value)];

const dns1035FormatRule = formatRule(
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  'my-name',
  'abc-123',
);
/** A label of the DNS that starts with a letter (RFC 1035), at most 63 long. */
export const dns1035Label: TextRule = (value) => [...tooLong(value, 63), ...dns1035FormatRule(value)];

const wildcardFormatRule = formatRule(
  `\\*\\.${subdomainFormat}`,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  '*.example.com',
);
/** `*.` and a domain name (RFC 1034, 4.3.3). */
export const wildcardDNS1123Subdomain: TextRule = (value) => [...tooLong(value, 253), ...wildcardFormatRule(value)];

const keyNameFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const keyNameSentence = regexMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  keyNameFormat,
  'MyName',
  'my.name',
  '123-abc',
);
const keyNamePattern = new RegExp(`^${keyNameFormat}$`);

/** A label's or an annotation's key: a name of at most 63, before it perhaps a domain and a slash. */
export const qualifiedName: TextRule = (value) => {
  const parts = value.split('/', 3);
  if (parts.length > 2) return [`a valid label key ${keyNameSentence} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const messages: string[] = [];
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === '') messages.push('prefix part must be non-empty');
    else for (const message of [...tooLong(prefix, 253, 'bytes'), ...subdomainFormatRule(prefix)]) messages.push(`prefix part ${message}`);
  }
  if (name === '') messages.push('name part must be non-empty');
  else for (const message of tooLong(name, 63, 'bytes')) messages.push(`name part ${message}`);
  if (!keyNamePattern.test(name)) messages.push(`name part ${keyNameSentence}`);
  return messages;
};

/** A {@link qualifiedName} that must have its domain. */
export const prefixedQualifiedName: TextRule = (value) => {
  const messages = qualifiedName(value);
  return messages.length > 0 || value.includes('/') ? messages : ["must include a prefix (e.g. 'example.com/key')"];
};

const labelValueFormatRule = formatRule(
  `(${keyNameFormat})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyValue',
  'my_value',
  '12345',
);
/** A label's value: empty, or at most 63. */
export const labelValue: TextRule = (value) => [...tooLong(value, 63, 'bytes'), ...labelValueFormatRule(value)];

const configMapKeyFormatRule = formatRule(
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  'key.name',
  'KEY_NAME',
  'key-name',
);
/** A key of a ConfigMap's or a Secret's data. */
export const configMapKey: TextRule = (value) => [...tooLong(value, 253), ...configMapKeyFormatRule(value), ...mustNotLeadUp(value)];

const envVarNameFormatRule = formatRule(
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  'my.env-name',
  'MY_ENV.NAME',
  'MyEnvName1',
);
/** An environment variable's name by the old, narrow rule. */
export const envVarName: TextRule = (value) => [...envVarNameFormatRule(value), ...mustNotLeadUp(value)];

/** An environment variable's name: printable ASCII without `=`. */
export const relaxedEnvVarName: TextRule = (value) => {
  if (value === '') return ['environment variable name must be non-empty'];
  return /^[ -<>-~]*$/.test(value) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** An identifier of the language C. */
export const cIdentifier: TextRule = formatRule(
  '[A-Za-z_][A-Za-z0-9_]*',
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  'my_name',
  'MY_NAME',
  'MyName',
);

/** A port's name (RFC 6335, lower case), at most 15 long. */
export const portName: TextRule = (value) => {
  const messages = tooLong(value, 15);
  if (!/^[-a-z0-9]+$/.test(value)) messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) messages.push('must contain at least one letter (a-z)');
  if (value.includes('--')) messages.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
};

/** `5%`. */
export const percent: TextRule = formatRule('[0-9]+%', "a valid percent string must be a numeric string followed by an ending '%'", '1%', '93%');

/** The name of an HTTP header. */
export const httpHeaderName: TextRule = formatRule('[-A-Za-z0-9]+', "a valid HTTP header must consist of alphanumeric characters or '-'", 'X-Header-Name');

/** The `reason` of a condition (its form, not its length). */
export const conditionReason: TextRule = formatRule(
  '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);

/** An integer as a person writes it: no sign but `-`, no leading zero. */
export const decimalInteger: TextRule = (value) =>
  value === '' ? ['must be non-empty'] : /^(0|-?[1-9][0-9]*)$/.test(value) ? [] : ['must be a valid decimal integer in canonical form'];

/** Says that `value` is not within its bounds, if so. */
export const inRange = (value: number, min: number, max: number): string[] =>
  value >= min && value <= max ? [] : [`must be between ${min} and ${max}, inclusive`];

/** A port: 1 to 65535. */
export const portNumber = (value: number): string[] => inRange(value, 1, 65535);

/** Names that stand in a URL's path as they are: RBAC's and others' of the older groups. */
export const pathSegmentName: NameRule = (name, prefix = false) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  const messages: string[] = [];
  for (const illegal of ['/', '%']) if (name.includes(illegal)) messages.push(`may not contain '${illegal}'`);
  return messages;
};

/** A generateName may end with a dash: a suffix follows. (The reference drops the last two characters for one letter; so do we, since it counts into the length.) */
const asPrefix =
  (rule: TextRule): NameRule =>
  (name, prefix = false) =>
    rule(prefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name);

/** For objects named by a domain name: the rule of nearly all kinds. */
export const nameIsDNSSubdomain: NameRule = asPrefix(dns1123Subdomain);
/** For objects named by a DNS label: namespaces. */
export const nameIsDNSLabel: NameRule = asPrefix(dns1123Label);
/** For objects named by a DNS label that starts with a letter: services. */
export const nameIsDNS1035Label: NameRule = asPrefix(dns1035Label);
