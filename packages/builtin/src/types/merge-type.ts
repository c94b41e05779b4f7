/** How the built-in types are merged by server-side apply. */
import { type MergeType, structTypes } from '@apiserver-kit/apply';
import type { GroupVersionKind } from '@apiserver-kit/machinery';
import { isAtomicType, typeFields, typeOf } from './type-data.js';

const mergeTypeOf = structTypes({ fields: typeFields, isAtomic: isAtomicType });

/** The merge type of a kind, or undefined where there is no built-in type for it. The same one each time: what has been looked up stays in it. */
export function builtinMergeType(gvk: GroupVersionKind): MergeType | undefined {
  const name = typeOf(gvk);
  return name === undefined ? undefined : mergeTypeOf(name);
}
