import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { event } from '../fixtures.js';
import { auditFlagErrors, configuredBackends } from './configured.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('flags', () => {
  it('make a log that requests wait for, and that stops none of them', async () => {
    const path = join(directory, 'audit.log');
    const [backend, ...others] = configuredBackends({ log: { path } });
    expect(others).toEqual([]);
    expect(backend!.name).toBe('ignoreErrors<log>');
    expect(await backend!.process([event()])).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain('"kind":"Event"');
    await backend!.close();
  });
  it('make a webhook that requests do not wait for', async () => {
    const configFile = join(directory, 'kubeconfig');
    const cluster = { name: 'a', cluster: { server: 'https://127.0.0.1:1' } };
    const context = { name: 'a', context: { cluster: 'a', user: 'a' } };
    writeFileSync(configFile, JSON.stringify({ clusters: [cluster], users: [{ name: 'a', user: {} }], contexts: [context], 'current-context': 'a' }));
    const [backend] = configuredBackends({ webhook: { configFile, truncate: {} } });
    expect(backend!.name).toBe('truncate<buffered<webhook>>');
    await backend!.close();
  });
  it.each([
    [{ log: { path: '-', mode: 'later' } }, 'invalid audit log mode later, allowed modes are "batch,blocking,blocking-strict"'],
    [{ log: { path: '-', format: 'xml' } }, 'invalid audit log format xml, allowed formats are "legacy,json"'],
    [{ log: { path: '-', maxAge: -1 } }, "--audit-log-maxage -1 can't be a negative number"],
    [{ webhook: { configFile: 'x', batch: { bufferSize: 0 } } }, 'invalid audit batch webhook buffer size 0, must be a positive number'],
    [
      { log: { path: '-', truncate: { maxEventBytes: 10, maxBatchBytes: 5 } } },
      'invalid audit truncate log max batch size 5, must be greater than max event size (10)',
    ],
  ])('that say %j are refused', (flags, error) => {
    expect(auditFlagErrors(flags as never)).toEqual([error]);
    expect(() => configuredBackends(flags as never)).toThrow(error);
  });
});
