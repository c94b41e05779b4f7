import { labelSelectorFrom, parseLabelSelector } from '@apiserver-kit/machinery';

export default ({ op, selector: text, labelSelector, labelSets }) => {
  const selector = op === 'convert' ? labelSelectorFrom(labelSelector) : parseLabelSelector(text);
  const common = { string: selector.toString(), matches: labelSets.map((labels) => selector.matches(labels)) };
  if (op === 'convert') return common;
  const { requirements, isEmpty, isSelectable } = selector;
  return { ...common, empty: isEmpty, selectable: isSelectable, requirements: requirements.length === 0 ? null : requirements };
};
