/** PodDisruptionBudgets (pkg/apis/policy/validation). */
import { child, type FieldError, invalidValue, type JsonObject, notSupported } from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt, textAt } from '../types/read.js';
import { validateConditions } from './conditions.js';
import { atMost100Percent, intOrPercent, labelSelectorRule, nonNegativeFields } from './rules.js';

const policies = ['AlwaysAllow', 'IfHealthyBudget'];

export function validateDisruptionBudget(budget: JsonObject): FieldError[] {
  const spec = recordAt(budget, 'spec');
  const errors: FieldError[] = [];
  if (has(spec, 'minAvailable') && has(spec, 'maxUnavailable')) {
    const { minAvailable, maxUnavailable, selector = null, unhealthyPodEvictionPolicy = null } = spec;
    const shown = { MinAvailable: minAvailable, Selector: selector, MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy };
    errors.push(invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable']) {
    if (has(spec, field)) errors.push(...intOrPercent(spec[field], child('spec', field)), ...atMost100Percent(spec[field], child('spec', field)));
  }
  errors.push(...labelSelectorRule(spec.selector as JsonObject | undefined, 'spec.selector'));
  const policy = textAt(spec, 'unhealthyPodEvictionPolicy');
  if (has(spec, 'unhealthyPodEvictionPolicy') && !policies.includes(policy)) errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, policies));
  return errors;
}

export function validateDisruptionBudgetStatus(budget: JsonObject): FieldError[] {
  const status = recordAt(budget, 'status');
  return [
    ...validateConditions(recordsAt(status, 'conditions'), 'status.conditions'),
    ...nonNegativeFields(status, 'status', 'disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'),
  ];
}
