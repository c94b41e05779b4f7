/** `pods/binding`: a pod is given a node (pkg/registry/core/pod/storage). */
import {
  badRequest,
  conflict,
  fieldErrorText,
  type FieldError,
  invalidValue,
  type JsonObject,
  type KubeObject,
  nameIsDNSSubdomain,
  notSupported,
  required,
  unknownError,
} from '@apiserver-kit/machinery';
import type { ActionCall, SubresourceAction } from '@apiserver-kit/rest';
import { recordAt, recordsAt, textAt } from '../../types/read.js';
import { decoderOf } from '../codec.js';
import { setPodCondition } from './conditions.js';

export const bindingKind = { group: '', version: 'v1', kind: 'Binding' } as const;
const pods = { group: '', resource: 'pods' };

function validateBinding(target: JsonObject): FieldError[] {
  const [kind, name] = [textAt(target, 'kind'), textAt(target, 'name')];
  const errors: FieldError[] = [];
  if (kind !== '' && kind !== 'Node') errors.push(notSupported('target.kind', kind, ['Node', '<empty>']));
  if (name === '') errors.push(required('target.name', ''));
  else if (kind === '' || kind === 'Node') errors.push(...nameIsDNSSubdomain(name, false).map((why) => invalidValue('target.name', name, why)));
  return errors;
}

/** The storage's own words, since they reach the client. */
function checkPreconditions(pod: KubeObject, { metadata: { uid, resourceVersion } }: KubeObject): void {
  const actual = pod.metadata;
  const key = `/pods/${actual.namespace}/${actual.name}`;
  const check = (word: string, wanted: string | undefined, found: string | undefined): void => {
    if (!wanted || wanted === found) return;
    const why = `Precondition failed: ${word} in precondition: ${wanted}, ${word} in object meta: ${found ?? ''}`;
    throw conflict(pods, actual.name!, `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`);
  };
  check('UID', uid, actual.uid);
  check('ResourceVersion', resourceVersion, actual.resourceVersion);
}

/** Assigns the pod, in place. */
function bind(pod: KubeObject, binding: KubeObject, nowMs: number): void {
  const name = pod.metadata.name!;
  const spec = recordAt(pod as JsonObject, 'spec');
  const refuse = (why: string): never => {
    throw conflict({ group: '', resource: 'pods/binding' }, name, why);
  };
  checkPreconditions(pod, binding);
  if (pod.metadata.deletionTimestamp) refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (textAt(spec, 'nodeName') !== '') refuse(`pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
  if (recordsAt(spec, 'schedulingGates').length > 0) refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  const { nominatedNodeName: _, ...status } = recordAt(pod as JsonObject, 'status');
  pod.spec = { ...spec, nodeName: textAt(recordAt(binding as JsonObject, 'target'), 'name') };
  pod.status = status;
  const { annotations, labels } = binding.metadata;
  if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  if (labels) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
  setPodCondition(pod, { type: 'PodScheduled', status: 'True' }, nowMs);
}

/** Answers with a Status that has no metadata of its own. */
export const success = (): KubeObject => ({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }) as KubeObject;

async function run(binding: KubeObject, call: ActionCall): Promise<KubeObject> {
  if (binding.metadata.name !== call.name) throw badRequest('name in URL does not match name in Binding object');
  const errors = validateBinding(recordAt(binding as JsonObject, 'target')).map(fieldErrorText);
  // Not a list of causes: the reference answers with a bare error.
  if (errors.length > 0) throw unknownError(errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
  await call.validate(binding);
  await call.change((pod) => bind(pod, binding, call.nowMs));
  return success();
}

export const bindingAction = (): SubresourceAction => ({ decode: decoderOf(bindingKind), keepsSystemFields: true, run });
