import { parseQuantity } from '@apiserver-kit/machinery';

export default ({ op, a: text, b: other }) => {
  const a = parseQuantity(text);
  if (op === 'arith') {
    const b = parseQuantity(other);
    return { add: a.add(b).toString(), sub: a.sub(b).toString(), cmp: a.compare(b) };
  }
  const { format, sign, isZero } = a;
  return { canonical: a.toString(), value: String(a.value()), milliValue: String(a.milliValue()), sign, format, isZero };
};
