/** Which nodes of a schema hold embedded objects: the others need no walk. */
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';

const known = new WeakMap<StructuralSchema, boolean>();

/** Whether the node or one below it is an embedded object. Asked of a node once. */
export function hasEmbeddedResources(schema: StructuralSchema): boolean {
  let has = known.get(schema);
  if (has === undefined) {
    const values = valueSchema(schema);
    has =
      schema.embeddedResource === true ||
      (schema.items !== undefined && hasEmbeddedResources(schema.items)) ||
      (values !== undefined && hasEmbeddedResources(values)) ||
      [...(schema.properties?.values() ?? [])].some(hasEmbeddedResources);
    known.set(schema, has);
  }
  return has;
}
