/** What the walk over an object found, before it is known where the object stands. */
import { type FieldError, child } from '@apiserver-kit/machinery';

/** How the reference prints the path of an error that belongs to no field. */
export const noField = '<nil>';

export interface Finding {
  /** The reference's sentence: findings with the same one are one. */
  readonly text: string;
  /** The path within the object; undefined for what is said of the object as a whole. */
  readonly path: string | undefined;
  readonly toError: (field: string) => FieldError;
}

/** A list of findings, and how many checks were made: under `anyOf` and `oneOf` the clause with most of them is the one that is told. */
export class Findings {
  private list: Finding[] = [];
  private texts: Set<string> | undefined;
  checks = 0;
  /** Only whether there are findings matters: paths need not be made. */
  readonly isQuiet: boolean;

  constructor({ isQuiet = false }: { readonly isQuiet?: boolean } = {}) {
    this.isQuiet = isQuiet;
  }

  get count(): number {
    return this.list.length;
  }

  add(finding: Finding): void {
    this.texts ??= new Set();
    if (this.texts.has(finding.text)) return;
    this.texts.add(finding.text);
    this.list.push(finding);
  }

  merge(other: Findings): void {
    this.checks += other.checks;
    for (const finding of other.list) this.add(finding);
  }

  /** Forgets what was found since there were `count`. */
  truncate(count: number): void {
    for (const { text } of this.list.splice(count)) this.texts!.delete(text);
  }

  /** As errors of an object that stands at `rootPath`. */
  toErrors(rootPath: string): FieldError[] {
    return this.list.map(({ path, toError }) => toError(fieldOf(rootPath, path ?? '') || noField));
  }
}

function fieldOf(rootPath: string, path: string): string {
  if (path === '' || path === '.') return rootPath;
  // Below a map at the root paths start with a dot.
  return child(rootPath, path.startsWith('.') ? path.slice(1) : path);
}
