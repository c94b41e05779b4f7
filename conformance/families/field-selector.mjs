import { parseFieldSelector } from '@apiserver-kit/machinery';

export default ({ selector: text, fieldSets }) => {
  const selector = parseFieldSelector(text);
  return { string: selector.toString(), empty: selector.isEmpty, matches: fieldSets.map((fields) => selector.matches(fields)) };
};
