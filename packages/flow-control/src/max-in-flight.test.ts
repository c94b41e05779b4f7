import type { ApiResponse } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { contextOf, user } from './fixtures.js';
import { maxInFlight } from './max-in-flight.js';

const served: ApiResponse = { status: 200, headers: {}, body: 'served' };

/** A handler whose requests stay until they are told to end. */
function busy() {
  const ends: (() => void)[] = [];
  const handler = () => new Promise<ApiResponse>((resolve) => ends.push(() => resolve(served)));
  return { handler, ends };
}

describe('max-in-flight', () => {
  it('refuses what is too much, until something is done', async () => {
    const { handler, ends } = busy();
    const filter = maxInFlight({ reading: 1, mutating: 1 })(handler);
    const first = filter(contextOf('/api/v1/pods'));
    const refused = filter(contextOf('/api/v1/pods')) as ApiResponse;
    expect(refused).toMatchObject({ status: 429, body: 'Too many requests, please try again later.\n', headers: { 'retry-after': '1' } });
    ends[0]!();
    await first;
    void filter(contextOf('/api/v1/pods'));
    expect(ends).toHaveLength(2);
  });
  it('counts reading and writing apart', () => {
    const { handler, ends } = busy();
    const filter = maxInFlight({ reading: 1, mutating: 1 })(handler);
    void filter(contextOf('/api/v1/pods'));
    void filter(contextOf('/api/v1/namespaces/a/pods', 'POST'));
    expect(ends).toHaveLength(2);
  });
  it('never refuses masters and watches', () => {
    const { handler, ends } = busy();
    const filter = maxInFlight({ reading: 1 })(handler);
    void filter(contextOf('/api/v1/pods'));
    void filter(contextOf('/api/v1/pods', 'GET', user('admin', 'system:masters')));
    void filter(contextOf('/api/v1/pods?watch=1'));
    expect(ends).toHaveLength(3);
  });
  it('gives a place back when a request fails', () => {
    const filter = maxInFlight({ reading: 1 })(() => {
      throw new Error('broken');
    });
    expect(() => filter(contextOf('/api'))).toThrow('broken');
    expect(() => filter(contextOf('/api'))).toThrow('broken');
  });
});
