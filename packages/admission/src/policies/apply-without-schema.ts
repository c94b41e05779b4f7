/** Applying a configuration where nothing is known of the schema: maps are merged, lists may not be changed by it. */
import { isRecord, type JsonObject, type KubeObject } from '@apiserver-kit/machinery';

function merged(live: unknown, configuration: unknown, path: string, atomics: string[]): unknown {
  if (Array.isArray(configuration)) atomics.push(path);
  if (!isRecord(configuration)) return configuration;
  const result: JsonObject = isRecord(live) ? { ...live } : {};
  for (const [name, value] of Object.entries(configuration)) result[name] = merged(result[name], value, `${path}.${name}`, atomics);
  return result;
}

/** @throws Error where the configuration has lists: what it means to apply one, only a schema says. */
export function applyWithoutSchema(object: KubeObject, configuration: KubeObject): KubeObject {
  const atomics: string[] = [];
  const result = merged(object, configuration, '', atomics) as KubeObject;
  if (atomics.length > 0) throw new Error(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`);
  return result;
}
