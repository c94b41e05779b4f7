/**
 * How a built-in type lies on the protobuf wire: its fields by number, some of them within messages that JSON inlines. Made from the type's
 * rows when it is first needed.
 */
import { type TypeField, typeFields } from '../types/type-data.js';

/** A field, or a message around fields that JSON shows without it. */
export type WireNode = { readonly number: number; readonly field: TypeField } | { readonly number: number; readonly message: WirePlan };

export interface WirePlan {
  /** Ascending by number: the order of the wire. */
  readonly nodes: readonly WireNode[];
  readonly byNumber: ReadonlyMap<number, WireNode>;
}

const plans = new Map<string, WirePlan>();

/** Kind and apiVersion of an API object stand in the envelope: their numbers are of another message. */
function isTypeMeta(field: TypeField, fields: readonly TypeField[]): boolean {
  const has = (name: string, number: number): boolean => fields.some((f) => f.name === name && f.protobuf.length === 1 && f.protobuf[0] === number);
  return (field.name === 'kind' || field.name === 'apiVersion') && has('kind', 1) && has('apiVersion', 2);
}

function planOf(entries: readonly { readonly path: readonly number[]; readonly field: TypeField }[]): WirePlan {
  const byNumber = new Map<number, WireNode>();
  const inlined = new Map<number, { path: readonly number[]; field: TypeField }[]>();
  for (const { path, field } of entries) {
    const [number, ...rest] = path as [number, ...number[]];
    if (rest.length === 0) byNumber.set(number, { number, field });
    else inlined.set(number, [...(inlined.get(number) ?? []), { path: rest, field }]);
  }
  for (const [number, within] of inlined) byNumber.set(number, { number, message: planOf(within) });
  const nodes = [...byNumber.values()].sort((a, b) => a.number - b.number);
  return { nodes, byNumber };
}

/** The plan of a type. @throws Error when there is no such type. */
export function wirePlan(typeName: string): WirePlan {
  let plan = plans.get(typeName);
  if (!plan) {
    const fields = typeFields(typeName);
    plan = planOf(fields.filter((field) => !isTypeMeta(field, fields)).map((field) => ({ path: field.protobuf, field })));
    plans.set(typeName, plan);
  }
  return plan;
}
