/** What holds whatever is written, and by whom. */
import { cloneJson, type KubeObject, StatusError } from '@apiserver-kit/machinery';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deduced, FieldSet, fieldManager, listOf, mapOf, type MergeType, type OwnedFields, readManagedFields, scalars, structOf } from './index.js';
import { fieldsOf } from './owned-fields.js';

const { string, numeric } = scalars;
const typed: MergeType = structOf({
  apiVersion: string,
  kind: string,
  metadata: structOf({ name: string, labels: mapOf(string) }),
  spec: structOf({
    size: numeric,
    tags: listOf(string, 'set'),
    ports: listOf(structOf({ port: numeric, name: string, labels: mapOf(string) }), { keys: ['port'] }),
    atoms: listOf(string),
    whole: mapOf(string, true),
    any: deduced,
  }),
});
const kind = { group: 'example.com', version: 'v1', kind: 'Widget' };

const word = fc.constantFrom('a', 'b', 'c');
// Nothing is empty: what is applied empty where there was something becomes null, as in the reference, and so is not what was applied.
const labels = fc.dictionary(word, word, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
const record = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [], noNullPrototype: true });
const { any } = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.constantFrom(1, true, null),
    fc.array(tie('any'), { maxLength: 2 }),
    fc.dictionary(word, tie('any'), { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
  ),
}));
const port = fc.tuple(fc.constantFrom(80, 81, 82), record({ name: word, labels })).map(([number, rest]) => ({ port: number, ...(rest as object) }));
const spec = record({
  size: fc.constantFrom(1, 2),
  tags: fc.uniqueArray(word, { minLength: 1 }),
  ports: fc.uniqueArray(port, { minLength: 1, selector: (one) => one.port }),
  atoms: fc.array(word, { maxLength: 2 }),
  whole: labels,
  any,
});
const config = fc.tuple(spec, fc.option(labels, { nil: undefined })).map(
  ([value, given]) =>
    ({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'x', ...(given ? { labels: given } : {}) },
      spec: { size: 1, ...(value as object) },
    }) as KubeObject,
);
const write = fc.record({
  op: fc.constantFrom<'apply' | 'force' | 'update'>('apply', 'force', 'update'),
  manager: fc.constantFrom('a', 'b', 'kubectl'),
  object: config,
});
const writes = fc.array(write, { minLength: 1, maxLength: 6 });

describe.each([
  ['with a schema', typed],
  ['without one', deduced],
])('%s', (_, type) => {
  const fields = fieldManager({ kind, type: (version) => (version === 'example.com/v1' ? type : undefined) });

  /** Undefined where the write meets conflicts. */
  function written(
    live: KubeObject | undefined,
    { op, manager, object }: { op: string; manager: string; object: KubeObject },
    nowMs: number,
  ): KubeObject | undefined {
    if (op === 'update') return fields.tryUpdate(live, object, manager, nowMs) as KubeObject;
    try {
      return fields.apply(live, object, manager, { force: op === 'force', nowMs }) as KubeObject;
    } catch (error) {
      if (error instanceof StatusError && error.reason === 'Conflict') return undefined;
      throw error;
    }
  }

  /** Calls `check` after each write that came through. */
  function play(
    steps: readonly { op: 'apply' | 'force' | 'update'; manager: string; object: KubeObject }[],
    check: (live: KubeObject, step: (typeof steps)[number], before: KubeObject | undefined) => void,
  ): void {
    let live: KubeObject | undefined;
    for (const [at, step] of steps.entries()) {
      const [liveCopy, objectCopy] = [cloneJson(live), cloneJson(step.object)];
      const next = written(live, step, at * 1000);
      expect([live, step.object], 'nothing that is passed in is written to').toEqual([liveCopy, objectCopy]);
      if (next) check(next, step, live);
      live = next ?? live;
    }
  }
  const always = (check: Parameters<typeof play>[1]): void =>
    fc.assert(
      fc.property(writes, (steps) => play(steps, check)),
      { numRuns: 300 },
    );
  const without = ({ metadata, ...rest }: KubeObject): object => {
    const { managedFields: __, ...others } = metadata;
    return { ...rest, metadata: others };
  };
  const ownersOf = (live: KubeObject): OwnedFields[] => [...readManagedFields(live.metadata.managedFields).values()];
  const entryOf = (live: KubeObject, manager: string, operation: string): OwnedFields | undefined =>
    ownersOf(live).find((owned) => owned.manager === manager && owned.operation === operation);

  it('an applied object says what the configuration says', () =>
    always((live, { op, object }) => {
      if (op !== 'update')
        expect(fields.apply(live, object, 'onlooker', { nowMs: 0 }), 'another who applies it meets no conflict').toMatchObject(without(live));
    }));

  it('applying the same again changes nothing at all', () =>
    always((live, { op, manager, object }) => {
      if (op !== 'update') expect(fields.apply(live, object, manager, { nowMs: 1e9 })).toEqual(live);
    }));

  it('an update leaves the object as it was given', () =>
    always((live, { op, object }) => {
      if (op === 'update') expect(without(live)).toEqual(without(object));
    }));

  it('nobody owns nothing, or what the system writes', () =>
    always((live) => {
      for (const { fields: owned } of ownersOf(live)) {
        expect(owned.isEmpty).toBe(false);
        expect(owned.intersection(FieldSet.of(['apiVersion'], ['kind'], ['metadata'], ['metadata', 'name'])).isEmpty).toBe(true);
      }
    }));

  it('an applier owns exactly what it has last applied', () =>
    always((live, { op, manager, object }) => {
      if (op === 'update') return;
      const named = fieldsOf(type, object).difference(FieldSet.of(['apiVersion'], ['kind'], ['metadata'], ['metadata', 'name']));
      expect([...(entryOf(live, manager, 'Apply')?.fields ?? FieldSet.empty).paths()]).toEqual([...named.paths()]);
    }));

  it('managedFields read back as they were printed, and are printed in the same way again', () =>
    always((live) => {
      const parsed = JSON.parse(JSON.stringify(live)) as KubeObject;
      const again = fields.tryUpdate(live, parsed, 'onlooker', 1e9) as KubeObject;
      expect(JSON.stringify(again.metadata.managedFields)).toBe(JSON.stringify(live.metadata.managedFields));
    }));
});
