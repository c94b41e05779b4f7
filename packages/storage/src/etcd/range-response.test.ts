import { credentials } from '@grpc/grpc-js';
import { Host } from 'etcd3/lib/connection-pool.js';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { methodsOf } from './etcd-client.js';
import { decodeRangeResponse } from './range-response.js';

describe('an answer to a range request', () => {
  const host = new Host('127.0.0.1:1', credentials.createInsecure());
  afterAll(() => host.close());
  const { responseSerialize } = methodsOf(host.getServiceClient('KV')).Range!;
  const revision = fc.oneof(fc.nat(300), fc.maxSafeNat());

  it('is read as it was written', () => {
    const kv = fc.record({ key: fc.string({ unit: 'grapheme' }), value: fc.uint8Array(), create: revision, mod: revision, version: revision, lease: revision });
    fc.assert(
      fc.property(revision, fc.array(kv), fc.boolean(), revision, (newest, kvs, more, count) => {
        const bytes = responseSerialize({
          header: { cluster_id: '7', member_id: '8', revision: String(newest), raft_term: '2' },
          kvs: kvs.map(({ key, value, create, mod, version, lease }) => ({
            key: Buffer.from(key),
            value: Buffer.from(value),
            create_revision: String(create),
            mod_revision: String(mod),
            version: String(version),
            lease: String(lease),
          })),
          more,
          count: String(count),
        });
        const entries = kvs.map(({ key, value, create, mod }) => ({
          key: Buffer.from(key).toString(),
          value: Buffer.from(value),
          createRevision: create,
          modRevision: mod,
        }));
        expect(decodeRangeResponse(bytes)).toEqual({ revision: newest, kvs: entries, count });
      }),
    );
  });

  it('that is something else, or not all there, is refused', () => {
    const bytes = responseSerialize({ header: { revision: '5' }, kvs: [{ key: Buffer.from('/a'), value: Buffer.from('value') }], count: '1' });
    expect(() => decodeRangeResponse(bytes.subarray(0, bytes.length - 4))).toThrow('got the beginning of one');
    expect(() => decodeRangeResponse(Buffer.from('hello'))).toThrow(/^expected an answer of etcd/);
  });
});
