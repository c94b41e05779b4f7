/** The two versions of Event: objects are stored as the core group's; events.k8s.io/v1 shows the same under newer names. */
import type { JsonObject } from '@apiserver-kit/machinery';
import { decodeBuiltin } from './decode.js';

/** events.k8s.io/v1 name → core/v1 name, for the fields that are named otherwise. */
const coreNames: Readonly<Record<string, string>> = {
  reportingController: 'reportingComponent',
  regarding: 'involvedObject',
  note: 'message',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const newNames: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(coreNames).map(([newName, coreName]) => [coreName, newName]));

const renamed = (event: JsonObject, names: Readonly<Record<string, string>>): JsonObject =>
  Object.fromEntries(Object.entries(event).map(([name, value]) => [names[name] ?? name, value]));

/** A decoded events.k8s.io/v1 Event as the core group's. */
export const eventToCore = (event: JsonObject): JsonObject => decodeBuiltin('core.v1.Event', { ...renamed(event, coreNames), apiVersion: 'v1' }).object;

/** A decoded core Event as events.k8s.io/v1's. */
export const eventFromCore = (event: JsonObject): JsonObject =>
  decodeBuiltin('events.v1.Event', { ...renamed(event, newNames), apiVersion: 'events.k8s.io/v1' }).object;
