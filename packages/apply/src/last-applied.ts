/**
 * From client-side to server-side apply (KEP-555): kubectl keeps what it applied last in an annotation. An object that was managed so is taken
 * over without conflicts, and the annotation is kept up to date, so that one can go back.
 */
import { compareText } from './path-element.js';
import { byteLength, isRecord, type KubeObject, parseJson } from '@apiserver-kit/machinery';
import { compare } from './comparison.js';
import { assertConforms } from './conformance.js';
import type { FieldSet } from './field-set.js';
import { fieldsOf } from './owned-fields.js';
import type { Typed } from './ownership.js';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager for which all this is done; others opt out by their name. */
export const migratingManager = 'kubectl';

/** The most that all annotations of an object may take, in bytes of names and values. */
const maxAnnotationsSize = 256 * 1024;

function lastAppliedOf({ metadata }: KubeObject): string {
  const annotations: unknown = metadata?.annotations;
  const text = isRecord(annotations) ? annotations[annotation] : undefined;
  return typeof text === 'string' ? text : '';
}

/**
 * The fields that the annotation says kubectl applied, and that the object still has so: those may be taken from whoever seems to own them.
 * Undefined where there is no annotation, or one that makes no sense in this version.
 */
export function fieldsFromLastApplied(live: Typed): FieldSet | undefined {
  const text = lastAppliedOf(live.object);
  if (text === '') return undefined;
  const { type, apiVersion } = live;
  try {
    const applied = parseJson(text);
    if (!isRecord(applied) || applied.apiVersion !== apiVersion) return undefined;
    assertConforms(live.object, type, false);
    assertConforms(applied, type, false);
    const { modified, added, removed } = compare(type, applied, live.object);
    return fieldsOf(type, applied).difference(modified).difference(added).difference(removed);
  } catch {
    // Whatever is wrong with the annotation, the conflicts are what the client has to hear of.
    return undefined;
  }
}

/** The object with the annotation brought up to date, if it has one. It goes where there is no room for it. */
export function withLastApplied(object: KubeObject, config: KubeObject): KubeObject {
  if (lastAppliedOf(object) === '') return object;
  const annotations: Record<string, string> = { ...object.metadata.annotations, [annotation]: printLastApplied(config) };
  let size = 0;
  for (const name in annotations) size += byteLength(name) + byteLength(annotations[name]!);
  if (size > maxAnnotationsSize) delete annotations[annotation];
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function printLastApplied(config: KubeObject): string {
  const annotations = config.metadata?.annotations;
  if (!isRecord(annotations) || !Object.hasOwn(annotations, annotation)) return `${printGoJson(config)}\n`;
  const { [annotation]: _, ...others } = annotations;
  return `${printGoJson({ ...config, metadata: { ...config.metadata, annotations: others } })}\n`;
}

const unsafe = /[<>&\u2028\u2029]/g;

/** JSON as Go prints maps: members sorted, and nothing that a web page would take for markup. */
function printGoJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printGoJson).join(',')}]`;
  if (isRecord(value)) {
    const names = Object.keys(value).sort(compareText);
    return `{${names.map((name) => `${printGoJson(name)}:${printGoJson(value[name])}`).join(',')}}`;
  }
  if (typeof value === 'string') return JSON.stringify(value).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return String(value ?? null);
}
