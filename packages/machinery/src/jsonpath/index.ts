/**
 * JSONPath as kubectl and printer columns use it (k8s.io/client-go/util/jsonpath).
 *
 * @example
 * const ready = parseJSONPath('{.status.conditions[?(@.type=="Ready")].status}');
 * ready.find(object, { allowMissingKeys: true }); // [['True']]
 */
import { stringifyGoJson } from '../json.js';
import type { JsonObject } from '../member.js';
import { isRecord } from '../object.js';
import { Evaluation, type JSONPathOptions } from './evaluate.js';
import { goPrint } from '../go-print.js';
import type { JSONPathNode } from './node.js';
import { parseTemplate } from './parse.js';

export type { IntegerKind } from './compare.js';
export type { JSONPathOptions } from './evaluate.js';
export { JSONPathError } from './jsonpath-error.js';

/** A parsed template. */
export class JSONPath {
  readonly #nodes: readonly JSONPathNode[];

  constructor(nodes: readonly JSONPathNode[]) {
    this.#nodes = nodes;
  }

  /**
   * The results of each part of the template: one list for each text and action, and inside a range one for each of its rounds.
   * @throws JSONPathError
   */
  find(data: unknown, options: JSONPathOptions = {}): unknown[][] {
    return new Evaluation(this.#nodes, options).results(data);
  }

  /**
   * The template with its results in place of its actions.
   * @throws JSONPathError
   */
  print(data: unknown, options: JSONPathOptions = {}): string {
    return this.find(data, options).map(printJSONPathResults).join('');
  }
}

/**
 * Parses a template: `{.spec.x}`. A printer column's path is an action without its braces; put them around it.
 * @throws JSONPathError
 */
export const parseJSONPath = (template: string): JSONPath => new JSONPath(parseTemplate(template));

/** Prints results as kubectl does: objects and lists as JSON, the rest as text, with spaces between them. */
export const printJSONPathResults = (results: readonly unknown[]): string => results.map(printResult).join(' ');

function printResult(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return goPrint(value);
  return stringifyGoJson(sorted(value));
}

/** Go prints the members of objects in the order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}
