export type FastCheck = (value: unknown) => boolean;
import type { SchemaNode, SchemaNodeOptions } from './schema-node.js';
export const compileFastCheck =
  (_root: SchemaNode, _o: SchemaNodeOptions): FastCheck =>
  () =>
    false;
