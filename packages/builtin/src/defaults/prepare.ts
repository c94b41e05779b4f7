/**
 * What the reference's strategies do to objects of the built-in kinds before they are validated and stored (pkg/registry/GROUP/KIND/strategy.go):
 * the status is not the client's to write, the generation follows the wished state, and a few kinds get fields that depend on more than defaults do.
 */
import { type GroupVersionKind, type JsonObject, jsonEqual, timestamp } from '@apiserver-kit/machinery';
import { type BuiltinResource, builtinResource } from '../resources.js';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { defaultBuiltin } from './default-builtin.js';
import { podQosClass } from './pod-qos.js';
import { normalizeNewClusterIPs, prepareReplacedService } from './prepare-service.js';

/** The value at a path of the object. */
const at = (object: JsonObject, path: string): unknown => path.split('.').reduce<unknown>((value, step) => (value as JsonObject | undefined)?.[step], object);

const templateGeneration = 'deprecated.daemonset.template.generation';

function setAnnotation(object: JsonObject, name: string, value: string): void {
  const meta = object.metadata as JsonObject;
  meta.annotations = { ...recordAt(meta, 'annotations'), [name]: value };
}

/** A Job selects its pods by its own uid, unless it says that it brings its own selector. */
function generateJobSelector(job: JsonObject): void {
  const spec = job.spec as JsonObject;
  if (spec.manualSelector === true) return;
  const meta = recordAt(job, 'metadata');
  const [name, uid] = [textAt(meta, 'name'), textAt(meta, 'uid')];
  const template = spec.template as JsonObject;
  const templateMeta = recordAt(template, 'metadata');
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
    ...recordAt(templateMeta, 'labels'),
  };
  template.metadata = { ...templateMeta, labels };
  const selector = recordAt(spec, 'selector');
  spec.selector = { ...selector, matchLabels: { 'batch.kubernetes.io/controller-uid': uid, ...recordAt(selector, 'matchLabels') } };
}

/** The older and the newer way to say where a claim's data comes from say the same, if one is given. */
function normalizeDataSource(claim: JsonObject): void {
  const spec = claim.spec as JsonObject;
  const pick = ({ apiGroup, kind, name }: JsonObject): JsonObject => ({ ...(apiGroup === undefined ? {} : { apiGroup }), kind, name });
  if (has(spec, 'dataSource') && !has(spec, 'dataSourceRef')) spec.dataSourceRef = pick(recordAt(spec, 'dataSource'));
  else if (!has(spec, 'dataSource') && has(spec, 'dataSourceRef') && textAt(recordAt(spec, 'dataSourceRef'), 'namespace') === '')
    spec.dataSource = pick(recordAt(spec, 'dataSourceRef'));
}

/** A service account names secrets; of older references nothing but the name is kept. */
function nameSecretsOnly(account: JsonObject): void {
  if (has(account, 'secrets')) account.secrets = recordsAt(account, 'secrets').map((reference) => (has(reference, 'name') ? { name: reference.name } : {}));
}

type Prepare = (object: JsonObject, nowMs: number) => void;

/** By kind; after the status is gone and before defaults are filled in again. */
const onCreate: Readonly<Record<string, Prepare>> = {
  DaemonSet: (object) => setAnnotation(object, templateGeneration, '1'),
  Job: generateJobSelector,
  Namespace: (object) => {
    const spec = object.spec as JsonObject;
    const finalizers = textsAt(spec, 'finalizers');
    if (!finalizers.includes('kubernetes')) spec.finalizers = [...finalizers, 'kubernetes'];
  },
  PersistentVolume: (object, nowMs) => {
    object.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp(nowMs) };
  },
  PersistentVolumeClaim: normalizeDataSource,
  Pod: (object) => {
    object.status = { phase: 'Pending', qosClass: podQosClass(recordAt(object, 'spec')) };
  },
  PriorityClass: (object) => {
    (object.metadata as JsonObject).generation = 1;
  },
  Service: normalizeNewClusterIPs,
  ServiceAccount: nameSecretsOnly,
};

const onUpdate: Readonly<Record<string, (object: JsonObject, old: JsonObject) => void>> = {
  DaemonSet: (object, old) => {
    const before = numberAt(recordAt(recordAt(old, 'metadata'), 'annotations'), templateGeneration);
    const isSame = jsonEqual(recordAt(object, 'spec').template, recordAt(old, 'spec').template);
    setAnnotation(object, templateGeneration, String(isSame ? before : before + 1));
  },
  // Only the subresource `finalize` changes finalizers.
  Namespace: (object, old) => {
    object.spec = recordAt(old, 'spec');
  },
  PersistentVolumeClaim: normalizeDataSource,
  Service: prepareReplacedService,
  ServiceAccount: nameSecretsOnly,
};

