/** Events (pkg/apis/core/validation/events.go). Both versions are judged as the core group's; the older one leniently. */
import { byteLength, child, type FieldError, invalidValue, type JsonObject, jsonEqual, qualifiedName, required } from '@apiserver-kit/machinery';
import { eventToCore } from '../types/event-versions.js';
import { has, numberAt, recordAt, textAt } from '../types/read.js';
import { immutable, invalidEach } from './rules.js';

const maxInstanceBytes = 128;
const maxActionBytes = 128;
const maxReasonBytes = 128;
const maxNoteBytes = 1024;

/** A text that must be there and not be too long. The reference does not show what is wrong. */
function boundedText(event: JsonObject, field: string, maxBytes: number): FieldError[] {
  const value = textAt(event, field);
  if (value === '') return [required(field)];
  return byteLength(value) > maxBytes ? [invalidValue(field, '', `can have at most ${maxBytes} characters`)] : [];
}

function namespaceMatches(event: JsonObject, alsoAllowed: readonly string[]): FieldError[] {
  const namespace = textAt(recordAt(event, 'metadata'), 'namespace');
  const involved = textAt(recordAt(event, 'involvedObject'), 'namespace');
  const fits = involved === '' ? alsoAllowed.includes(namespace) : namespace === involved || has(event, 'eventTime');
  return fits ? [] : [invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')];
}

/** What holds for all events. `controllerField`: how the version of the request calls who reports. */
function validateAnyEvent(event: JsonObject, controllerField: string): FieldError[] {
  if (!has(event, 'eventTime')) return namespaceMatches(event, ['', 'default']);
  const controller = textAt(event, 'reportingComponent');
  const errors = [
    ...namespaceMatches(event, ['default', 'kube-system']),
    ...(controller === '' ? [required(controllerField)] : []),
    ...invalidEach(qualifiedName(controller), controllerField, controller),
    ...boundedText(event, 'reportingInstance', maxInstanceBytes),
    ...boundedText(event, 'action', maxActionBytes),
    ...boundedText(event, 'reason', maxReasonBytes),
  ];
  if (byteLength(textAt(event, 'message')) > maxNoteBytes) errors.push(invalidValue('message', '', `can have at most ${maxNoteBytes} characters`));
  return errors;
}

/** A core event. */
export const validateEvent = (event: JsonObject): FieldError[] => validateAnyEvent(event, 'reportingComponent');

function validateSeries(event: JsonObject): FieldError[] {
  if (!has(event, 'series')) return [];
  const series = recordAt(event, 'series');
  return [
    ...(numberAt(series, 'count') < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...(has(series, 'lastObservedTime') ? [] : [required(child('series', 'lastObservedTime'))]),
  ];
}

const unset = (isSet: boolean, field: string): FieldError[] => (isSet ? [invalidValue(field, '', 'needs to be unset')] : []);

function validateCreated(event: JsonObject): FieldError[] {
  const type = textAt(event, 'type');
  const source = recordAt(event, 'source');
  return [
    ...validateSeries(event),
    ...(has(event, 'eventTime') ? [] : [required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalidValue('type', '', `has invalid value: ${type}`)]),
    ...unset(has(event, 'firstTimestamp'), 'firstTimestamp'),
    ...unset(has(event, 'lastTimestamp'), 'lastTimestamp'),
    ...unset(numberAt(event, 'count') !== 0, 'count'),
    ...unset(textAt(source, 'component') !== '' || textAt(source, 'host') !== '', 'source'),
  ];
}

/** In the reference's order, the reason twice as there. `reportingController` is its internal name for the core group's `reportingComponent`. */
const frozenFields: readonly (readonly [field: string, shown?: string])[] = [
  ['involvedObject'],
  ['reason'],
  ['message'],
  ['source'],
  ['firstTimestamp'],
  ['lastTimestamp'],
  ['count'],
  ['reason'],
  ['type'],
  ['eventTime'],
  ['action'],
  ['related'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance'],
];

function validateReplaced(event: JsonObject, old: JsonObject): FieldError[] {
  const seriesErrors = jsonEqual(event.series ?? null, old.series ?? null) ? [] : validateSeries(event);
  return [...seriesErrors, ...frozenFields.flatMap(([field, shown = field]) => immutable(event[field], old[field], shown))];
}

/** An events.k8s.io/v1 event. */
export function validateNewEvent(event: JsonObject, old: JsonObject | undefined): FieldError[] {
  const core = eventToCore(event);
  return [...validateAnyEvent(core, 'reportingController'), ...(old ? validateReplaced(core, eventToCore(old)) : validateCreated(core))];
}
