import { applyDefaults, prune, pruneNulls, structuralSchema } from '@apiserver-kit/schema';
import { recorded } from './field-errors.mjs';

export default ({ op, schema: props, object }) => {
  const { schema, errors, unsupported } = structuralSchema(props);
  if (unsupported !== undefined) throw new Error(unsupported);
  if (op === 'structural') return { errors: recorded(errors) };
  if (op === 'prune') return { unknownFieldPaths: prune(object, schema, { isResourceRoot: true, trackUnknown: true }), object };
  pruneNulls(object, schema);
  applyDefaults(object, schema);
  return { object };
};
