/** What a flow schema's status says of the level that it names. */
import { timestamp } from '@apiserver-kit/machinery';
import type { FlowSchema, FlowSchemaCondition } from '../objects.js';

/**
 * The condition `Dangling` as it should be; undefined where it is so already.
 * @param hasLevel whether the level that the schema names is there, and can be used.
 */
export function danglingCondition({ spec, status }: FlowSchema, hasLevel: boolean, nowMs: number): FlowSchemaCondition | undefined {
  const named = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(spec.priorityLevelConfiguration.name)}`;
  const wanted = hasLevel
    ? { status: 'False', reason: 'Found', message: `${named} and it exists` }
    : { status: 'True', reason: 'NotFound', message: `${named} but there is no such object` };
  const known = status?.conditions?.find(({ type }) => type === 'Dangling');
  if (known?.status === wanted.status && known.reason === wanted.reason && known.message === wanted.message) return undefined;
  const { status: is, reason, message } = wanted;
  return { type: 'Dangling', status: is, lastTransitionTime: timestamp(nowMs), reason, message };
}
