/** Material of this package's tests. */
import { type ApiRequest, createContext, type RequestContext, requestInfoOf, type UserInfo } from '@apiserver-kit/pipeline';
import { type FlowSchema, flowControlApiVersion, type PriorityLevelConfiguration } from './objects.js';

export const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups: [...groups, 'system:authenticated'] });

export function contextOf(target: string, method = 'GET', by: UserInfo = user('jane')): RequestContext {
  const [path, rawQuery = ''] = target.split('?') as [string, string?];
  const ctx = createContext({ method, path, rawQuery, headers: {} } as unknown as ApiRequest);
  ctx.info = requestInfoOf(method, path, () => ctx.query);
  ctx.user = by;
  return ctx;
}

/** A schema for all that these groups ask, each user a flow. */
export const schema = (name: string, level: string, precedence: number, ...groups: string[]): FlowSchema => ({
  apiVersion: flowControlApiVersion,
  kind: 'FlowSchema',
  metadata: { name, uid: `uid-of-${name}` },
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: precedence,
    distinguisherMethod: { type: 'ByUser' },
    rules: [
      {
        subjects: groups.map((group) => ({ kind: 'Group', group: { name: group } })),
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      },
    ],
  },
});

export interface LevelShape {
  readonly shares?: number;
  readonly queues?: number;
  readonly handSize?: number;
  readonly length?: number;
  readonly lendable?: number;
}

export const level = (name: string, { shares = 100, queues = 1, handSize = 1, length = 50, lendable }: LevelShape = {}): PriorityLevelConfiguration => ({
  apiVersion: flowControlApiVersion,
  kind: 'PriorityLevelConfiguration',
  metadata: { name, uid: `uid-of-${name}` },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      ...(lendable !== undefined && { lendablePercent: lendable }),
      limitResponse: queues === 0 ? { type: 'Reject' } : { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: length } },
    },
  },
});
