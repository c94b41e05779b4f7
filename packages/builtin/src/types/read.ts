/** Reading objects whose shape the decoder has already made fit their type. */
import type { JsonObject } from '@apiserver-kit/machinery';

/** The member as an object; an empty one where it is absent. */
export const recordAt = (object: JsonObject | undefined, name: string): JsonObject => (object?.[name] as JsonObject | undefined | null) ?? noMembers;
const noMembers: JsonObject = Object.freeze({});

/** The member as a list of objects; an empty one where it is absent. */
export const recordsAt = (object: JsonObject | undefined, name: string): readonly JsonObject[] =>
  (object?.[name] as JsonObject[] | undefined | null) ?? noItems;
const noItems: readonly JsonObject[] = Object.freeze([]);

/** The member as text; empty where it is absent. */
export const textAt = (object: JsonObject | undefined, name: string): string => (object?.[name] as string | undefined | null) ?? '';

/** The member as a list of texts; an empty one where it is absent. */
export const textsAt = (object: JsonObject | undefined, name: string): readonly string[] => (object?.[name] as string[] | undefined | null) ?? noTexts;
const noTexts: readonly string[] = Object.freeze([]);

/** The member as a number; 0 where it is absent. */
export const numberAt = (object: JsonObject | undefined, name: string): number => Number((object?.[name] as number | undefined | null) ?? 0);

/** True where the member is there. */
export const has = (object: JsonObject | undefined, name: string): boolean => object?.[name] !== undefined && object[name] !== null;
