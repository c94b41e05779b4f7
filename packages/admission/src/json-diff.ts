/** What has changed between two JSON values, as a JSON patch. */
import { isRecord, jsonEqual } from '@apiserver-kit/machinery';

/** An operation of RFC 6902. */
export interface JsonChange {
  readonly op: 'add' | 'remove' | 'replace';
  /** A JSON pointer. */
  readonly path: string;
  readonly value?: unknown;
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Maps are compared member by member; lists are replaced as a whole. Applied to `before`, the changes give `after`. */
export function jsonDiff(before: unknown, after: unknown, path = ''): JsonChange[] {
  if (!isRecord(before) || !isRecord(after)) return jsonEqual(before, after) ? [] : [{ op: 'replace', path, value: after }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): JsonChange[] => {
    const at = `${path}/${escaped(name)}`;
    if (!Object.hasOwn(after, name) || after[name] === undefined) return before[name] === undefined ? [] : [{ op: 'remove', path: at }];
    if (!Object.hasOwn(before, name) || before[name] === undefined) return [{ op: 'add', path: at, value: after[name] }];
    return jsonDiff(before[name], after[name], at);
  });
}
