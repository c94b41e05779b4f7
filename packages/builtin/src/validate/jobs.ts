/** Jobs and CronJobs. */
import {
  child,
  dns1123Label,
  type FieldError,
  invalidValue,
  type JsonObject,
  jsonEqual,
  labelSelectorFrom,
  type LabelSelectorObject,
  notSupported,
  required,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, textAt } from '../types/read.js';
import { cronScheduleError } from './cron-schedule.js';
import { validatePodTemplate } from './pod-spec.js';
import { immutable, labelSelectorRule, nonNegativeFields, oneOf } from './rules.js';

const counts = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'];

function completionMode(spec: JsonObject, path: string): FieldError[] {
  const mode = spec.completionMode;
  const errors: FieldError[] = [];
  if (has(spec, 'maxFailedIndexes') && !has(spec, 'backoffLimitPerIndex'))
    errors.push(required(child(path, 'backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  if (has(spec, 'completionMode') && mode !== 'NonIndexed' && mode !== 'Indexed')
    errors.push(notSupported(child(path, 'completionMode'), mode, ['NonIndexed', 'Indexed']));
  if (mode === 'Indexed') {
    if (!has(spec, 'completions')) errors.push(required(child(path, 'completions'), 'when completion mode is Indexed'));
    const parallelism = numberAt(spec, 'parallelism');
    if (parallelism > 100_000)
      errors.push(invalidValue(child(path, 'parallelism'), parallelism, 'must be less than or equal to 100000 when completion mode is Indexed'));
  }
  if (!has(spec, 'completionMode') || mode === 'NonIndexed')
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'])
      if (has(spec, field)) errors.push(invalidValue(child(path, field), spec[field], 'requires indexed completion mode'));
  return errors;
}

function replacementPolicy(spec: JsonObject, path: string): FieldError[] {
  if (!has(spec, 'podReplacementPolicy')) return [];
  const policyPath = child(path, 'podReplacementPolicy');
  const policy = textAt(spec, 'podReplacementPolicy');
  if (has(spec, 'podFailurePolicy')) return policy === 'Failed' ? [] : [notSupported(policyPath, policy, ['Failed'])];
  return policy === 'Failed' || policy === 'TerminatingOrFailed' ? [] : [notSupported(policyPath, policy, ['Failed', 'TerminatingOrFailed'])];
}

function restartPolicy(spec: JsonObject, path: string): FieldError[] {
  const policyPath = child(path, 'template.spec.restartPolicy');
  const policy = textAt(recordAt(recordAt(spec, 'template'), 'spec'), 'restartPolicy');
  if (policy === 'Always' || policy === '') return [required(policyPath, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(policyPath, policy, ['OnFailure', 'Never'])];
  if (has(spec, 'podFailurePolicy') && policy !== 'Never')
    return [invalidValue(policyPath, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  return [];
}

const jobSpec = (spec: JsonObject, path: string): FieldError[] => [
  ...nonNegativeFields(spec, path, ...counts),
  ...completionMode(spec, path),
  ...replacementPolicy(spec, path),
  ...validatePodTemplate(recordAt(spec, 'template'), child(path, 'template')),
  ...restartPolicy(spec, path),
];

function selector(spec: JsonObject): FieldError[] {
  if (!has(spec, 'selector')) return [required('spec.selector'), ...noMatch(spec)];
  return [...labelSelectorRule(recordAt(spec, 'selector'), 'spec.selector'), ...noMatch(spec)];
}

function noMatch(spec: JsonObject): FieldError[] {
  const { labels } = recordAt(recordAt(spec, 'template'), 'metadata');
  let matches: boolean;
  try {
    matches = labelSelectorFrom(spec.selector as LabelSelectorObject | undefined).matches(labels as Record<string, string> | undefined);
  } catch {
    return []; // Its faults have been told field by field.
  }
  return matches ? [] : [invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')];
}

function podHostNames(job: JsonObject): FieldError[] {
  const spec = recordAt(job, 'spec');
  const completions = numberAt(spec, 'completions');
  if (spec.completionMode !== 'Indexed' || completions <= 0) return [];
  const name = textAt(recordAt(job, 'metadata'), 'name');
  const last = `${name}-${completions - 1}`;
  return dns1123Label(last).length === 0 ? [] : [invalidValue('metadata.name', name, `will not able to create pod with invalid DNS label: ${last}`)];
}

const fixed = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'];

function jobUpdate(spec: JsonObject, old: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.completionMode !== 'Indexed') errors.push(...immutable(spec.completions, old.completions, 'spec.completions'));
  else if (has(spec, 'completions') && !jsonEqual(spec.completions, old.completions) && spec.completions !== spec.parallelism)
    errors.push(invalidValue('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism'));
  errors.push(...immutable(spec.selector, old.selector, 'spec.selector'));
  // A job that is suspended and has not run yet may still change where its pods go and what they use.
  if (old.suspend !== true) errors.push(...immutable(spec.template, old.template, 'spec.template'));
  for (const field of fixed) errors.push(...immutable(spec[field], old[field], `spec.${field}`));
  return errors;
}

/** A Job with its selector: see `prepareForCreate`. */
export function validateJob(job: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(job, 'spec');
  return [...jobSpec(spec, 'spec'), ...selector(spec), ...(old ? jobUpdate(spec, recordAt(old, 'spec')) : []), ...podHostNames(job)];
}

function schedule(spec: JsonObject, old: JsonObject | undefined): FieldError[] {
  const [text, path] = [textAt(spec, 'schedule'), 'spec.schedule'];
  if (text === '') return [required(path)];
  const error = cronScheduleError(text);
  const errors = error === undefined ? [] : [invalidValue(path, text, error)];
  if (text.includes('TZ')) {
    if (!old || !textAt(old, 'schedule').includes('TZ'))
      errors.push(invalidValue(path, text, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
    else if (has(spec, 'timeZone')) errors.push(invalidValue(path, text, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  }
  return errors;
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false; // That it throws is how Intl says no.
  }
}

function timeZone(spec: JsonObject): FieldError[] {
  if (!has(spec, 'timeZone')) return [];
  const [name, path] = [textAt(spec, 'timeZone'), 'spec.timeZone'];
  if (name === '') return [invalidValue(path, name, 'timeZone must be nil or non-empty string')];
  if (name.toLowerCase() === 'local') return [invalidValue(path, name, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  return isTimeZone(name) ? [] : [invalidValue(path, name, `unknown time zone ${name}`)];
}

export function validateCronJob(cronJob: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = recordAt(cronJob, 'spec');
  const oldSpec = old && recordAt(old, 'spec');
  const job = recordAt(recordAt(spec, 'jobTemplate'), 'spec');
  const jobPath = 'spec.jobTemplate.spec';
  const errors = [
    ...schedule(spec, oldSpec),
    ...nonNegativeFields(spec, 'spec', 'startingDeadlineSeconds'),
    ...(oldSpec?.timeZone === spec.timeZone && old ? [] : timeZone(spec)),
    ...oneOf(textAt(spec, 'concurrencyPolicy'), ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy'),
    ...jobSpec(job, jobPath),
    ...(has(job, 'selector') ? [invalidValue(child(jobPath, 'selector'), job.selector, '`selector` will be auto-generated')] : []),
    ...(job.manualSelector === true ? [notSupported(child(jobPath, 'manualSelector'), true, ['nil', 'false'])] : []),
    ...nonNegativeFields(spec, 'spec', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'),
  ];
  const name = textAt(recordAt(cronJob, 'metadata'), 'name');
  // The controller appends 11 characters for the names of its jobs.
  if (!old && name.length > 52) errors.push(invalidValue('metadata.name', name, 'must be no more than 52 characters'));
  return errors;
}
