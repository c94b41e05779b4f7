/** Lists of metav1.Condition (k8s.io/apimachinery/pkg/apis/meta/v1/validation). */
import {
  child,
  conditionReason,
  duplicate,
  type FieldError,
  index,
  invalidValue,
  type JsonObject,
  notSupported,
  qualifiedName,
  required,
  tooLong,
} from '@apiserver-kit/machinery';
import { has, numberAt, textAt } from '../types/read.js';
import { invalidEach } from './rules.js';

const statuses = ['False', 'True', 'Unknown'];
const maxReasonBytes = 1024;
const maxMessageBytes = 32 * 1024;

function validateCondition(condition: JsonObject, path: string): FieldError[] {
  const [type, status, reason] = [textAt(condition, 'type'), textAt(condition, 'status'), textAt(condition, 'reason')];
  const errors: FieldError[] = type === '' ? [required(child(path, 'type'), 'is required')] : invalidEach(qualifiedName(type), child(path, 'type'), type);
  if (status === '') errors.push(required(child(path, 'status')));
  else if (!statuses.includes(status)) errors.push(notSupported(child(path, 'status'), status, statuses));
  const generation = numberAt(condition, 'observedGeneration');
  if (generation < 0) errors.push(invalidValue(child(path, 'observedGeneration'), generation, 'must be greater than or equal to zero'));
  if (!has(condition, 'lastTransitionTime')) errors.push(required(child(path, 'lastTransitionTime')));
  if (reason === '') errors.push(required(child(path, 'reason')));
  else {
    errors.push(...invalidEach(conditionReason(reason), child(path, 'reason'), reason));
    if (Buffer.byteLength(reason) > maxReasonBytes) errors.push(tooLong(child(path, 'reason'), maxReasonBytes));
  }
  if (Buffer.byteLength(textAt(condition, 'message')) > maxMessageBytes) errors.push(tooLong(child(path, 'message'), maxMessageBytes));
  return errors;
}

export function validateConditions(conditions: readonly JsonObject[], path: string): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap((condition, at) => {
    const type = textAt(condition, 'type');
    const errors = seen.has(type) ? [duplicate(child(index(path, at), 'type'), type)] : [];
    seen.add(type);
    return [...errors, ...validateCondition(condition, index(path, at))];
  });
}
