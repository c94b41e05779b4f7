/** What an access review asks about, as an authorizer is asked (pkg/registry/authorization/util). */
import {
  type FieldRequirement,
  fieldSelector,
  goQuote,
  type LabelOperator,
  labelRequirement,
  labelSelector,
  parseFieldSelector,
  parseLabelSelector,
} from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import type { Attributes } from '../authorizer.js';
import type { ResourceAttributes, SelectorAttributes, SelectorRequirement, SelfSubjectAccessReviewSpec } from './spec.js';

/** The attributes, and what is to be said of selectors that could not be read. */
export interface ReviewAttributes {
  readonly attributes: Attributes;
  readonly problems: readonly string[];
}

export function reviewAttributes({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec, user: UserInfo): ReviewAttributes {
  if (resourceAttributes) return ofResource(resourceAttributes, user);
  const { verb = '', path = '' } = nonResourceAttributes ?? {};
  return { attributes: { ...nothing, user, verb, path }, problems: [] };
}

const nothing = {
  isResourceRequest: false,
  apiGroup: '',
  apiVersion: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  path: '',
  fieldSelector: '',
  labelSelector: '',
};

function ofResource(asked: ResourceAttributes, user: UserInfo): ReviewAttributes {
  const { namespace = '', verb = '', group = '', version = '', resource = '', subresource = '', name = '' } = asked;
  const fields = readSelector(asked.fieldSelector, fieldText, fieldsText);
  const labels = readSelector(asked.labelSelector, labelText, labelsText);
  return {
    attributes: {
      ...nothing,
      user,
      isResourceRequest: true,
      verb,
      namespace,
      apiGroup: group,
      apiVersion: version === '' ? '*' : version,
      resource,
      subresource,
      name,
      fieldSelector: fields.text,
      labelSelector: labels.text,
    },
    problems: [...problemOf('fieldSelector', fields), ...problemOf('labelSelector', labels)],
  };
}

/** As text, and how much of it could not be read. What is left out makes the question broader, never narrower. */
interface ReadSelector {
  readonly text: string;
  readonly lost: 'nothing' | 'part' | 'all';
}

const problemOf = (name: string, { lost }: ReadSelector): string[] =>
  lost === 'nothing' ? [] : [`spec.resourceAttributes.${name} ${lost === 'part' ? 'partially ignored' : 'ignored'} due to parse error`];

function readSelector(
  selector: SelectorAttributes | null | undefined,
  parse: (raw: string) => string,
  combine: (requirements: readonly SelectorRequirement[]) => { text: string; failed: number },
): ReadSelector {
  const requirements = selector?.requirements ?? [];
  if (requirements.length > 0) {
    const { text, failed } = combine(requirements);
    return { text, lost: failed === 0 ? 'nothing' : failed < requirements.length ? 'part' : 'all' };
  }
  try {
    return { text: parse(selector?.rawSelector ?? ''), lost: 'nothing' };
  } catch {
    // A selector that cannot be read must not fail the review: the answer says that it was ignored.
    return { text: '', lost: 'all' };
  }
}

const fieldText = (raw: string): string => parseFieldSelector(raw).toString();
const labelText = (raw: string): string => parseLabelSelector(raw).toString();

/** Reads each; one that cannot be read counts as failed. */
function readEach<T>(requirements: readonly SelectorRequirement[], read: (requirement: SelectorRequirement) => T): { good: T[]; failed: number } {
  const good: T[] = [];
  let failed = 0;
  for (const requirement of requirements) {
    try {
      good.push(read(requirement));
    } catch {
      failed++;
    }
  }
  return { good, failed };
}

function fieldsText(requirements: readonly SelectorRequirement[]): { text: string; failed: number } {
  const { good, failed } = readEach(requirements, ({ key = '', operator = '', values }): FieldRequirement => {
    if (operator !== 'In' && operator !== 'NotIn') throw new Error(`field selectors do not know ${goQuote(operator)}`);
    if (values?.length !== 1) throw new Error('field selectors compare with one value');
    return { field: key, operator: operator === 'In' ? '=' : '!=', value: values[0]! };
  });
  return { text: fieldSelector(good).toString(), failed };
}

const labelOperators = new Map<string, LabelOperator>([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

function labelsText(requirements: readonly SelectorRequirement[]): { text: string; failed: number } {
  const { good, failed } = readEach(requirements, ({ key = '', operator = '', values }) => {
    const known = labelOperators.get(operator);
    if (known === undefined) throw new Error(`label selectors do not know ${goQuote(operator)}`);
    return labelRequirement(key, known, values ?? []);
  });
  return { text: labelSelector(good).toString(), failed };
}
