/** metadata.managedFields, read and printed (k8s.io/apimachinery/pkg/util/managedfields). */
import { isRecord, type ManagedFieldsEntry, timestamp } from '@apiserver-kit/machinery';
import type { FieldSet } from './field-set.js';
import { printFieldsV1, readFieldsV1 } from './fields-v1.js';
import { compareText } from './path-element.js';

/** What one manager owns through one kind of operation. */
export interface OwnedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** The version that the fields are of. */
  readonly apiVersion: string;
  /** Empty for the resource itself. */
  readonly subresource: string;
  readonly fields: FieldSet;
  /** RFC 3339 in whole seconds, UTC. Absent where the operation has not changed anything. */
  readonly time: string | undefined;
}

/** Who owns what, by {@link managerId}. */
export type ManagedFields = ReadonlyMap<string, OwnedFields>;

/** An applier keeps its entry whatever version it applies in; an updater has one for each version. */
type Manager = Pick<OwnedFields, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

const unsafe = /[<>&\u2028\u2029]/g;
const quote = (text: string): string => JSON.stringify(text).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What tells managers apart. Also the order in which they are listed in conflicts, hence the form: the entry as Go prints it. */
export function managerId({ manager, operation, apiVersion, subresource }: Manager): string {
  const parts: string[] = [];
  if (manager !== '') parts.push(`"manager":${quote(manager)}`);
  parts.push(`"operation":"${operation}"`);
  if (operation === 'Update' && apiVersion !== '') parts.push(`"apiVersion":${quote(apiVersion)}`);
  if (subresource !== '') parts.push(`"subresource":${quote(subresource)}`);
  return `{${parts.join(',')}}`;
}

const canonicalTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function readTime(time: unknown): string | undefined {
  if (time === null || time === undefined) return undefined;
  if (typeof time === 'string') {
    if (canonicalTime.test(time)) return time;
    const ms = Date.parse(time);
    if (!Number.isNaN(ms)) return timestamp(Math.floor(ms / 1000) * 1000);
  }
  throw new Error(`invalid time in managed fields entry: ${String(time)}`);
}

const readText = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  throw new Error(`expected text in managed fields entry, got ${typeof value}`);
};

/**
 * Reads managedFields.
 * @throws Error with the reference's sentence where an entry makes no sense.
 */
export function readManagedFields(entries: unknown): ManagedFields {
  const managed = new Map<string, OwnedFields>();
  if (entries === null || entries === undefined) return managed;
  if (!Array.isArray(entries)) throw new Error('managedFields must be a list');
  for (const [at, entry] of entries.entries()) {
    const owned = readEntry(entry, at);
    managed.set(managerId(owned), owned);
  }
  return managed;
}

function readEntry(entry: unknown, at: number): OwnedFields {
  if (!isRecord(entry)) throw new Error('managedFields entries must be objects');
  const { operation, fieldsType } = entry;
  if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`');
  const apiVersion = readText(entry.apiVersion);
  if (apiVersion === '') throw new Error('apiVersion must not be empty');
  if (readText(fieldsType) === '') throw new Error(`missing fieldsType in managed fields entry ${at}`);
  if (fieldsType !== 'FieldsV1') throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${at}`);
  return {
    manager: readText(entry.manager),
    operation,
    apiVersion,
    subresource: readText(entry.subresource),
    fields: readFieldsV1(entry.fieldsV1),
    time: readTime(entry.time),
  };
}

/** Prints managedFields in their order: appliers before updaters, each by time, name, version and subresource. Undefined where nobody owns anything. */
export function printManagedFields(managed: ManagedFields): ManagedFieldsEntry[] | undefined {
  if (managed.size === 0) return undefined;
  return [...managed.values()].sort(compareEntries).map(printEntry);
}

/** The entries as they are printed, or the given ones where that is what they are already. */
export function printedAs(entries: ManagedFieldsEntry[] | undefined, managed: ManagedFields): ManagedFieldsEntry[] | undefined {
  const printed = printManagedFields(managed);
  if (!printed || printed.length !== entries?.length) return printed;
  return printed.every((entry, at) => isSameEntry(entry, entries[at]!)) ? entries : printed;
}

function isSameEntry(printed: ManagedFieldsEntry, given: ManagedFieldsEntry): boolean {
  return (
    printed.fieldsV1 === given.fieldsV1 &&
    Object.keys(printed).length === Object.keys(given).length &&
    printed.manager === given.manager &&
    printed.operation === given.operation &&
    printed.apiVersion === given.apiVersion &&
    printed.time === given.time &&
    printed.fieldsType === given.fieldsType &&
    printed.subresource === given.subresource
  );
}

function printEntry({ manager, operation, apiVersion, time, fields, subresource }: OwnedFields): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {};
  if (manager !== '') entry.manager = manager;
  entry.operation = operation;
  entry.apiVersion = apiVersion;
  if (time !== undefined) entry.time = time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = printFieldsV1(fields);
  if (subresource !== '') entry.subresource = subresource;
  return entry;
}

/** Times in this form sort as text; none counts as 1970. */
const timeOf = ({ time = '1970-01-01T00:00:00Z' }: OwnedFields): string => time;

/** Older first, for entries of one operation. */
export const compareTimes = (a: OwnedFields, b: OwnedFields): number => compareText(timeOf(a), timeOf(b));

const compareEntries = (a: OwnedFields, b: OwnedFields): number =>
  compareText(a.operation, b.operation) ||
  compareTimes(a, b) ||
  compareText(a.manager, b.manager) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource);

/** Whether a request asks to start over: an empty list, or one empty entry. */
export const isReset = (entries: unknown): boolean =>
  Array.isArray(entries) && (entries.length === 0 || (entries.length === 1 && isRecord(entries[0]) && Object.values(entries[0]).every(isUnset)));
const isUnset = (value: unknown): boolean => value === null || value === undefined || value === '';

/** The most managers that are remembered from updates. */
const maxUpdateManagers = 10;

/**
 * Keeps the number of updaters within its bound: the oldest of a version are merged into one entry for all of them, `ancient-changes`
 * (KEP-555).
 */
export function capUpdateManagers(managed: ManagedFields): ManagedFields {
  let updaters = 0;
  for (const { operation } of managed.values()) if (operation === 'Update') updaters++;
  if (updaters <= maxUpdateManagers) return managed;

  const capped = new Map(managed);
  const oldestFirst = [...managed]
    .filter(([, { operation }]) => operation === 'Update')
    .sort(([a, left], [b, right]) => compareTimes(left, right) || compareText(a, b));
  const firstOfVersion = new Map<string, string>();
  for (const [id, owned] of oldestFirst) {
    if (updaters <= maxUpdateManagers) break;
    const { apiVersion } = owned;
    const first = firstOfVersion.get(apiVersion);
    if (first === undefined) {
      firstOfVersion.set(apiVersion, id);
      continue;
    }
    const bucket: Manager = { manager: 'ancient-changes', operation: 'Update', apiVersion, subresource: '' };
    const bucketId = managerId(bucket);
    let before = capped.get(bucketId);
    if (!before) {
      before = capped.get(first)!;
      capped.delete(first);
    }
    capped.delete(id);
    // The bucket is as young as the youngest in it.
    capped.set(bucketId, { ...bucket, fields: owned.fields.union(before.fields), time: owned.time });
    updaters--;
  }
  return capped;
}
