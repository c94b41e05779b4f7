/** The rows of admissionregistration.k8s.io's kinds. */
import type { JsonObject } from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import type { Cell, Cells } from './cells.js';
import { since } from './human-duration.js';

/** Name and age, and what stands between them. */
const named =
  (between: (object: JsonObject) => Cell[]): Cells =>
  (object, nowMs) => {
    const meta = recordAt(object, 'metadata');
    return [textAt(meta, 'name'), ...between(object), since(meta.creationTimestamp, nowMs)];
  };

const webhooks = named((object) => [recordsAt(object, 'webhooks').length]);

const policy = (list: string): Cells =>
  named((object) => {
    const spec = recordAt(object, 'spec');
    const kind = recordAt(spec, 'paramKind');
    return [recordsAt(spec, list).length, has(spec, 'paramKind') ? `${textAt(kind, 'apiVersion')}/${textAt(kind, 'kind')}` : '<unset>'];
  });

/** A selector as Go prints the struct. */
function goSelector(selector: JsonObject): string {
  const labels = Object.entries(recordAt(selector, 'matchLabels'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${String(value)},`);
  const expressions = recordsAt(selector, 'matchExpressions').map(
    (one) => `LabelSelectorRequirement{Key:${textAt(one, 'key')},Operator:${textAt(one, 'operator')},Values:[${textsAt(one, 'values').join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

function paramCell(spec: JsonObject): string {
  const reference = recordAt(spec, 'paramRef');
  const name = textAt(reference, 'name');
  if (name !== '') return `${textAt(reference, 'namespace') || '*'}/${name}`;
  return has(reference, 'selector') ? goSelector(recordAt(reference, 'selector')) : '<unset>';
}

const binding = named((object) => {
  const spec = recordAt(object, 'spec');
  return [textAt(spec, 'policyName'), paramCell(spec)];
});

/** By type. */
export const admissionCells: Readonly<Record<string, Cells>> = {
  'admissionregistration.v1.MutatingAdmissionPolicy': policy('mutations'),
  'admissionregistration.v1.MutatingAdmissionPolicyBinding': binding,
  'admissionregistration.v1.MutatingWebhookConfiguration': webhooks,
  'admissionregistration.v1.ValidatingAdmissionPolicy': policy('validations'),
  'admissionregistration.v1.ValidatingAdmissionPolicyBinding': binding,
  'admissionregistration.v1.ValidatingWebhookConfiguration': webhooks,
};
