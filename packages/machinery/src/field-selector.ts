/** Field selectors: conditions on a few named fields of an object (k8s.io/apimachinery/pkg/fields). */
import { SelectorError } from './selector-error.js';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Values by field name. A field that is absent counts as empty. */
export type Fields = Readonly<Record<string, string>> | ReadonlyMap<string, string>;

/** Gives a field's other name and value; both empty drops the condition. Throws to refuse the field. */
export type FieldTransform = (field: string, value: string) => readonly [field: string, value: string];

export interface FieldSelector {
  /** In the order of their texts. All must hold. */
  readonly requirements: readonly FieldRequirement[];
  /** True when it selects everything. */
  readonly isEmpty: boolean;
  /** Makes no garbage: it is called for each object of each list and for each event of each watch. */
  readonly matches: (fields: Fields) => boolean;
  /** The value that the selector demands of `field`, if it does. */
  requiresExactMatch(field: string): string | undefined;
  transform(rename: FieldTransform): FieldSelector;
  /** In the query syntax: `metadata.name=x,spec.nodeName!=y`. */
  toString(): string;
}

const fieldValue = (fields: Fields, field: string): string => {
  const value = fields instanceof Map ? (fields as ReadonlyMap<string, string>).get(field) : (fields as Record<string, string>)[field];
  return typeof value === 'string' ? value : '';
};

const requirementText = ({ field, operator, value }: FieldRequirement): string => `${field}${operator}${escapeFieldValue(value)}`;

/** Puts a backslash before `\`, `,` and `=`, so that the value can stand in a selector's text. */
export const escapeFieldValue = (value: string): string => value.replace(/[\\,=]/g, '\\$&');

/** The selector of these conditions. */
export function fieldSelector(requirements: readonly FieldRequirement[]): FieldSelector {
  const [only] = requirements;
  return {
    requirements,
    isEmpty: requirements.length === 0,
    matches:
      only && requirements.length === 1
        ? (fields) => (fieldValue(fields, only.field) === only.value) === (only.operator === '=')
        : (fields) => {
            for (let at = 0; at < requirements.length; at++) {
              const { field, operator, value } = requirements[at]!;
              if ((fieldValue(fields, field) === value) !== (operator === '=')) return false;
            }
            return true;
          },
    requiresExactMatch: (field) => requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value,
    transform: (rename) =>
      fieldSelector(
        requirements.flatMap(({ field, operator, value }) => {
          const [newField, newValue] = rename(field, value);
          return newField === '' && newValue === '' ? [] : [{ field: newField, operator, value: newValue }];
        }),
      ),
    toString: () => requirements.map(requirementText).join(','),
  };
}

/** Selects everything. */
export const everyField: FieldSelector = fieldSelector([]);

/** The selector `field=value`. */
export const fieldEquals = (field: string, value: string): FieldSelector => fieldSelector([{ field, operator: '=', value }]);

/** What every one of `selectors` selects. */
export const allFieldSelectors = (...selectors: readonly FieldSelector[]): FieldSelector =>
  fieldSelector(selectors.flatMap((selector) => selector.requirements));

/** The terms between unescaped commas, escapes still in them. */
function termsOf(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescaped(value: string): string {
  if (!/[\\,=]/.test(value)) return value;
  let out = '';
  const chars = value[Symbol.iterator]();
  for (const char of chars) {
    if (char === '\\') {
      const next = chars.next();
      const escaped = next.done ? '' : next.value;
      if (escaped !== '\\' && escaped !== ',' && escaped !== '=') throw new SelectorError(`invalid field selector: invalid escape sequence: \\${escaped}`);
      out += escaped;
    } else if (char === ',' || char === '=') {
      // Go prints a rune as its number.
      throw new SelectorError(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    } else out += char;
  }
  return out;
}

/**
 * Reads a `fieldSelector` query parameter: `a=b,c==d,e!=f`. Empty text selects everything. Which fields a resource knows is for the caller to check, with `transform`.
 * @throws SelectorError with the reference's text.
 */
export function parseFieldSelector(text: string): FieldSelector {
  if (text === '') return everyField;
  const requirements: FieldRequirement[] = [];
  for (const term of termsOf(text).sort()) {
    if (term === '') continue;
    const sign = /!=|==?/.exec(term);
    if (!sign) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    const value = unescaped(term.slice(sign.index + sign[0].length));
    requirements.push({ field: term.slice(0, sign.index), operator: sign[0] === '!=' ? '!=' : '=', value });
  }
  return fieldSelector(requirements);
}
