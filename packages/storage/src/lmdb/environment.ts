/**
 * The files of an lmdb storage: one lmdb environment (`data.mdb`, `lock.mdb`) in a directory, with five databases.
 *
 * | database  | key                       | record                                                                                      |
 * |-----------|---------------------------|---------------------------------------------------------------------------------------------|
 * | `current` | key                       | createRevision, modRevision, value: every entry as it is now                                |
 * | `log`     | revision                  | put or delete, time in ms, key, and the entry before the change: one record for each revision since compaction |
 * | `changes` | key, NUL, revision        | was the key there before the change, is it there after                                      |
 * | `leases`  | time in ms, revision      | key: what goes by itself, and when; void unless the key is still at that revision           |
 * | `meta`    | `format`, `revision`, `compacted` | a number                                                                            |
 *
 * Keys are UTF-8 and numbers are eight bytes big-endian, so that lmdb's order of bytes is ours.
 *
 * Reads of now touch `current` only. The log undoes: the state at a revision is `current`, but for each key that has changed since (found in
 * `changes`) the entry before the first such change. So compaction is to cut off the beginning of the log, nothing that is kept ever has to
 * be looked at, and each value is written once as the newest and once more when something replaces it.
 *
 * `overlappingSync`, which lmdb has on by default, acknowledges a commit before it is on disk. It is off here: a commit ends with fdatasync
 * of the data and a synchronous write of the meta page, and only then its promise resolves.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Database, DatabaseOptions, Key, RootDatabase, Transaction } from 'lmdb';
import {
  type ChangeRecord,
  changeKey,
  changeRecord,
  type EntryRecord,
  entryRecord,
  type KeyCodec,
  type LogRecord,
  leaseKey,
  logRecord,
  numberRecord,
  type RecordCodec,
  revisionKey,
  textKey,
  textRecord,
} from './codecs.js';

// As the one file that lmdb has for `require`: as modules it is twenty, which take twice the time to load.
const { open } = createRequire(import.meta.url)('lmdb') as typeof import('lmdb');

interface Databases {
  readonly current: Database<EntryRecord, string | Uint8Array>;
  readonly log: Database<LogRecord, number>;
  readonly changes: Database<ChangeRecord, [string, number] | Uint8Array>;
  readonly leases: Database<string, [number, number]>;
  readonly meta: Database<number, string | Uint8Array>;
}

export interface Environment extends Databases {
  readonly root: RootDatabase;
  /** A state of all databases that stays as it is, until `done`. Whoever holds the environment must hold one all the time. */
  snapshot(): Transaction;
  close(): Promise<void>;
}

const format = 1;
// lmdb's TransactionFlags: not abortable by itself, on disk when it returns.
const synchronousCommit = 2;
const firstRevision = 1;
const openHere = new Set<string>();

/** Another process has the database open. */
export class DatabaseInUseError extends Error {
  constructor(
    readonly path: string,
    readonly pid: number,
  ) {
    super(`the database ${path} is in use by process ${pid}`);
    this.name = 'DatabaseInUseError';
  }
}

/**
 * Opens the environment in a directory, which is made if need be.
 * @throws DatabaseInUseError when another process has it open; Error when this one has, when it is of an unknown format, and for what the
 * file system refuses.
 */
export function openEnvironment(path: string, mapBytes: number): Environment {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const directory = realpathSync(path);
  if (openHere.has(directory)) throw new DatabaseInUseError(path, process.pid);
  const root = open({
    path: directory,
    noSubdir: false,
    overlappingSync: false,
    // Batches are made here. Those of lmdb would come with a promise that nobody handles when a commit fails.
    eventTurnBatching: false,
    maxDbs: 8,
    mapSize: mapBytes,
    ...{ permissionsMode: 0o600 },
  });
  // Held until the first snapshot is given out, so that there is always one for others to see.
  let held: Transaction | undefined = snapshotOf(root);
  const release = (): void => {
    held?.done();
    held = undefined;
  };
  try {
    const pid = otherReader(root);
    if (pid !== undefined) throw new DatabaseInUseError(path, pid);
    const databases = openDatabases(root, path);
    openHere.add(directory);
    return {
      root,
      ...databases,
      snapshot() {
        const snapshot = snapshotOf(root);
        release();
        return snapshot;
      },
      async close() {
        release();
        await root.close();
        openHere.delete(directory);
      },
    };
  } catch (error) {
    release();
    void root.close();
    throw error;
  }
}

/** A snapshot of its own: lmdb would otherwise share it with reads that name no transaction, and keep their cursors on it. */
function snapshotOf(root: RootDatabase): Transaction {
  const transaction = root.useReadTransaction();
  root.resetReadTxn();
  return transaction;
}

/**
 * The process that has the environment open beside this one.
 *
 * Whoever has an environment open holds a snapshot all the time, and lmdb keeps a table of who holds one. Each line of it is guarded by a lock of
 * the operating system, which goes with its process however that ends: a SIGKILL leaves nothing behind that would have to be recognized.
 */
function otherReader(root: RootDatabase): number | undefined {
  root.readerCheck();
  const pids = [...root.readerList().matchAll(/^\s*(\d+)\s/gm)].map(([, pid]) => Number(pid));
  return pids.find((pid) => pid !== process.pid);
}

function openDatabases(root: RootDatabase, path: string): Databases {
  // lmdb's types leave out that a database may have a codec of its own.
  const table = <V, K extends Key>(name: string, keyEncoder: KeyCodec<K>, encoder: RecordCodec<V>): Database<V, K> =>
    root.openDB<V, K>(name, { keyEncoder, encoder } as DatabaseOptions);
  let isNew = false;
  // One transaction for all: a new environment costs one sync.
  const databases = root.transactionSync((): Databases => {
    const opened: Databases = {
      current: table('current', textKey, entryRecord),
      log: table('log', revisionKey, logRecord),
      changes: table('changes', changeKey, changeRecord),
      leases: table('leases', leaseKey, textRecord),
      meta: table('meta', textKey, numberRecord),
    };
    const found = opened.meta.get('format');
    if (found !== undefined && found !== format) throw new Error(`the database ${path} has format ${found}, expected ${format}`);
    isNew = found === undefined;
    if (isNew) {
      opened.meta.putSync('format', format);
      opened.meta.putSync('revision', firstRevision);
      opened.meta.putSync('compacted', 0);
    }
    return opened;
  }, synchronousCommit);
  if (isNew) syncDirectories(path);
  return databases;
}

/** A new file is there after a power failure only if its directory has been synced too. */
export function syncDirectories(path: string): void {
  // Windows cannot, and need not.
  if (process.platform === 'win32') return;
  for (const directory of [path, dirname(path)]) {
    const descriptor = openSync(directory, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}
