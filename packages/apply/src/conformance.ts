/** Whether a value fits its type (sigs.k8s.io/structured-merge-diff/v6/typed, validation). */
import { goPrint, goTypeOf } from '@apiserver-kit/machinery';
import { itemElement, itemProblem } from './list-items.js';
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
  if (conforms(value, type, allowsDuplicates)) return;
  const found: string[] = [];
  check(value, type, { found, path: [], allowsDuplicates });
  if (found.length === 1) throw new TypeMismatchError(found[0]);
  if (found.length > 1) throw new TypeMismatchError(['errors:', ...found.map((text) => `  ${text}`)].join('\n'));
}

/** The plain yes or no: nearly always yes, so that nothing need be kept for a message. */
function conforms(value: unknown, type: MergeType, allowsDuplicates: boolean): boolean {
  switch (settled(type, formOf(type, value))) {
    case 'map': {
      if (value === null || value === undefined) return true;
      if (typeof value !== 'object' || Array.isArray(value)) return false;
      const map = type.map!;
      for (const name in value) {
        const member = map.field(name)?.type ?? map.element;
        if (member === undefined || !conforms((value as Record<string, unknown>)[name], member, allowsDuplicates)) return false;
      }
      return true;
    }
    case 'list': {
      if (value === null || value === undefined) return true;
      if (!Array.isArray(value)) return false;
      const list = type.list!;
      const { element } = list;
      for (const item of value) if ((!list.isAtomic && itemProblem(list, item) !== undefined) || !conforms(item, element, allowsDuplicates)) return false;
      return allowsDuplicates || list.isAtomic || value.length < 2 || new Set(value.map((item) => itemElement(list, item))).size === value.length;
    }
    case 'scalar':
      return scalarProblem(value, type.scalar!) === undefined;
    default:
      return false;
  }
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
    const problem = itemProblem(list, item);
    if (problem !== undefined) {
      report(walk, `element ${index}: ${problem}`);
      return;
    }
    const element = itemElement(list, item);
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
