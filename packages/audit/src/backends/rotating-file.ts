/** A file that begins anew when it is full, and keeps some of those before it (as lumberjack does). */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface RotatingFileOptions {
  /** Bytes; 0: it is never full. Default 100 MiB. */
  readonly maxBytes?: number;
  /** Old files that are kept; 0: all. Default 100. */
  readonly maxBackups?: number;
  /** How many days old files are kept; 0: for ever. Default 366. */
  readonly maxAgeDays?: number;
  /** Whether old files are compressed. Default false. */
  readonly compress?: boolean;
  readonly clock?: Clock;
  /** Told why an old file could not be removed or compressed: the trail goes on all the same. */
  readonly warn?: (message: string, error: unknown) => void;
}

const dayMs = 86_400_000;
const fileMode = 0o600;

export class RotatingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #maxBackups: number;
  readonly #maxAgeDays: number;
  readonly #compress: boolean;
  readonly #clock: Clock;
  readonly #warn: (message: string, error: unknown) => void;
  #file: number;
  #size: number;
  #tidying: Promise<void> = Promise.resolve();

  /** @throws Error when the file cannot be opened. */
  constructor(path: string, options: RotatingFileOptions = {}) {
    const { maxBytes = 100 << 20, maxBackups = 100, maxAgeDays = 366, compress = false, clock = systemClock, warn = () => {} } = options;
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#maxBackups = maxBackups;
    this.#maxAgeDays = maxAgeDays;
    this.#compress = compress;
    this.#clock = clock;
    this.#warn = warn;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = openSync(path, 'a', fileMode);
    this.#size = fstatSync(this.#file).size;
    if (maxBytes > 0) this.#tidy();
  }

  /**
   * Writes lines, none of them over two files.
   * @throws Error when the disk is full, or the like; then none, or some, have been written.
   */
  write(lines: readonly string[]): void {
    let pending = '';
    const flush = (): void => {
      if (pending !== '') this.#append(Buffer.from(pending));
      pending = '';
    };
    let size = this.#size;
    for (const line of lines) {
      const bytes = Buffer.byteLength(line);
      if (this.#maxBytes > 0 && bytes > this.#maxBytes) throw new Error(`write length ${bytes} exceeds maximum file size ${this.#maxBytes}`);
      if (this.#maxBytes > 0 && size + bytes > this.#maxBytes) {
        flush();
        this.#rotate();
        size = 0;
      }
      pending += line;
      size += bytes;
    }
    flush();
  }

  /** Resolves when old files have been tidied up, too. */
  async close(): Promise<void> {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
    await this.#tidying;
  }

  #append(bytes: Buffer): void {
    for (let written = 0; written < bytes.length; ) {
      const count = writeSync(this.#file, bytes, written);
      written += count;
      this.#size += count;
    }
  }

  #rotate(): void {
    closeSync(this.#file);
    const { stem, suffix } = this.#names();
    const at = new Date(this.#clock.now()).toISOString().slice(0, 23).replaceAll(':', '-');
    renameSync(this.#path, join(dirname(this.#path), `${stem}${at}${suffix}`));
    this.#file = openSync(this.#path, 'a', fileMode);
    this.#size = 0;
    this.#tidy();
  }

  /** `audit-2026-01-01T00-00-00.000.log` is an old `audit.log`. */
  #names(): { stem: string; suffix: string } {
    const suffix = extname(this.#path);
    return { stem: `${basename(this.#path, suffix)}-`, suffix };
  }

  #tidy(): void {
    this.#tidying = this.#tidying.then(() => this.#tidyNow()).catch((error: unknown) => this.#warn('old audit logs could not be tidied up', error));
  }

  async #tidyNow(): Promise<void> {
    const directory = dirname(this.#path);
    const old = this.#oldFiles(directory);
    const oldest = this.#maxAgeDays > 0 ? this.#clock.now() - this.#maxAgeDays * dayMs : Number.NEGATIVE_INFINITY;
    const times = [...new Set(old.map(({ time }) => time))].sort((a, b) => b - a);
    const kept = new Set((this.#maxBackups > 0 ? times.slice(0, this.#maxBackups) : times).filter((time) => time >= oldest));
    for (const { name, time } of old) {
      const path = join(directory, name);
      if (!kept.has(time)) unlinkSync(path);
      else if (this.#compress && !name.endsWith('.gz')) await compressFile(path);
    }
  }

  #oldFiles(directory: string): { name: string; time: number }[] {
    const { stem, suffix } = this.#names();
    return readdirSync(directory).flatMap((name) => {
      const plain = name.endsWith('.gz') ? name.slice(0, -3) : name;
      if (!plain.startsWith(stem) || !plain.endsWith(suffix)) return [];
      const stamp = plain.slice(stem.length, plain.length - suffix.length);
      const time = Date.parse(stamp.replace(/T(\d\d)-(\d\d)-(\d\d)/, 'T$1:$2:$3').concat('Z'));
      return Number.isNaN(time) ? [] : [{ name, time }];
    });
  }
}

async function compressFile(path: string): Promise<void> {
  await pipeline(createReadStream(path), createGzip(), createWriteStream(`${path}.gz`, { mode: fileMode }));
  if (existsSync(path)) unlinkSync(path);
}
