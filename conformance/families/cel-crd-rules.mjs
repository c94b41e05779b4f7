import { Double, objectCostBudget, schemaRules } from '@apiserver-kit/cel';
import { structuralSchema } from '@apiserver-kit/schema';
import { recorded } from './field-errors.mjs';

// The recordings were made of objects whose numbers are all floating point.
const withFloats = (json) => {
  if (typeof json === 'number') return new Double(json);
  if (Array.isArray(json)) return json.map(withFloats);
  return typeof json === 'object' && json !== null ? Object.fromEntries(Object.entries(json).map(([name, value]) => [name, withFloats(value)])) : json;
};

export default ({ schema: props, object, oldObject }) => {
  const { schema } = structuralSchema(props);
  const rules = schemaRules(schema);
  if (!rules) return { errors: [], cost: 0 };
  const { errors, remainingBudget } = rules.validate(withFloats(object), withFloats(oldObject ?? undefined));
  return { errors: recorded(errors), cost: objectCostBudget - remainingBudget };
};
