/** Custom resources as rows: their name, and the columns that the definition adds (apiextensions-apiserver/pkg/registry/customresource/tableconvertor). */
import { humanDuration, type Cell, type TableColumn, type TableDefinition } from '@apiserver-kit/rest';
import { type JSONPath, JSONPathError, type KubeObject, parseJSONPath, printJSONPathResults } from '@apiserver-kit/machinery';
import { canonicalTime, DecodeError } from '@apiserver-kit/machinery/structs';
import { creationTimestampDescription, nameColumn } from '../columns.js';
import type { CustomResourceColumnDefinition } from '../validation/custom-resource-definition.js';

const ageColumn: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: creationTimestampDescription,
  jsonPath: '.metadata.creationTimestamp',
};

interface Column {
  readonly shown: TableColumn;
  readonly path: JSONPath;
}

/** The columns up to the first whose path cannot be read: the reference leaves the rest away. */
function readColumns(columns: readonly CustomResourceColumnDefinition[]): Column[] {
  const read: Column[] = [];
  for (const { name, type, format = '', description, priority = 0, jsonPath } of columns) {
    let path: JSONPath;
    try {
      path = parseJSONPath(`{${jsonPath}}`);
    } catch (error) {
      if (!(error instanceof JSONPathError)) throw error;
      break;
    }
    const shown = { name, type, format, description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`, priority };
    read.push({ shown, path });
  }
  return read;
}

function resultsOf(path: JSONPath, object: KubeObject): readonly unknown[] {
  try {
    return path.find(object, { allowMissingKeys: true })[0] ?? [];
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    return [];
  }
}

function age(time: string, nowMs: number): string {
  try {
    return humanDuration(nowMs - Date.parse(canonicalTime(time, 'time')));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return '<invalid>';
  }
}

/** What a value is in a column of a type; null where it does not fit. */
const cells: Readonly<Record<string, (value: unknown, nowMs: number) => Cell>> = {
  integer: (value) => (typeof value === 'number' ? Math.trunc(value) : typeof value === 'bigint' ? Number(value) : null),
  number: (value) => (typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : null),
  boolean: (value) => (typeof value === 'boolean' ? value : null),
  string: (value) => (value === null ? '<no value>' : printJSONPathResults([value])),
  date: (value, nowMs) => (typeof value === 'string' ? age(value, nowMs) : null),
};

function cellOf({ path, shown: { type } }: Column, object: KubeObject, nowMs: number): Cell {
  const [value] = resultsOf(path, object);
  return value === undefined ? null : (cells[type]?.(value, nowMs) ?? null);
}

/** The table of a version. Its paths are read when the first table is asked for. */
export function customTable(columns: readonly CustomResourceColumnDefinition[] | undefined): TableDefinition {
  let read: readonly Column[] | undefined;
  const all = (): readonly Column[] => (read ??= readColumns(columns?.length ? columns : [ageColumn]));
  return {
    get columns() {
      return [nameColumn, ...all().map(({ shown }) => shown)];
    },
    cells: (object, nowMs) => [object.metadata.name ?? '', ...all().map((column) => cellOf(column, object, nowMs))],
  };
}
