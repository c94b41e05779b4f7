/** Equality of objects, managedFields aside. */
import { jsonEqual, type KubeObject } from '@apiserver-kit/machinery';

/** Whether the objects are equal, managedFields aside. */
export const isSameObject = (a: KubeObject, b: KubeObject): boolean =>
  isEqualBut(a, b, 'metadata') && (a.metadata === b.metadata || isEqualBut(a.metadata ?? {}, b.metadata ?? {}, 'managedFields'));

function isEqualBut(a: object, b: object, name: string): boolean {
  let members = 0;
  for (const member in a) {
    if (member === name) continue;
    members++;
    if (!Object.hasOwn(b, member) || !jsonEqual((a as Record<string, unknown>)[member], (b as Record<string, unknown>)[member])) return false;
  }
  for (const member in b) if (member !== name) members--;
  return members === 0;
}
