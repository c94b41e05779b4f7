import { requestInfoOf } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { estimateWork } from './index.js';
import type { ObjectStats } from './list-seats.js';
import { WatchCounts } from './watch-counts.js';

const infoOf = (target: string, method = 'GET') => {
  const [path, rawQuery = ''] = target.split('?') as [string, string?];
  const query = () => new URLSearchParams(rawQuery);
  return { info: requestInfoOf(method, path, query), query };
};
const seats = (target: string, stats: ObjectStats | undefined, levelSeats = 0) =>
  estimateWork(infoOf(target), () => stats, new WatchCounts(), levelSeats).initialSeats;

describe('a list', () => {
  const many = { count: 10_000, averageBytes: 5_000 };
  it('takes ten seats at most from the cache, which streams it', () => {
    expect(seats('/api/v1/pods', many)).toBe(10);
    expect(seats('/api/v1/pods', { count: 100, averageBytes: 5_000 })).toBe(5);
  });
  it('takes a seat for each 100 kB from storage, up to a hundred', () => {
    expect(seats('/api/v1/pods?resourceVersion=5&resourceVersionMatch=Exact', many)).toBe(100);
    expect(seats('/api/v1/pods?limit=500&resourceVersion=5', many)).toBe(25);
    expect(seats('/api/v1/pods?limit=500&continue=x&labelSelector=a', { count: 1000, averageBytes: 5_000 })).toBe(25);
  });
  it('of one object takes one', () => {
    expect(seats('/api/v1/pods?fieldSelector=metadata.name%3Da&resourceVersion=5&resourceVersionMatch=Exact', many)).toBe(1);
  });
  it('takes one where nobody knows how many objects there are', () => {
    expect(seats('/api/v1/pods', undefined)).toBe(1);
  });
  it('takes no more than its level allows one request', () => {
    expect(seats('/api/v1/pods', many, 3)).toBe(3);
  });
  it('that will fail takes all it may', () => {
    expect(seats('/api/v1/pods?limit=x', many, 7)).toBe(7);
  });
});

describe('a watch', () => {
  it('takes as much as the list that it starts with, and one seat where it goes on from a version', () => {
    const some = { count: 100, averageBytes: 5_000 };
    expect(seats('/api/v1/pods?watch=1', some)).toBe(5);
    expect(seats('/api/v1/pods?watch=1&resourceVersion=7', some)).toBe(1);
    expect(seats('/api/v1/pods?watch=1&resourceVersion=7&sendInitialEvents=true&resourceVersionMatch=NotOlderThan', some)).toBe(5);
  });
});

describe('a write', () => {
  const watches = new WatchCounts();
  const ends = Array.from({ length: 200 }, () => watches.add(infoOf('/api/v1/pods?watch=1').info));
  const work = (target: string, method: string, levelSeats = 0) => estimateWork(infoOf(target, method), () => undefined, watches, levelSeats);

  it('takes a tenth of a seat for 5 ms for each watcher of it', () => {
    expect(work('/api/v1/namespaces/a/pods/b', 'PUT')).toEqual({ initialSeats: 1, finalSeats: 10, additionalMs: 10 });
    expect(work('/api/v1/namespaces/a/pods/b', 'PUT', 4)).toEqual({ initialSeats: 1, finalSeats: 4, additionalMs: 25 });
  });
  it('takes one seat where few watch', () => {
    expect(work('/api/v1/namespaces/a/configmaps/b', 'PUT')).toEqual({ initialSeats: 1, finalSeats: 0, additionalMs: 0 });
  });
  it('of a token has no event', () => {
    expect(work('/api/v1/namespaces/a/serviceaccounts/b/token', 'POST').finalSeats).toBe(0);
  });
  it('is not held against watches that have ended, or that are for one node', () => {
    for (const end of ends) {
      end();
      end();
    }
    expect(watches.concernedBy(infoOf('/api/v1/namespaces/a/pods/b', 'PUT').info)).toBe(0);
    watches.add(infoOf('/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dx').info);
    expect(watches.concernedBy(infoOf('/api/v1/namespaces/a/pods/b', 'PUT').info)).toBe(0);
    watches.add(infoOf('/api/v1/namespaces/a/pods?watch=1').info);
    expect(watches.concernedBy(infoOf('/api/v1/namespaces/a/pods/b', 'PUT').info)).toBe(1);
    expect(watches.concernedBy(infoOf('/api/v1/namespaces/z/pods/b', 'PUT').info)).toBe(0);
  });
});
