/** What the reference fills in for HorizontalPodAutoscalers (pkg/apis/autoscaling/v2/defaults.go). */
import type { JsonObject } from '@apiserver-kit/machinery';
import { has, recordAt, recordsAt } from '../types/read.js';

const scaleUp = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
/** How long to wait before scaling down is the controller's to say. */
const scaleDown = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

/** Once there is a behavior, both directions have all of it. */
function fillBehavior(behavior: JsonObject): void {
  for (const [name, defaults] of Object.entries({ scaleUp, scaleDown })) behavior[name] = { ...structuredClone(defaults), ...recordAt(behavior, name) };
}

export function defaultAutoscaler({ spec }: JsonObject): void {
  const of = spec as JsonObject;
  if (!has(of, 'minReplicas')) of.minReplicas = 1;
  if (recordsAt(of, 'metrics').length === 0) {
    of.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  }
  if (has(of, 'behavior')) fillBehavior(of.behavior as JsonObject);
}
