import { fakeClock } from '@apiserver-kit/machinery';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { event, memoryBackend } from '../fixtures.js';
import { batched, logBatchDefaults } from './batched.js';
import { logBackend } from './log.js';
import { RotatingFile } from './rotating-file.js';
import { truncated } from './truncated.js';
import { webhookBackend } from './webhook.js';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const events = (count: number) => Array.from({ length: count }, (_, at) => event({ auditID: String(at) }));
const directories: string[] = [];
const directory = () => {
  const path = mkdtempSync(join(tmpdir(), 'audit-'));
  directories.push(path);
  return path;
};
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true });
});

describe('batches', () => {
  it('go when they are full, or have waited long enough', async () => {
    const clock = fakeClock();
    const inner = memoryBackend();
    const backend = batched(inner, { maxBatchSize: 2, maxBatchWaitMs: 1000, clock });
    void backend.process(events(3));
    await settled();
    expect(inner.batches.map(({ length }) => length)).toEqual([2]);
    clock.advance(1000);
    await settled();
    expect(inner.batches.map(({ length }) => length)).toEqual([2, 1]);
  });
  it('are not more a second than allowed', async () => {
    const clock = fakeClock();
    const inner = memoryBackend();
    const backend = batched(inner, { maxBatchSize: 1, throttleQps: 10, throttleBurst: 2, clock });
    void backend.process(events(4));
    await settled();
    expect(inner.batches).toHaveLength(2);
    clock.advance(100);
    await settled();
    expect(inner.batches).toHaveLength(3);
  });
  it('drop what is too much, count it, and never stop a request', async () => {
    const lost: number[] = [];
    const never = memoryBackend(() => new Promise(() => {}));
    const backend = batched(never, { ...logBatchDefaults, bufferSize: 2, lost: (_, count) => lost.push(count) });
    for (let i = 0; i < 5; i++) expect(backend.process(events(1))).toBe(true);
    expect(lost.reduce((sum, count) => sum + count, 0)).toBe(2);
  });
  it('are sent before the end', async () => {
    const inner = memoryBackend();
    const backend = batched(inner, { clock: fakeClock() });
    void backend.process(events(3));
    await backend.close();
    expect(inner.events).toHaveLength(3);
  });
});

describe('truncation', () => {
  it('takes the objects out of what is too large', () => {
    const inner = memoryBackend();
    void truncated(inner, { maxEventBytes: 500 }).process([event({ level: 'Request', requestObject: { data: 'x'.repeat(500) } })]);
    expect(inner.events[0]?.requestObject).toBeUndefined();
    expect(inner.events[0]!.annotations).toEqual({ 'audit.k8s.io/truncated': 'true' });
  });
  it('drops what is too large without them', () => {
    const inner = memoryBackend();
    let lost = 0;
    void truncated(inner, { maxEventBytes: 100, lost: () => lost++ }).process([event({ level: 'Request' }), event()]);
    expect(inner.events).toEqual([]);
    expect(lost).toBe(2);
  });
  it('splits batches that are too large', () => {
    const inner = memoryBackend();
    void truncated(inner, { maxBatchBytes: 600 }).process(events(5));
    expect(inner.batches.map(({ length }) => length)).toEqual([2, 2, 1]);
  });
});

describe('the log', () => {
  it('has a line for each event, and is written once a turn', async () => {
    const writes: string[] = [];
    const backend = logBackend({ write: (lines) => void writes.push(lines.join('')) });
    const [first, second] = [backend.process(events(1)), backend.process(events(2))];
    expect(await first).toBe(true);
    expect(await second).toBe(true);
    expect(writes).toHaveLength(1);
    expect(writes[0]!.trimEnd().split('\n')).toHaveLength(3);
  });
  it('says when the disk is full', async () => {
    let lost = 0;
    const write = () => {
      throw new Error('ENOSPC');
    };
    expect(await logBackend({ write }, { lost: (_, count) => (lost += count) }).process(events(2))).toBe(false);
    expect(lost).toBe(2);
  });
});

describe('a file', () => {
  const names = (path: string) => readdirSync(path).sort();
  it('begins anew when it is full, and is readable by its owner only', async () => {
    const path = directory();
    const file = new RotatingFile(join(path, 'deep', 'audit.log'), { maxBytes: 10, clock: fakeClock() });
    file.write(['12345\n', '67\n', '89\n']);
    await file.close();
    expect(names(join(path, 'deep'))).toEqual(['audit-2026-01-01T00-00-00.000.log', 'audit.log']);
    expect(readFileSync(join(path, 'deep', 'audit.log'), 'utf8')).toBe('89\n');
    expect(statSync(join(path, 'deep', 'audit.log')).mode & 0o777).toBe(0o600);
  });
  it('goes on where it was', async () => {
    const path = join(directory(), 'audit.log');
    for (const line of ['a\n', 'b\n']) {
      const file = new RotatingFile(path);
      file.write([line]);
      await file.close();
    }
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n');
  });
  it('keeps so many before it, of so many days, compressed', async () => {
    const path = directory();
    const clock = fakeClock();
    const file = new RotatingFile(join(path, 'audit.log'), { maxBytes: 5, maxBackups: 2, maxAgeDays: 1, compress: true, clock });
    for (let line = 0; line < 5; line++) {
      file.write([`${line}234\n`]);
      clock.advance(1000);
    }
    await file.close();
    expect(names(path)).toEqual(['audit-2026-01-01T00-00-03.000.log.gz', 'audit-2026-01-01T00-00-04.000.log.gz', 'audit.log']);
    expect(gunzipSync(readFileSync(join(path, names(path)[1]!))).toString()).toBe('3234\n');
    clock.advance(2 * 86_400_000);
    await new RotatingFile(join(path, 'audit.log'), { maxAgeDays: 1, clock }).close();
    expect(names(path)).toEqual(['audit.log']);
  });
  it('takes no line that does not fit', () => {
    expect(() => new RotatingFile(join(directory(), 'a.log'), { maxBytes: 3 }).write(['12345\n'])).toThrow('write length 6 exceeds maximum file size 3');
  });
});

describe('the webhook', () => {
  it('gets a list of events', async () => {
    const sent: string[] = [];
    expect(await webhookBackend(async (list) => void sent.push(list)).process(events(2))).toBe(true);
    expect(sent[0]).toMatch(/^\{"kind":"EventList","apiVersion":"audit.k8s.io\/v1","metadata":\{\},"items":\[\{"kind":"Event"/);
    expect((JSON.parse(sent[0]!) as { items: unknown[] }).items).toHaveLength(2);
  });
  it('is asked again, whatever it says, and what it never takes is counted', async () => {
    const clock = fakeClock();
    let attempts = 0;
    let lost = 0;
    const backend = webhookBackend(
      async () => {
        attempts++;
        throw new Error('not now');
      },
      { clock, random: () => 0, lost: (_, count) => (lost += count) },
    );
    const result = backend.process(events(3));
    for (let i = 0; i < 5; i++) {
      await settled();
      clock.advance(60_000);
    }
    expect(await result).toBe(false);
    expect([attempts, lost]).toEqual([5, 3]);
  });
});
