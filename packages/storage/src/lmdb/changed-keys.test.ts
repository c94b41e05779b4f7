import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedInIndex, changedInLog } from './changed-keys.js';
import { openEnvironment } from './environment.js';
import { lmdbStorage } from './index.js';

const key = fc.constantFrom('/', '/a', '/a/', '/a/b', '/a0', '/ab', '/a/\uff5e', '/a/\u{1f600}', '/b');

describe('the keys that have changed since a revision', () => {
  it('are the same whether the log is read or the index, for every revision, prefix and start', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(key, fc.boolean()), { minLength: 1, maxLength: 40 }), key, key, async (writes, prefix, start) => {
        const path = mkdtempSync(join(tmpdir(), 'storage-changed-'));
        const storage = lmdbStorage({ path });
        for (const [k, deletes] of writes) {
          const { kv } = storage.get(k);
          if (!kv) await storage.create(k, Buffer.from(''));
          else if (deletes) await storage.delete(k, kv.modRevision);
          else await storage.update(k, Buffer.from(''), kv.modRevision);
        }
        const newest = storage.revision();
        await storage.close();
        const environment = openEnvironment(path, 1 << 20);
        const at = { transaction: environment.snapshot() };
        for (let revision = 1; revision < newest; revision++) {
          for (const page of [
            { prefix, limit: 0 },
            { prefix, startKey: `${start}\0`, limit: 0 },
          ]) {
            expect(changedInIndex(environment, at, revision, page)).toEqual(changedInLog(environment, at, revision, page));
          }
        }
        at.transaction.done();
        await environment.close();
        rmSync(path, { recursive: true });
      }),
      { numRuns: 25 },
    );
  });
});
