/** The seats of a list, by how much memory it takes (k8s.io/apiserver/pkg/util/flowcontrol/request/list_work_estimator.go). */
import { decodeListOptions, type ListOptions } from '@apiserver-kit/machinery';
import type { RequestInfo } from '@apiserver-kit/pipeline';

/** What a resource's objects amount to. */
export interface ObjectStats {
  readonly count: number;
  /** 0: not known. */
  readonly averageBytes: number;
}

const bytesPerSeat = 100_000;
const cacheStreamingBytes = 1_000_000;
const maxObjectBytes = 1_500_000;
const maxListSeats = 100;

/**
 * @param stats of the resource; undefined where nobody knows it, for instance when another server has it.
 * @param levelSeats the most that one request of its level may take; 0 for no such limit.
 */
export function listSeats(info: RequestInfo, query: () => URLSearchParams, stats: ObjectStats | undefined, levelSeats: number): number {
  const most = levelSeats === 0 ? maxListSeats : Math.min(levelSeats, maxListSeats);
  let options: ListOptions;
  try {
    options = decodeListOptions(query());
  } catch {
    return most;
  }
  if (info.verb === 'watch' && !startsWithAList(options)) return 1;
  if (stats === undefined) return 1;
  return Math.min(most, Math.max(1, Math.ceil(bytesAtOnce(info, options, stats) / bytesPerSeat)));
}

const startsWithAList = ({ sendInitialEvents, resourceVersion }: ListOptions): boolean =>
  sendInitialEvents === true || resourceVersion === '' || resourceVersion === '0';

function bytesAtOnce(info: RequestInfo, options: ListOptions, { count, averageBytes }: ObjectStats): number {
  const limited = options.limit > 0 ? Math.min(options.limit, count) : count;
  const isFromCache = info.verb === 'watch' || !isFromStorage(options);
  // What is selected from storage is read first.
  const selected = isFromCache || (options.fieldSelector === undefined && options.labelSelector === undefined);
  const objects = info.name !== '' ? 1 : selected ? limited : Math.max(limited, Math.floor(count / 2));
  const bytes = objects * (averageBytes > 0 || count === 0 ? averageBytes : maxObjectBytes);
  return isFromCache ? Math.min(bytes, cacheStreamingBytes) : bytes;
}

function isFromStorage({ resourceVersionMatch, resourceVersion, continue: token, limit }: ListOptions): boolean {
  if (resourceVersionMatch === 'NotOlderThan') return false;
  if (resourceVersionMatch !== '') return true;
  return token !== '' || (limit > 0 && resourceVersion !== '' && resourceVersion !== '0');
}
