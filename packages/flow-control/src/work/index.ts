/** The work of a request, by its verb (k8s.io/apiserver/pkg/util/flowcontrol/request/width.go). */
import type { RequestContext, RequestInfo } from '@apiserver-kit/pipeline';
import { oneSeat, seatsOnly, type WorkEstimate } from './estimate.js';
import { listSeats, type ObjectStats } from './list-seats.js';
import type { WatchCounts } from './watch-counts.js';

/** What is known of a resource's objects; undefined for nothing. */
export type ObjectStatsOf = (info: RequestInfo) => ObjectStats | undefined;

const watchesPerSeat = 10;
const eventMs = 5;
const maxMutatingSeats = 10;

/**
 * @param levelSeats the most that one request of its level may take; 0 for no such limit.
 */
export function estimateWork(
  { info, query }: { info: RequestInfo; query: () => URLSearchParams },
  stats: ObjectStatsOf,
  watches: WatchCounts,
  levelSeats: number,
): WorkEstimate {
  switch (info.verb) {
    case 'list':
    case 'watch':
      return seatsOnly(listSeats(info, query, stats(info), levelSeats));
    case 'create':
    case 'update':
    case 'patch':
    case 'delete':
      return mutatingWork(info, watches, levelSeats);
    default:
      return oneSeat;
  }
}

/** A write is followed by its event, which goes to all watchers at once: a tenth of a seat each, for 5 ms. */
function mutatingWork(info: RequestInfo, watches: WatchCounts, levelSeats: number): WorkEstimate {
  // A token is no object, and has no event.
  if (info.resource === 'serviceaccounts' && info.subresource === 'token') return oneSeat;
  const count = watches.concernedBy(info);
  if (count < watchesPerSeat) return oneSeat;
  const most = levelSeats === 0 ? maxMutatingSeats : Math.min(levelSeats, maxMutatingSeats);
  const seats = Math.ceil(count / watchesPerSeat);
  const finalSeats = Math.min(seats, most);
  return { initialSeats: 1, finalSeats, additionalMs: (seats * eventMs) / finalSeats };
}

/** The same for a request on its way through the chain. */
export const estimateOf = (ctx: RequestContext, stats: ObjectStatsOf, watches: WatchCounts, levelSeats: number): WorkEstimate =>
  estimateWork({ info: ctx.info!, query: () => ctx.query }, stats, watches, levelSeats);
