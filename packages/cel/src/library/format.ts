/** Named formats: `format.dns1123Label().validate(name)`. */
import { labelValue, nameIsDNS1035Label, nameIsDNSLabel, nameIsDNSSubdomain, qualifiedName } from '@apiserver-kit/machinery';
import { formatCheck } from '@apiserver-kit/schema';
import * as types from '../types/type.js';
import { listOf, optionalOf, struct } from '../types/type.js';
import { ArrayList, ObjectValue, Optional, type Value, noSuchOverload } from '../values/value.js';
import { type FunctionDeclaration, type Library, fn, global, member } from './declaration.js';
import { UrlError, parseRequestUri } from './go-url.js';

const { string } = types;
const formatType = struct('kubernetes.NamedFormat');

type Validate = (text: string) => string[];

class FormatValue extends ObjectValue {
  readonly type = formatType;
  constructor(
    readonly name: string,
    readonly validate: Validate,
    /** Characters of the longest pattern that it may use. */
    readonly patternSize: number,
  ) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof FormatValue ? this.name === other.name : noSuchOverload;
  }
  override toString(): string {
    return this.name;
  }
}

const checked =
  (format: string, complaint: string): Validate =>
  (text) =>
    formatCheck(format)!(text) ? [] : [complaint];

function validateUri(text: string): string[] {
  try {
    parseRequestUri(text);
    return [];
  } catch (error) {
    if (error instanceof UrlError) return [error.message];
    throw error;
  }
}

const named = (name: string, validate: Validate, patternSize: number): FormatValue => new FormatValue(name, validate, patternSize);

const formats: ReadonlyMap<string, FormatValue> = new Map([
  ['dns1123Label', named('DNS1123Label', (text) => nameIsDNSLabel(text, false), 30)],
  ['dns1123Subdomain', named('DNS1123Subdomain', (text) => nameIsDNSSubdomain(text, false), 60)],
  ['dns1035Label', named('DNS1035Label', (text) => nameIsDNS1035Label(text, false), 30)],
  ['qualifiedName', named('QualifiedName', qualifiedName, 60)],
  ['dns1123LabelPrefix', named('DNS1123LabelPrefix', (text) => nameIsDNSLabel(text, true), 30)],
  ['dns1123SubdomainPrefix', named('DNS1123SubdomainPrefix', (text) => nameIsDNSSubdomain(text, true), 60)],
  ['dns1035LabelPrefix', named('DNS1035LabelPrefix', (text) => nameIsDNS1035Label(text, true), 30)],
  ['labelValue', named('LabelValue', labelValue, 40)],
  ['uri', named('URI', validateUri, 1103)],
  ['uuid', named('uuid', checked('uuid', 'does not match the UUID format'), 70)],
  ['byte', named('byte', checked('byte', 'invalid base64'), 84)],
  ['date', named('date', checked('date', 'invalid date'), 71)],
  ['datetime', named('datetime', checked('datetime', 'invalid datetime'), 71)],
]);

const constants = [...formats].map(
  ([name, format]): FunctionDeclaration =>
    fn(
      `format.${name}`,
      global(`format.${name}`, [], formatType, () => format),
    ),
);

export const formatLibrary: Library = {
  name: 'kubernetes.format',
  functions: [
    fn(
      'validate',
      member('format-validate', [formatType, string], optionalOf(listOf(string)), (format, text) => {
        const complaints = (format as FormatValue).validate(text as string);
        return complaints.length === 0 ? Optional.none : new Optional(new ArrayList(complaints));
      }),
    ),
    fn(
      'format.named',
      global('format-named', [string], optionalOf(formatType), (name) => {
        const format = formats.get(name as string);
        return format ? new Optional(format) : Optional.none;
      }),
    ),
    ...constants,
  ],
};
