/** One condition of a label selector: what it demands, and what makes it valid (k8s.io/apimachinery/pkg/labels.Requirement). */
import { child, type FieldError, fieldErrorText, index, invalidValue, key as keyed } from './field-path.js';
import { parseInt64 } from './go-text.js';
import { labelValue, qualifiedName } from './names.js';
import { SelectorError } from './selector-error.js';

export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One condition of a selector. `values` are sorted where they were parsed from text. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** Says whether the labels satisfy one condition. Makes no garbage. */
export type LabelMatcher = (labels: Labels) => boolean;

/** The condition, compiled. */
// `typeof` and not `in`: a label named like a member of Object.prototype must not be found where it is not.
export function labelMatcher({ key, operator, values }: LabelRequirement): LabelMatcher {
  switch (operator) {
    case '=':
    case '==':
    case 'in': {
      const [only] = values;
      if (values.length === 1) return (labels) => labels[key] === only;
      const wanted = new Set(values);
      return (labels) => wanted.has(labels[key]!);
    }
    case '!=':
    case 'notin': {
      const [only] = values;
      if (values.length === 1) return (labels) => labels[key] !== only;
      const unwanted = new Set(values);
      return (labels) => !unwanted.has(labels[key]!);
    }
    case 'exists':
      return (labels) => typeof labels[key] === 'string';
    case '!':
      return (labels) => typeof labels[key] !== 'string';
    case 'gt':
    case 'lt': {
      const bound = parseInt64(values[0]!)!;
      const compare = (labels: Labels): bigint | undefined => (typeof labels[key] === 'string' ? parseInt64(labels[key]) : undefined);
      return operator === 'gt'
        ? (labels) => {
            const value = compare(labels);
            return value !== undefined && value > bound;
          }
        : (labels) => {
            const value = compare(labels);
            return value !== undefined && value < bound;
          };
    }
  }
}

const operatorText: Record<LabelOperator, string> = { '=': '=', '==': '==', '!=': '!=', in: ' in ', notin: ' notin ', gt: '>', lt: '<', exists: '', '!': '' };

/** In the query syntax. */
export function labelRequirementText({ key, operator, values }: LabelRequirement): string {
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  const list = values.length > 1 ? [...values].sort().join(',') : (values[0] ?? '');
  return key + operatorText[operator] + (operator === 'in' || operator === 'notin' ? `(${list})` : list);
}

const badKey = (path: string, key: string): FieldError | undefined => {
  const messages = qualifiedName(key);
  return messages.length === 0 ? undefined : invalidValue(path, key, messages.join('; '));
};

/** The errors as one text, as the reference aggregates them. */
function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(fieldErrorText))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}

/**
 * Checks a requirement and gives it back.
 * @param path of what holds the key and the values, for the message.
 * @throws SelectorError
 */
export function labelRequirement(key: string, operator: LabelOperator, values: readonly string[], path = ''): LabelRequirement {
  const errors: FieldError[] = [];
  const keyError = badKey(child(path, 'key'), key);
  if (keyError) errors.push(keyError);
  const valuesPath = child(path, 'values');
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length === 0) errors.push(invalidValue(valuesPath, values, "for 'in', 'notin' operators, values set can't be empty"));
      break;
    case '=':
    case '==':
    case '!=':
      if (values.length !== 1) errors.push(invalidValue(valuesPath, values, 'exact-match compatibility requires one single value'));
      break;
    case 'exists':
    case '!':
      if (values.length !== 0) errors.push(invalidValue(valuesPath, values, 'values set must be empty for exists and does not exist'));
      break;
    case 'gt':
    case 'lt':
      if (values.length !== 1) errors.push(invalidValue(valuesPath, values, "for 'Gt', 'Lt' operators, exactly one value is required"));
      values.forEach((value, at) => {
        if (parseInt64(value) === undefined) errors.push(invalidValue(index(valuesPath, at), value, "for 'Gt', 'Lt' operators, the value must be an integer"));
      });
  }
  values.forEach((value, at) => {
    const messages = labelValue(value);
    if (messages.length > 0) errors.push(invalidValue(keyed(index(valuesPath, at), key), value, messages.join('; ')));
  });
  if (errors.length > 0) throw new SelectorError(aggregate(errors));
  return { key, operator, values };
}

/** As the path of an error that belongs to no field: how the reference prints it. */
const noPath = '<nil>';

/** For the parser: a bad key is reported without a path, and before what follows it is read. */
export function checkParsedKey(key: string): void {
  const error = badKey(noPath, key);
  if (error) throw new SelectorError(fieldErrorText(error));
}
