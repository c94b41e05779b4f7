import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StorageEvent } from '../storage.js';
import { record } from '../testing/index.js';
import { type LmdbStorage, lmdbStorage } from './index.js';

const script = fileURLToPath(new URL('./kill.test.child.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../dist/lmdb/index.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'storage-kill-'));

beforeAll(() => {
  if (!existsSync(built)) throw new Error('the writer that is to be killed runs the built package, and there is none: run `npm run build` first');
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Acknowledged {
  readonly op: string;
  readonly key: string;
  readonly revision: number;
  readonly value: string;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets a writer write until it is killed at a random moment, and gives what was acknowledged to it. */
async function writeAndKill(path: string, mode: string, run: number): Promise<Acknowledged[]> {
  const child: ChildProcess = spawn(process.execPath, [script, path, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const ended = once(child, 'close');
  const started = new Promise<void>((resolve) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      resolve();
    });
  });
  // Mostly in the middle of writing; sometimes while it starts.
  if (run % 5 === 4) await wait(Math.random() * 300);
  else await Promise.race([started, ended]).then(() => wait(Math.random() * 120));
  child.kill('SIGKILL');
  const [, signal] = await ended;
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${complaint}`);
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [op, key, revision, value] = JSON.parse(line) as [string, string, number, string];
    return { op, key, revision, value };
  });
}

const textOf = (value: Uint8Array): string => Buffer.from(value).toString().replace(/x*$/, '');
const open = (path: string): LmdbStorage => lmdbStorage({ path, historyMs: 1e12, historyEvents: 1e9 });

/** The log must explain the entries: applied to what was there at its beginning, it gives what is there now. */
function expectConsistent(storage: LmdbStorage): readonly StorageEvent[] {
  const oldest = storage.compactedRevision();
  const { events } = record(storage, '', { afterRevision: oldest });
  const first = Math.max(oldest, 1) + 1;
  expect(events.map(({ revision }) => revision)).toEqual(events.map((_, i) => first + i));
  expect(storage.revision()).toBe(first + events.length - 1);
  const entries = new Map(
    oldest > 0 ? storage.list('', { revision: oldest }).kvs.map(({ key, value, modRevision }) => [key, [modRevision, textOf(value)]]) : [],
  );
  for (const { type, key, value, revision, prevRevision } of events) {
    expect(entries.get(key)?.[0] ?? 0).toBe(prevRevision);
    if (type === 'delete') entries.delete(key);
    else entries.set(key, [revision, textOf(value)]);
  }
  expect(new Map(storage.list('').kvs.map(({ key, value, modRevision }) => [key, [modRevision, textOf(value)]]))).toEqual(entries);
  return events;
}

/** Every acknowledged write that the log goes back to is in it as it was acknowledged. */
function expectAllIn(events: readonly StorageEvent[], acknowledged: readonly Acknowledged[], after: number): void {
  const byRevision = new Map(events.map((event) => [event.revision, event]));
  for (const { op, key, revision, value } of acknowledged) {
    if (revision <= after) continue;
    const event = byRevision.get(revision);
    const found = event && { op: event.type, key: event.key, revision, value: event.type === 'put' ? textOf(event.value) : '' };
    expect(found, `revision ${revision}`).toEqual({ op, key, revision, value });
  }
}

describe('a process that is killed in the middle of writes', () => {
  it('loses nothing that was acknowledged, 20 times on the same database', async () => {
    const path = join(directory, 'db');
    const acknowledged: Acknowledged[] = [];
    for (let run = 0; run < 20; run++) {
      const fresh = await writeAndKill(path, 'write', run);
      acknowledged.push(...fresh);
      const storage = open(path);
      const events = expectConsistent(storage);
      expectAllIn(events, run === 19 ? acknowledged : fresh, 0);
      await storage.close();
    }
    expect(acknowledged.length).toBeGreaterThan(500);
    expect(new Set(acknowledged.map(({ revision }) => revision)).size).toBe(acknowledged.length);
  }, 60_000);

  it('leaves a whole database also when it was compacting', async () => {
    const path = join(directory, 'compacted');
    let oldest = 0;
    for (let run = 0; run < 5; run++) {
      const acknowledged = await writeAndKill(path, 'compact', 0);
      const storage = open(path);
      const events = expectConsistent(storage);
      expectAllIn(events, acknowledged, storage.compactedRevision());
      expect(storage.compactedRevision()).toBeGreaterThanOrEqual(oldest);
      oldest = storage.compactedRevision();
      await storage.close();
    }
    expect(oldest).toBeGreaterThan(20);
  }, 60_000);
});
