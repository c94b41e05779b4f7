/** Tables of the built-in kinds: what `kubectl get` shows (pkg/printers/internalversion). */
import { readFileSync } from 'node:fs';
import type { GroupVersionKind, JsonObject } from '@apiserver-kit/machinery';
import { eventToCore } from '../types/event-versions.js';
import { typeOf } from '../types/type-data.js';
import { admissionCells } from './admission-cells.js';
import type { Cell, Cells } from './cells.js';
import { coreCells, plainCells } from './core-cells.js';
import { podCells, podRowConditions, type TableRowCondition } from './pod-cells.js';
import { policyCells } from './policy-cells.js';
import { workloadCells } from './workload-cells.js';

/** metav1.TableColumnDefinition. Columns of priority 1 are shown in wide output only; their cells are always sent. */
export interface BuiltinColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

interface ColumnData {
  readonly descriptions: readonly string[];
  /** By type; a column's description is an index. */
  readonly columns: Readonly<
    Record<
      string,
      readonly { readonly name: string; readonly type: string; readonly format?: string; readonly priority?: number; readonly description: number }[]
    >
  >;
}

let columnData: ColumnData | undefined;
const columnsOfType = new Map<string, readonly BuiltinColumn[]>();

const cellsOfType: Readonly<Record<string, Cells>> = {
  ...admissionCells,
  ...coreCells,
  ...policyCells,
  ...workloadCells,
  'core.v1.Pod': podCells,
  'events.v1.Event': (event, nowMs) => coreCells['core.v1.Event']!(eventToCore(event), nowMs),
};

/** The columns of a kind. Kinds without columns of their own have the name and the time of creation. */
export function tableColumns(gvk: GroupVersionKind): readonly BuiltinColumn[] {
  const type = typeOf(gvk) ?? '';
  let columns = columnsOfType.get(type);
  if (!columns) {
    columnData ??= JSON.parse(readFileSync(new URL('../../data/columns.json', import.meta.url), 'utf8')) as ColumnData;
    const rows = columnData.columns[type] ?? columnData.columns['core.v1.LimitRange']!;
    columns = rows.map(({ name, type, format = '', priority = 0, description }) => ({
      name,
      type,
      format,
      description: columnData!.descriptions[description]!,
      priority,
    }));
    columnsOfType.set(type, columns);
  }
  return columns;
}

/** The cells of an object's row, in the order of {@link tableColumns}. The object must be of that kind and have its defaults; `nowMs` is what ages count to. */
export const tableRow = (gvk: GroupVersionKind, object: JsonObject, nowMs: number): Cell[] => (cellsOfType[typeOf(gvk) ?? ''] ?? plainCells)(object, nowMs);

/** The conditions of an object's row, where it has any. */
export const tableRowConditions = (gvk: GroupVersionKind, object: JsonObject): readonly TableRowCondition[] | undefined =>
  typeOf(gvk) === 'core.v1.Pod' ? podRowConditions(object) : undefined;
