import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Storage } from '../storage.js';
import { storageContract } from '../testing/index.js';
import { lmdbStorage } from './index.js';

const directory = mkdtempSync(join(tmpdir(), 'storage-lmdb-'));
afterAll(() => rmSync(directory, { recursive: true }));
let count = 0;
const newPath = (): string => join(directory, `${count++}`);

const paths = new WeakMap<Storage, string>();
storageContract(
  'lmdb',
  async (clock) => {
    const path = newPath();
    const storage = lmdbStorage({ path, clock });
    paths.set(storage, path);
    return storage;
  },
  {
    reopen: async (storage, clock) => {
      await storage.close();
      return lmdbStorage({ path: paths.get(storage)!, clock });
    },
  },
);
