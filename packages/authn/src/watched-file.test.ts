import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock } from '@apiserver-kit/machinery';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import { authorityFile } from './authority-file.js';
import { tlsAuthority } from './testing/authority.js';
import { watchedTokenFile } from './token-file.js';
import { watchedFile } from './watched-file.js';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-watched-'));
  file = join(directory, 'ca.crt');
  writeFileSync(file, 'one');
});
afterEach(() => rmSync(directory, { recursive: true }));

const upper = (text: string): string => {
  if (text === '') throw new Error('empty');
  return text.toUpperCase();
};

describe('a watched file', () => {
  it('is read again when the system says that it changed', async () => {
    let changed!: () => void;
    const change = new Promise<void>((resolve) => {
      changed = resolve;
    });
    const watched = watchedFile(file, upper, { clock: fakeClock(), onChange: () => changed() });
    expect(watched.value).toBe('ONE');
    writeFileSync(join(directory, 'new'), 'two');
    renameSync(join(directory, 'new'), file);
    await change;
    expect(watched.value).toBe('TWO');
    await watched.close();
  });

  it('is read again when a link on its way leads elsewhere', async () => {
    const link = join(directory, 'link');
    symlinkSync(file, link);
    const watched = watchedFile(link, upper, { clock: fakeClock(), watchDirectory: () => ({ close() {} }) });
    writeFileSync(join(directory, 'other'), 'two');
    unlinkSync(link);
    symlinkSync(join(directory, 'other'), link);
    watched.refresh();
    expect(watched.value).toBe('TWO');
    await watched.close();
  });

  it('is polled where it cannot be watched', async () => {
    const clock = fakeClock();
    const logged: string[] = [];
    const watchDirectory = () => {
      throw new Error('too many watches');
    };
    const watched = watchedFile(file, upper, { clock, pollMs: 1000, watchDirectory, log: (message) => logged.push(message) });
    writeFileSync(file, 'two');
    clock.advance(999);
    expect(watched.value).toBe('ONE');
    clock.advance(1);
    expect(watched.value).toBe('TWO');
    expect(logged).toEqual([`cannot watch ${file}, it is polled`]);
    await watched.close();
    writeFileSync(file, 'three');
    clock.advance(10_000);
    expect(watched.value).toBe('TWO');
  });

  it('keeps what it had when the new content is no good, or the file is gone', async () => {
    const logged: string[] = [];
    let changes = 0;
    const silent = { watchDirectory: () => ({ close() {} }), clock: fakeClock() };
    const watched = watchedFile(file, upper, { ...silent, onChange: () => changes++, log: (message) => logged.push(message) });
    writeFileSync(file, '');
    watched.refresh();
    unlinkSync(file);
    watched.refresh();
    expect([watched.value, changes, logged.length]).toEqual(['ONE', 0, 2]);
    writeFileSync(file, 'one');
    watched.refresh();
    expect(changes).toBe(0);
    await watched.close();
  });

  it('has to be there, and good, at first', () => {
    expect(() => watchedFile(join(directory, 'missing'), upper)).toThrow('ENOENT');
    writeFileSync(file, '');
    expect(() => watchedFile(file, upper)).toThrow('empty');
  });
});

const unwatched = { watchDirectory: () => ({ close() {} }) };

describe('a file of authorities', () => {
  it('is not taken without a certificate', async () => {
    const [one, two] = [tlsAuthority().ca, tlsAuthority().ca];
    writeFileSync(file, one);
    await using bundle = authorityFile(file, { ...unwatched, clock: fakeClock() });
    for (const [content, expected] of [
      ['', one],
      [two.slice(0, 60), one],
      [`${one}${two}`, `${one}${two}`],
    ]) {
      writeFileSync(file, content!);
      bundle.refresh();
      expect(bundle.value).toBe(expected);
    }
    writeFileSync(file, 'x');
    expect(() => authorityFile(file)).toThrow(`error loading CA bundle ${file}: data does not contain any valid RSA or ECDSA certificates`);
  });
});

describe('a token file that is watched', () => {
  it('knows the users that it names now', async () => {
    const clock = fakeClock();
    writeFileSync(file, 'a,jane,1');
    await using tokens = watchedTokenFile(file, { ...unwatched, clock });
    const ask = (token: string) => tokens.authenticateToken(token, createContext({} as ApiRequest));
    expect([ask('a'), ask('b')]).toMatchObject([{ user: { name: 'jane' } }, undefined]);
    writeFileSync(file, 'b,joe,2');
    clock.advance(60_000);
    expect([ask('a'), ask('b')]).toMatchObject([undefined, { user: { name: 'joe' } }]);
    writeFileSync(file, 'c');
    clock.advance(60_000);
    expect(ask('b')).toBeDefined();
  });
});