/** What a status that is written by an older client may not lose. */
function keepPodStatus(pod: JsonObject, old: JsonObject): void {
  const [status, oldStatus] = [pod.status as JsonObject, recordAt(old, 'status')];
  for (const field of ['qosClass', 'resourceClaimStatuses', 'extendedResourceClaimStatus', 'nodeAllocatableResourceClaimStatuses', 'observedGeneration'])
    if (!has(status, field) && has(oldStatus, field)) status[field] = oldStatus[field];
  const oldConditions = [...recordsAt(oldStatus, 'conditions')];
  for (const condition of recordsAt(status, 'conditions')) {
    const at = oldConditions.findIndex(({ type }) => type === condition.type);
    const [oldCondition] = at < 0 ? [] : oldConditions.splice(at, 1);
    if (!has(condition, 'observedGeneration') && has(oldCondition, 'observedGeneration'))
      (condition as JsonObject).observedGeneration = oldCondition!.observedGeneration;
  }
}

/** Owners are not a kubelet's to change. */
function keepOwners(pod: JsonObject, old: JsonObject): void {
  const meta = pod.metadata as JsonObject;
  const { ownerReferences } = recordAt(old, 'metadata');
  if (ownerReferences === undefined) delete meta.ownerReferences;
  else meta.ownerReferences = ownerReferences;
}

/** Notes when the phase changed, unless the client says it. */
function notePhaseTransition(volume: JsonObject, old: JsonObject, nowMs: number): void {
  const [status, oldStatus] = [volume.status as JsonObject, recordAt(old, 'status')];
  const [given, before] = [status.lastPhaseTransitionTime ?? null, oldStatus.lastPhaseTransitionTime ?? null];
  if (status.phase === oldStatus.phase) {
    if (given === null && before !== null) status.lastPhaseTransitionTime = before;
  } else if (given === null || given === before) status.lastPhaseTransitionTime = timestamp(nowMs);
}

const onStatusUpdate: Readonly<Record<string, (object: JsonObject, old: JsonObject, nowMs: number) => void>> = {
  Deployment: (object, old) => {
    const meta = object.metadata as JsonObject;
    const { labels } = recordAt(old, 'metadata');
    if (labels === undefined) delete meta.labels;
    else meta.labels = labels;
  },
  PersistentVolume: notePhaseTransition,
  Pod: (object, old) => {
    keepOwners(object, old);
    keepPodStatus(object, old);
  },
};

const hasStatus = ({ statusOnCreate }: BuiltinResource): boolean => statusOnCreate !== 'none';

/**
 * Prepares an object that is created, in place. It must fit its type, have its defaults, and, in its metadata, its name and uid.
 * @param nowMs the time, for the kinds that note when their status changed.
 */
export function prepareForCreate(gvk: GroupVersionKind, object: JsonObject, nowMs: number): void {
  const resource = builtinResource(gvk);
  if (!resource) return;
  if (resource.statusOnCreate === 'reset') object.status = {};
  if (resource.generationFields.length > 0) (object.metadata as JsonObject).generation = 1;
  onCreate[gvk.kind]?.(object, nowMs);
  defaultBuiltin(gvk, object);
}

/** Prepares an object that replaces `old`, in place; not for subresources. The object must fit its type and have its defaults. `old` is not written to, but shared. */
export function prepareForUpdate(gvk: GroupVersionKind, object: JsonObject, old: JsonObject): void {
  const resource = builtinResource(gvk);
  if (!resource) return;
  if (hasStatus(resource)) object.status = old.status;
  onUpdate[gvk.kind]?.(object, old);
  if (resource.generationFields.length === 0) return;
  const meta = object.metadata as JsonObject;
  const generation = numberAt(recordAt(old, 'metadata'), 'generation');
  const isChanged = resource.generationFields.some((path) => !jsonEqual(at(object, path) ?? null, at(old, path) ?? null));
  meta.generation = isChanged ? generation + 1 : generation;
}

/**
 * Prepares an object that is written through `status`, in place: all but its status and its metadata is as before. `old` is not written to, but shared.
 * @param nowMs the time, for the kinds that note when their status changed.
 */
export function prepareForStatusUpdate(gvk: GroupVersionKind, object: JsonObject, old: JsonObject, nowMs: number): void {
  if (!builtinResource(gvk)) return;
  if (has(old, 'spec')) object.spec = old.spec;
  const { generation } = recordAt(old, 'metadata');
  if (generation !== undefined) (object.metadata as JsonObject).generation = generation;
  onStatusUpdate[gvk.kind]?.(object, old, nowMs);
}
