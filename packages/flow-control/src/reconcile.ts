/** What to write so that stored objects are as the bootstrap wants them (pkg/registry/flowcontrol/ensurer). */
import { jsonEqual, type KubeObject } from '@apiserver-kit/machinery';
import { autoUpdateAnnotation } from './bootstrap.js';

/** Go's strconv.ParseBool. */
function parseBool(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined;
}

const annotationOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[autoUpdateAnnotation];

/**
 * What an object of the bootstrap has to become.
 *
 * A mandatory one always gets its spec back. A suggested one does unless its annotation says otherwise; where the annotation says nothing,
 * unless somebody has changed the spec before. The annotation is made to say which it is.
 *
 * @param existing as stored; undefined when it is missing.
 * @returns the object to create or update; undefined when nothing has to be done.
 */
export function reconcileFlowControl<T extends KubeObject & { readonly spec: unknown }>(
  existing: T | undefined,
  wanted: T,
  { isMandatory }: { readonly isMandatory: boolean },
): T | undefined {
  if (existing === undefined) return wanted;
  const said = parseBool(annotationOf(existing));
  const isAutomatic = isMandatory || (said ?? existing.metadata.generation === 1);
  const isSpecRight = !isAutomatic || jsonEqual(existing.spec, wanted.spec);
  if (said === isAutomatic && isSpecRight) return undefined;
  const annotations = { ...existing.metadata.annotations, [autoUpdateAnnotation]: String(isAutomatic) };
  return { ...existing, metadata: { ...existing.metadata, annotations }, ...(!isSpecRight && { spec: wanted.spec }) };
}

/** Whether a stored object that the bootstrap no longer has was made by it, and is to be deleted. */
export const isLeftOver = (existing: KubeObject, wantedNames: ReadonlySet<string>): boolean =>
  !wantedNames.has(existing.metadata.name ?? '') && parseBool(annotationOf(existing)) === true;
