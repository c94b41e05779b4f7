/** How the built-in types are patched by strategic merge patches. */
import type { GroupVersionKind, PatchMeta } from '@apiserver-kit/machinery';
import { structPatchMeta } from '@apiserver-kit/machinery/structs';
import { typeFields, typeOf } from './type-data.js';

const patchMetaOf = structPatchMeta({ fields: typeFields });

/** The patch metadata of a kind, or undefined where there is no built-in type for it: only built-in types take strategic merge patches. */
export function builtinPatchMeta(gvk: GroupVersionKind): PatchMeta | undefined {
  const name = typeOf(gvk);
  return name === undefined ? undefined : patchMetaOf(name);
}
