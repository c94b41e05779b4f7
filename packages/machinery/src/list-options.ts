/** metav1.ListOptions from a query, and its validation (k8s.io/apimachinery/pkg/apis/meta/internalversion). */
import { type FieldError, forbiddenField, notSupported } from './field-path.js';
import { type FieldSelector, parseFieldSelector } from './field-selector.js';
import { type LabelSelector, parseLabelSelector } from './label-selector.js';
import { queryBool, queryInt } from './query-values.js';
import { badRequest } from './status.js';

export interface ListOptions {
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  /** As sent; `''` when absent. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly timeoutSeconds?: number;
  /** 0: no limit. */
  readonly limit: number;
  readonly continue: string;
  readonly sendInitialEvents?: boolean;
}

const none: ListOptions = { watch: false, allowWatchBookmarks: false, resourceVersion: '', resourceVersionMatch: '', limit: 0, continue: '' };

/**
 * Reads list options from a query.
 * @throws StatusError BadRequest when a value cannot be read.
 */
export function decodeListOptions(query: URLSearchParams): ListOptions {
  if (query.size === 0) return none;
  const labels = query.get('labelSelector');
  const fields = query.get('fieldSelector');
  const parse = <T>(text: string | null, parser: (text: string) => T): T | undefined => {
    if (text === null || text === '') return undefined;
    try {
      return parser(text);
    } catch (error) {
      throw badRequest((error as Error).message);
    }
  };
  return {
    watch: queryBool(query, 'watch') ?? false,
    allowWatchBookmarks: queryBool(query, 'allowWatchBookmarks') ?? false,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds: queryInt(query, 'timeoutSeconds'),
    limit: queryInt(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    sendInitialEvents: queryBool(query, 'sendInitialEvents'),
    labelSelector: parse(labels, parseLabelSelector),
    fieldSelector: parse(fields, parseFieldSelector),
  };
}

/** What is wrong with the options as a whole; for watches the rules are others. */
export function validateListOptions(options: ListOptions): FieldError[] {
  if (options.watch) return validateWatchOptions(options);
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  if (match !== '') {
    if (options.resourceVersion === '')
      errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (options.continue !== '') errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && options.resourceVersion === '0') {
      errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (options.sendInitialEvents !== undefined) errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function validateWatchOptions(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbiddenField('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match !== '') {
    if (options.sendInitialEvents === undefined) {
      errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
    }
    if (match !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']));
    if (options.continue !== '') errors.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}
