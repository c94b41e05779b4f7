/** What a limit of a LimitRange demands of the requests and limits of a pod, a container or a claim. */
import { parseQuantity, type Quantity } from '@apiserver-kit/machinery';
import type { ResourceList } from '../pods.js';

export interface Limit {
  readonly type: string;
  readonly min?: ResourceList;
  readonly max?: ResourceList;
  readonly default?: ResourceList;
  readonly defaultRequest?: ResourceList;
  readonly maxLimitRequestRatio?: ResourceList;
}

/** What is asked for. Limits that are undefined count for nothing. */
export interface Asked {
  readonly requests: ResourceList;
  readonly limits?: ResourceList;
}

const quantity = (list: ResourceList | undefined, name: string): Quantity | undefined =>
  list && Object.hasOwn(list, name) ? parseQuantity(list[name]!) : undefined;

const maxMilli = 9_223_372_036_854_775n;

/** The three at one precision: in thousandths, where these can be counted. */
function amounts(bound: Quantity, request: Quantity | undefined, limit: Quantity | undefined): [bigint, bigint, bigint] {
  const all = [bound, request, limit] as const;
  const isSmall = all.every((one) => (one?.value() ?? 0n) <= maxMilli);
  return all.map((one) => (isSmall ? one?.milliValue() : one?.value()) ?? 0n) as [bigint, bigint, bigint];
}

type Check = (what: string, name: string, bound: Quantity, request: Quantity | undefined, limit: Quantity | undefined) => string | undefined;

const minimum: Check = (what, name, bound, request, limit) => {
  const head = `minimum ${name} usage per ${what} is ${bound.toString()}`;
  if (!request) return `${head}.  No request is specified`;
  const [enforced, asked, allowed] = amounts(bound, request, limit);
  if (asked < enforced) return `${head}, but request is ${request.toString()}`;
  return limit && allowed < enforced ? `${head}, but limit is ${limit.toString()}` : undefined;
};

const maximum: Check = (what, name, bound, request, limit) => {
  const head = `maximum ${name} usage per ${what} is ${bound.toString()}`;
  if (!limit) return `${head}.  No limit is specified`;
  const [enforced, asked, allowed] = amounts(bound, request, limit);
  if (allowed > enforced) return `${head}, but limit is ${limit.toString()}`;
  return request && asked > enforced ? `${head}, but request is ${request.toString()}` : undefined;
};

const maximumRequest: Check = (what, name, bound, request) => {
  const head = `maximum ${name} usage per ${what} is ${bound.toString()}`;
  if (!request) return `${head}.  No request is specified`;
  const [enforced, asked] = amounts(bound, request, undefined);
  return asked > enforced ? `${head}, but request is ${request.toString()}` : undefined;
};

const ratio: Check = (what, name, bound, request, limit) => {
  const head = `${name} max limit to request ratio per ${what} is ${bound.toString()}, but`;
  const [enforced, asked, allowed] = amounts(bound, request, limit);
  if (asked === 0n) return `${head} no request is specified or request is 0`;
  if (allowed === 0n) return `${head} no limit is specified or limit is 0`;
  const observed = Number(allowed) / Number(asked);
  const isTooMuch = bound.value() <= maxMilli ? observed * 1000 > Number(bound.milliValue()) : observed > Number(enforced);
  return isTooMuch ? `${head} provided ratio is ${observed.toFixed(6)}` : undefined;
};

/** Each bound of a list, by the names of resources: maps have no order in the reference. */
function each(check: Check, what: string, bounds: ResourceList | undefined, { requests, limits }: Asked): string[] {
  return Object.keys(bounds ?? {})
    .sort()
    .flatMap((name) => check(what, name, parseQuantity(bounds![name]!), quantity(requests, name), quantity(limits, name)) ?? []);
}

/** What is wrong with what a pod or a container asks for. */
export const violations = (limit: Limit, asked: Asked): string[] => [
  ...each(minimum, limit.type, limit.min, asked),
  ...each(maximum, limit.type, limit.max, asked),
  ...each(ratio, limit.type, limit.maxLimitRequestRatio, asked),
];

/** What is wrong with what a claim asks for, which has no limits. */
export const claimViolations = (limit: Limit, requests: ResourceList): string[] => [
  ...each(minimum, limit.type, limit.min, { requests }),
  ...each(maximumRequest, limit.type, limit.max, { requests }),
];
