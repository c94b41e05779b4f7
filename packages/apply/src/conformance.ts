/** Whether a value fits its type (sigs.k8s.io/structured-merge-diff/v6/typed, validation). */
import { goPrint, goTypeOf } from '@apiserver-kit/machinery';
import { ListItemError, itemElement } from './list-items.js';
import { formOf, type ListMergeType, type MapMergeType, type MergeType, type ScalarKind, settled } from './merge-type.js';
import { elementText, memberElement } from './path-element.js';

/** A value that does not fit its type; the message tells each misfit with its path. */
export class TypeMismatchError extends Error {
  override readonly name = 'TypeMismatchError';
}

/**
 * @param allowsDuplicates Lists that are sets or have keys may hold an item twice: stored objects may, applied ones may not.
 * @throws TypeMismatchError where the value does not fit.
 */
export function assertConforms(value: unknown, type: MergeType, allowsDuplicates: boolean): void {
  const found: string[] = [];
  check(value, type, { found, path: [], allowsDuplicates });
  if (found.length === 1) throw new TypeMismatchError(found[0]);
  if (found.length > 1) throw new TypeMismatchError(['errors:', ...found.map((text) => `  ${text}`)].join('\n'));
}

interface Walk {
  readonly found: string[];
  /** Texts of elements, as messages show them; made only of what is printed when it is printed. */
  readonly path: (() => string)[];
  readonly allowsDuplicates: boolean;
}

function report({ found, path }: Walk, message: string, last?: string): void {
  const where = path.map((element) => element()).join('') + (last ?? '');
  found.push(where === '' ? message : `${where}: ${message}`);
}

function check(value: unknown, type: MergeType, walk: Walk): void {
  switch (settled(type, formOf(type, value))) {
    case 'map':
      checkMap(value, type.map!, walk);
      break;
    case 'list':
      checkList(value, type.list!, walk);
      break;
    case 'scalar': {
      const problem = scalarProblem(value, type.scalar!);
      if (problem !== undefined) report(walk, problem);
      break;
    }
    default:
      report(walk, 'schema error: invalid atom: inlined');
  }
}

const isNumeric = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

function scalarProblem(value: unknown, kind: ScalarKind): string | undefined {
  if (value === null || value === undefined) return undefined;
  switch (kind) {
    case 'numeric':
      return isNumeric(value) ? undefined : `expected numeric (int or float), got ${goTypeOf(value)}`;
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &{${goPrint(value)}}`;
    default:
      return typeof value === 'object' ? `expected any scalar, got &{${goPrint(value)}}` : undefined;
  }
}

/** `%#v` of a JSON value. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${goSyntax((value as Record<string, unknown>)[name])}`);
    return `map[string]interface {}{${members.join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : value === null ? 'interface {}(nil)' : goPrint(value);
}

function checkList(value: unknown, list: ListMergeType, walk: Walk): void {
  if (value === null || value === undefined) return;
  if (!Array.isArray(value)) {
    report(walk, `expected list, got &{${goPrint(value)}}`);
    return;
  }
  if (list.isAtomic) {
    let index = 0;
    walk.path.push(() => `[${index}]`);
    for (; index < value.length; index++) check(value[index], list.element, walk);
    walk.path.pop();
    return;
  }
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    let element: string;
    try {
      element = itemElement(list, item);
    } catch (error) {
      if (!(error instanceof ListItemError)) throw error;
      report(walk, `element ${index}: ${error.message}`);
      return;
    }
    if (!walk.allowsDuplicates && seen.has(element)) report(walk, `duplicate entries for key ${elementText(element)}`);
    seen.add(element);
    walk.path.push(() => elementText(element));
    check(item, list.element, walk);
    walk.path.pop();
  }
}

function checkMap(value: unknown, map: MapMergeType, walk: Walk): void {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object' || Array.isArray(value)) {
    report(walk, `expected map, got &{${goPrint(value)}}`);
    return;
  }
  let name = '';
  walk.path.push(() => elementText(memberElement(name)));
  for (name in value) {
    const type = map.field(name)?.type ?? map.element;
    // One unknown field says enough; the rest of the struct is not looked at.
    if (type === undefined) {
      report(walk, 'field not declared in schema');
      break;
    }
    check((value as Record<string, unknown>)[name], type, walk);
  }
  walk.path.pop();
}
