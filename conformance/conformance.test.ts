import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

interface Result {
  readonly name: string;
  readonly passed: number;
  readonly total: number;
  readonly failures: readonly string[];
}

type Kind = 'vectors' | 'transcripts';

/** What must pass whole. The rest may not fall below its floor. */
const whole: Record<Kind, readonly string[]> = {
  vectors: [
    'api-version-priority',
    'authn',
    'cbor',
    'field-selector',
    'json-merge-patch',
    'jsonpath',
    'label-selector',
    'names',
    'protobuf',
    'quantity',
    'request-info',
    'schema-validation',
    'server-side-apply',
    'strategic-merge-patch',
    'structural-schema',
  ],
  transcripts: [
    'apply',
    'crd-lifecycle',
    'crd-validation',
    'crud',
    'discovery',
    'field-validation',
    'list',
    'patch',
    'representations',
    'schema',
    'subresources',
    'versions',
    'watch',
  ],
};

const floor = JSON.parse(readFileSync(new URL('floor.json', import.meta.url), 'utf8')) as Record<Kind, Record<string, number>>;

let results: Record<Kind, readonly Result[]>;

beforeAll(() => {
  const directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-conformance-'));
  const file = join(directory, 'results.json');
  const { stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('../scripts/conformance.mjs', import.meta.url)), `--json=${file}`], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  try {
    results = JSON.parse(readFileSync(file, 'utf8')) as typeof results;
  } catch (error) {
    throw new Error(`the conformance run wrote no results:\n${stderr}`, { cause: error });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 600_000);

const find = (kind: Kind, name: string): Result => results[kind].find((result) => result.name === name) ?? { name, passed: 0, total: 0, failures: ['absent'] };

for (const kind of ['vectors', 'transcripts'] as const) {
  describe(`the recorded ${kind}`, () => {
    for (const name of whole[kind]) {
      it(`of ${name} all pass`, () => {
        const { failures, passed } = find(kind, name);
        expect(failures.slice(0, 5)).toEqual([]);
        expect(passed).toBeGreaterThan(0);
      });
    }
    for (const [name, least] of Object.entries(floor[kind])) {
      it(`of ${name} pass at least ${least} times, as before`, () => {
        const { passed, failures } = find(kind, name);
        expect(passed, failures.slice(0, 5).join('\n')).toBeGreaterThanOrEqual(least);
      });
    }
  });
}
