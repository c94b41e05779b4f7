/** Label selectors: what a set of labels must satisfy (k8s.io/apimachinery/pkg/labels, meta/v1.LabelSelector). */
import { goQuote } from './go-text.js';
import {
  type LabelMatcher,
  labelMatcher,
  type LabelOperator,
  type LabelRequirement,
  labelRequirement,
  labelRequirementText,
  type Labels,
} from './label-requirement.js';
import { parseLabelRequirements } from './label-selector-parse.js';
import { SelectorError } from './selector-error.js';

export interface LabelSelector {
  /** In the order of their keys. All must hold. */
  readonly requirements: readonly LabelRequirement[];
  /** True when it selects everything. */
  readonly isEmpty: boolean;
  /** False for the selector that nothing can match. */
  readonly isSelectable: boolean;
  /** Makes no garbage: it is called for each object of each list and for each event of each watch. */
  readonly matches: (labels: Labels | undefined | null) => boolean;
  /** The value that the selector demands of `key`, if it demands exactly one. */
  requiresExactMatch(key: string): string | undefined;
  /** In the query syntax: `a=b,c in (d,e),!f`. */
  toString(): string;
}

/** metav1.LabelSelector, as it stands in API objects. */
export interface LabelSelectorObject {
  matchLabels?: Record<string, string> | null;
  matchExpressions?: { key?: string; operator?: string; values?: string[] | null }[] | null;
}

const noLabels: Labels = Object.freeze({});

function combine(matchers: readonly LabelMatcher[]): LabelSelector['matches'] {
  const [first, second] = matchers;
  if (!first) return () => true;
  if (!second) return (labels) => first(labels ?? noLabels);
  return (given) => {
    const labels = given ?? noLabels;
    for (let at = 0; at < matchers.length; at++) if (!matchers[at]!(labels)) return false;
    return true;
  };
}

const byKey = (a: LabelRequirement, b: LabelRequirement): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** The selector of requirements that are known to be valid. Use {@link labelRequirement} to make them. */
export function labelSelector(unsorted: readonly LabelRequirement[]): LabelSelector {
  const requirements = [...unsorted].sort(byKey);
  let text: string | undefined;
  return {
    requirements,
    isEmpty: requirements.length === 0,
    isSelectable: true,
    matches: combine(requirements.map(labelMatcher)),
    requiresExactMatch(key) {
      const first = requirements.find((requirement) => requirement.key === key);
      return first && first.values.length === 1 && (first.operator === '=' || first.operator === '==' || first.operator === 'in') ? first.values[0] : undefined;
    },
    toString() {
      text ??= requirements.map(labelRequirementText).join(',');
      return text;
    },
  };
}

/** Selects everything. */
export const everyLabel: LabelSelector = labelSelector([]);

/** Selects nothing. */
export const noLabel: LabelSelector = {
  requirements: [],
  isEmpty: false,
  isSelectable: false,
  matches: () => false,
  requiresExactMatch: () => undefined,
  toString: () => '',
};

const objectOperators: Record<string, LabelOperator> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/**
 * The selector that an API object spells out. None at all (undefined or null) selects nothing; an empty one selects everything.
 * @throws SelectorError
 */
export function labelSelectorFrom(object: LabelSelectorObject | undefined | null): LabelSelector {
  if (!object) return noLabel;
  const labels = Object.entries(object.matchLabels ?? {});
  const expressions = object.matchExpressions ?? [];
  if (labels.length + expressions.length === 0) return everyLabel;
  return labelSelector([
    ...labels.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => labelRequirement(key, '=', [value])),
    ...expressions.map(({ key = '', operator = '', values }) => {
      const known = Object.hasOwn(objectOperators, operator) ? objectOperators[operator] : undefined;
      if (!known) throw new SelectorError(`${goQuote(operator)} is not a valid label selector operator`);
      return labelRequirement(key, known, values ?? []);
    }),
  ]);
}

/** The selector that demands exactly these labels, unchecked: what a Service or a ReplicationController holds. */
export const labelSelectorFromSet = (labels: Labels | undefined | null): LabelSelector =>
  labelSelector(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })));

/**
 * Reads a `labelSelector` query parameter. Empty text selects everything.
 * @throws SelectorError with the reference's text.
 */
export const parseLabelSelector = (text: string): LabelSelector => (text === '' ? everyLabel : labelSelector(parseLabelRequirements(text)));
