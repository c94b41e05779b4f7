/** metav1.Table: rows and columns for people (KEP-555). */

/** What stands in a cell: as JSON. */
export type Cell = string | number | boolean | null | readonly unknown[] | Readonly<Record<string, unknown>>;

/** metav1.TableColumnDefinition. */
export interface TableColumn {
  readonly name: string;
  /** An OpenAPI type: string, integer, number, boolean, date. */
  readonly type: string;
  /** An OpenAPI format; `name` marks the column that names the object. */
  readonly format: string;
  readonly description: string;
  /** 0: always shown; above: only with `-o wide`. */
  readonly priority: number;
}
