/** The two forms in which a schema may say `type` under a junctor: it is an int or a string. */
import { type StructuralSchema, setFields } from './structural-schema.js';

const isOnlyType = (schema: StructuralSchema | undefined, type: string): boolean =>
  schema !== undefined && schema.type === type && setFields(schema).length === 1;

const isPair = (clauses: readonly StructuralSchema[] | undefined): boolean =>
  clauses?.length === 2 && isOnlyType(clauses[0], 'integer') && isOnlyType(clauses[1], 'string');

/** `anyOf: [{type: integer}, {type: string}]` */
export const isIntOrStringAnyOf = ({ anyOf }: StructuralSchema): boolean => isPair(anyOf);

/** `allOf: [{anyOf: [{type: integer}, {type: string}]}, …]` */
export const isIntOrStringAllOf = ({ allOf }: StructuralSchema): boolean => isPair(allOf?.[0]?.anyOf);
