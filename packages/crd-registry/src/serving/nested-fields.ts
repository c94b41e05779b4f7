/** Fields by simple paths such as `.spec.replicas`, and what the reference says where they cannot be read (apimachinery/pkg/apis/meta/v1/unstructured). */
import { getMember, goPrint, goTypeOf, isRecord, type JsonObject, setMember } from '@apiserver-kit/machinery';

/** The steps of a path. */
export const stepsOf = (path: string): string[] => path.replace(/^\./, '').split('.');

const typeName = (value: unknown): string => (value === null ? '<nil>' : goTypeOf(value));

const accessorError = (steps: readonly string[], value: unknown, expected: string): Error =>
  new Error(`.${steps.join('.')} accessor error: ${goPrint(value)} is of the type ${typeName(value)}, expected ${expected}`);

/**
 * The value at a path; undefined where there is none.
 * @throws Error where something on the way is no object.
 */
function nestedValue(object: JsonObject, steps: readonly string[]): unknown {
  let value: unknown = object;
  for (const [i, step] of steps.entries()) {
    if (value === null) return undefined;
    if (!isRecord(value)) throw accessorError(steps.slice(0, i + 1), value, 'map[string]interface{}');
    if (!Object.hasOwn(value, step)) return undefined;
    value = getMember(value, step);
  }
  return value;
}

/** The integer at a path; undefined where there is none. @throws Error where there is something else. */
export function nestedInteger(object: JsonObject, path: string): number | bigint | undefined {
  const steps = stepsOf(path);
  const value = nestedValue(object, steps);
  if (value === undefined || typeof value === 'bigint' || Number.isInteger(value)) return value as number | bigint | undefined;
  throw accessorError(steps, value, 'int64');
}

/** The text at a path; undefined where there is none. @throws Error where there is something else. */
export function nestedText(object: JsonObject, path: string): string | undefined {
  const steps = stepsOf(path);
  const value = nestedValue(object, steps);
  if (value === undefined || typeof value === 'string') return value;
  throw accessorError(steps, value, 'string');
}

/** Sets what is at a path, in place; makes the objects on the way. @throws Error where something on the way is no object. */
export function setNested(object: JsonObject, path: string, value: unknown): void {
  const steps = stepsOf(path);
  const last = steps.pop()!;
  let at = object;
  for (const [i, step] of steps.entries()) {
    if (!Object.hasOwn(at, step)) setMember(at, step, {});
    const next = getMember(at, step);
    if (!isRecord(next)) throw new Error(`value cannot be set because .${steps.slice(0, i + 1).join('.')} is not a map[string]interface{}`);
    at = next;
  }
  setMember(at, last, value);
}
