import type { KubeObject, ManagedFieldsEntry, StatusError } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import {
  deduced,
  excluding,
  type FieldManager,
  type FieldManagerOptions,
  FieldSet,
  fieldManager,
  listOf,
  mapOf,
  type MergeType,
  objectMeta,
  scalars,
  structOf,
} from './index.js';

const { string, numeric } = scalars;
const port = structOf({ port: numeric, protocol: { type: string, default: 'TCP' }, name: string });
const widget = structOf({
  apiVersion: string,
  kind: string,
  metadata: objectMeta,
  spec: structOf({
    size: numeric,
    note: string,
    tags: listOf(string, 'set'),
    ports: listOf(port, { keys: ['port', 'protocol'] }),
    atoms: listOf(string),
    labels: mapOf(string),
    color: structOf({ r: numeric, g: numeric }, true),
  }),
  status: structOf({ phase: string }),
});
const kind = { group: 'example.com', version: 'v1', kind: 'Widget' };
const minute = 60_000;

const manager = (options: Partial<FieldManagerOptions> = {}): FieldManager =>
  fieldManager({ kind, type: (version) => (version === 'example.com/v1' ? widget : undefined), ...options });
const object = (spec?: unknown, rest: object = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'a' },
  ...(spec ? { spec } : {}),
  ...rest,
});

/** Objects are frozen on their way, so that a write to one fails. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** A live object and those who write to it, a minute apart. */
class Scene {
  live: KubeObject | undefined;
  #nowMs = Date.parse('2026-01-01T00:00:00Z');
  constructor(readonly fields: FieldManager = manager()) {}

  update(name: string, next: KubeObject): this {
    this.live = this.#stored(this.fields.tryUpdate(frozen(this.live), frozen(next), name, (this.#nowMs += minute)) as KubeObject);
    return this;
  }
  apply(name: string, spec?: unknown, force = false, rest?: object): this {
    this.live = this.#stored(this.fields.apply(frozen(this.live), frozen(object(spec, rest)), name, { force, nowMs: (this.#nowMs += minute) }) as KubeObject);
    return this;
  }
  refused(name: string, spec?: unknown, rest?: object): StatusError {
    try {
      this.apply(name, spec, false, rest);
    } catch (error) {
      return error as StatusError;
    }
    throw new Error('was not refused');
  }
  #stored(written: KubeObject): KubeObject {
    const live = JSON.parse(JSON.stringify(written)) as KubeObject;
    live.metadata.uid = 'u';
    return live;
  }
  get entries(): ManagedFieldsEntry[] {
    return this.live?.metadata.managedFields ?? [];
  }
  /** What a manager owns, as fieldsV1. */
  owned(name: string): unknown {
    return this.entries.find((entry) => entry.manager === name)?.fieldsV1;
  }
}

describe('a create', () => {
  it('makes its writer the owner of all there is, but not of what the system writes', () => {
    const { entries } = new Scene().update('kubectl', object({ size: 1 }, { metadata: { name: 'a', generation: 1, uid: 'x', labels: { a: '1' } } }));
    expect(entries).toEqual([
      {
        manager: 'kubectl',
        operation: 'Update',
        apiVersion: 'example.com/v1',
        time: '2026-01-01T00:01:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } }, 'f:spec': { '.': {}, 'f:size': {} } },
      },
    ]);
  });

  it('starts from the empty object: what that has is nobody’s', () => {
    const fields = manager({ empty: () => ({ ...object({}), status: {} }) });
    expect(new Scene(fields).update('k', object({ size: 1 }, { status: {} })).owned('k')).toEqual({ 'f:spec': { 'f:size': {} } });
  });

  it('by a nameless client is that of "unknown"', () => expect(new Scene().update('', object({ size: 1 })).entries[0]?.manager).toBe('unknown'));
});

describe('an update', () => {
  it('takes what it changes from whoever owned it, and leaves the rest', () => {
    const scene = new Scene().update('a', object({ size: 1, note: 'x' })).update('b', object({ size: 2, note: 'x' }));
    expect(scene.owned('a')).toEqual({ 'f:spec': { '.': {}, 'f:note': {} } });
    expect(scene.owned('b')).toEqual({ 'f:spec': { 'f:size': {} } });
  });

  it('that changes nothing leaves everything as it was, times too', () => {
    const scene = new Scene().update('a', object({ size: 1 }));
    const before = scene.entries;
    expect(scene.update('b', object({ size: 1 })).entries).toEqual(before);
  });

  it('of a field that its writer owns brings the entry’s time up to date', () => {
    const scene = new Scene().update('a', object({ size: 1, note: 'x' })).update('a', object({ size: 2, note: 'x' }));
    expect(scene.entries.map(({ time }) => time)).toEqual(['2026-01-01T00:02:00Z']);
    expect(scene.owned('a')).toEqual({ 'f:spec': { '.': {}, 'f:note': {}, 'f:size': {} } });
  });

  it('that removes the last field of a manager removes the manager', () =>
    expect(
      new Scene()
        .apply('a', { size: 1 })
        .update('b', object({ size: 2 }))
        .entries.map((entry) => entry.manager),
    ).toEqual(['b']));

  it.each([[[]], [[{}]]])('with managedFields %j starts over', (managedFields) => {
    const scene = new Scene().update('a', object({ size: 1 }));
    expect(scene.update('b', object({ size: 2 }, { metadata: { name: 'a', managedFields } })).live?.metadata).not.toHaveProperty('managedFields');
  });

  it('may change managedFields', () => {
    const scene = new Scene().update('a', object({ size: 1 }));
    const managedFields = [{ ...scene.entries[0], manager: 'renamed' }];
    expect(scene.update('b', object({ size: 1 }, { metadata: { name: 'a', managedFields } })).entries).toEqual(managedFields);
  });

  it('with managedFields that make no sense is as one without', () => {
    const scene = new Scene().update('a', object({ size: 1 }));
    const before = scene.entries;
    expect(scene.update('b', object({ size: 1 }, { metadata: { name: 'a', managedFields: [{ manager: 'x', operation: 'Conquer' }] } })).entries).toEqual(
      before,
    );
  });

  it('of an object that nobody had kept account of keeps none', () => {
    const scene = new Scene();
    scene.live = object({ size: 1 }, { metadata: { name: 'a', uid: 'u' } });
    expect(scene.update('b', object({ size: 2 })).live?.metadata).not.toHaveProperty('managedFields');
  });

  it('keeps ten updaters and merges the oldest into one', () => {
    const scene = new Scene();
    const labels: Record<string, string> = {};
    for (let at = 0; at < 12; at++) scene.update(`m${at}`, object({ size: 1, labels: { ...Object.assign(labels, { [`l${at}`]: 'x' }) } }));
    expect(scene.entries.map((entry) => entry.manager)).toEqual(['ancient-changes', ...Array.from({ length: 9 }, (_, at) => `m${at + 3}`)]);
    expect(scene.owned('ancient-changes')).toEqual({ 'f:spec': { '.': {}, 'f:labels': { '.': {}, 'f:l0': {}, 'f:l1': {}, 'f:l2': {} }, 'f:size': {} } });
  });

  it('that does not fit the type fails, or leaves the account as it was and says why', () => {
    const scene = new Scene().update('a', object({ size: 1 }));
    const message = 'failed to convert new object (/a; example.com/v1, Kind=Widget) to smd typed: .spec.size: expected numeric (int or float), got string';
    expect(() => scene.update('b', object({ size: 'x' }))).toThrow(message);
    const errors: unknown[] = [];
    const kept = manager({ onError: (error) => errors.push(error) }).update(scene.live, object({ size: 'x' }), 'b', 0) as KubeObject;
    expect(kept.metadata.managedFields).toEqual(scene.entries);
    expect(errors).toEqual([expect.objectContaining({ message })]);
  });
});

describe('an apply', () => {
  it('owns what the configuration says, in a list with keys item by item', () => {
    const scene = new Scene().apply('a', { size: 1, ports: [{ port: 80 }], tags: ['x'], atoms: ['y'], color: { r: 1 } });
    expect(scene.owned('a')).toEqual({
      'f:spec': {
        'f:atoms': {},
        'f:color': {},
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
        'f:size': {},
        'f:tags': { 'v:"x"': {} },
      },
    });
  });

  it('is idempotent', () => {
    const scene = new Scene().apply('a', { size: 1, tags: ['x'] });
    const { live } = scene;
    expect(scene.apply('a', { size: 1, tags: ['x'] }).live).toEqual(live);
  });

  it('merges sets and lists with keys, and replaces what is atomic', () => {
    const scene = new Scene()
      .apply('a', { tags: ['x'], ports: [{ port: 80, name: 'p' }], color: { r: 1 } })
      .apply('b', { tags: ['y'], ports: [{ port: 81 }], color: { g: 1 } }, true);
    expect(scene.live?.spec).toEqual({ tags: ['x', 'y'], ports: [{ port: 80, name: 'p' }, { port: 81 }], color: { g: 1 } });
  });

  it('removes what it no longer says, unless another owns it too', () => {
    const scene = new Scene()
      .apply('a', { size: 1, note: 'n', tags: ['x', 'y'] })
      .apply('b', { note: 'n', tags: ['y'] })
      .apply('a', { size: 1 });
    expect(scene.live?.spec).toEqual({ size: 1, note: 'n', tags: ['y'] });
    expect(scene.owned('a')).toEqual({ 'f:spec': { 'f:size': {} } });
  });

  it('does not remove what others have added beside it', () => {
    const scene = new Scene().apply('a', { labels: { x: '1' } }).update('b', object({ labels: { x: '1', y: '2' } }));
    expect(scene.apply('a', {}).live?.spec).toEqual({ labels: { y: '2' } });
  });

  it('removes an item that it no longer says with all that others have put into it, unless they own the item', () => {
    const scene = new Scene().apply('a', { ports: [{ port: 80 }, { port: 81 }] }).apply('b', { ports: [{ port: 81 }] });
    scene.update(
      'c',
      object({
        ports: [
          { port: 80, name: 'x' },
          { port: 81, name: 'y' },
        ],
      }),
    );
    expect(scene.apply('a', {}).live?.spec).toEqual({ ports: [{ port: 81, name: 'y' }] });
  });

  it('that would change what another applies is refused, with the field', () => {
    const { status } = new Scene().apply('a', { size: 1 }).refused('b', { size: 2 });
    expect(status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "a": .spec.size',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.size' }] },
    });
  });

  it('tells all conflicts by manager, and of updates their version', () => {
    const scene = new Scene().update('z', object({ size: 1, note: 'n', ports: [{ port: 80, name: 'p' }] })).apply('y', { atoms: ['a'] });
    expect(scene.refused('b', { size: 2, ports: [{ port: 80, name: 'q' }], atoms: [] }).message).toBe(
      'Apply failed with 3 conflicts: conflicts with "y":\n- .spec.atoms\nconflicts with "z" using example.com/v1:\n- .spec.size\n- .spec.ports[port=80,protocol="TCP"].name',
    );
  });

  it('is not refused over what others own and it does not change', () =>
    expect(
      new Scene()
        .apply('a', { size: 1 })
        .apply('b', { size: 1 })
        .entries.map((entry) => entry.manager),
    ).toEqual(['b', 'a']));

  it('that changes only who owns what changes no time', () =>
    expect(
      new Scene()
        .apply('a', { size: 1 })
        .apply('b', { size: 1 })
        .entries.map((entry) => entry.time),
    ).toEqual([undefined, '2026-01-01T00:01:00Z']));

  it('by force takes what it changes', () => {
    const scene = new Scene().apply('a', { size: 1, note: 'n' }).apply('b', { size: 2 }, true);
    expect([scene.owned('a'), scene.owned('b')]).toEqual([{ 'f:spec': { 'f:note': {} } }, { 'f:spec': { 'f:size': {} } }]);
  });

  it('to an object without account leaves what is there to "before-first-apply"', () => {
    const scene = new Scene();
    scene.live = object({ size: 1, note: 'n' }, { metadata: { name: 'a', uid: 'u' } });
    expect(scene.apply('a', { size: 1 }).owned('before-first-apply')).toEqual({ 'f:spec': { '.': {}, 'f:note': {}, 'f:size': {} } });
  });

  it.each([
    ['another kind', { kind: 'Gadget' }, 400, 'invalid object type: example.com/v1, Kind=Gadget'],
    ['no kind', { apiVersion: undefined, kind: undefined }, 400, 'invalid object type: /, Kind='],
    ['managedFields', { metadata: { name: 'a', managedFields: [] } }, 400, 'metadata.managedFields must be nil'],
    ['unknown fields', { nope: 1 }, 500, 'failed to create typed patch object (/a; example.com/v1, Kind=Widget): .nope: field not declared in schema'],
    [
      'an item twice',
      { spec: { tags: ['x', 'x'] } },
      500,
      'failed to create typed patch object (/a; example.com/v1, Kind=Widget): .spec.tags: duplicate entries for key [="x"]',
    ],
  ])('with %s is refused', (_, rest, code, message) => expect(new Scene().refused('a', undefined, rest).status).toMatchObject({ code, message }));
});

describe('a subresource', () => {
  const filters = (name: string) => ({ 'example.com/v1': excluding(FieldSet.of([name])) });
  const status = manager({ subresource: 'status', resetFields: { 'example.com/v1': excluding(FieldSet.of(['metadata'], ['spec'])) } });

  it('keeps entries of its own, and owns nothing of what it cannot write', () => {
    const main = new Scene(manager({ resetFields: filters('status') })).update('a', object({ size: 1 }, { status: { phase: 'x' } }));
    expect(main.owned('a')).toEqual({ 'f:spec': { '.': {}, 'f:size': {} } });
    const sub = new Scene(status);
    sub.live = main.live;
    sub.update('a', object({ size: 2 }, { status: { phase: 'y' } }));
    expect(sub.entries[1]).toMatchObject({ manager: 'a', subresource: 'status', fieldsV1: { 'f:status': { 'f:phase': {} } } });
  });

  it('is named in conflicts', () => {
    const scene = new Scene(status).update('a', object(undefined, { status: { phase: 'x' } }));
    const other = new Scene(manager());
    other.live = scene.live;
    expect(other.refused('b', undefined, { status: { phase: 'y' } }).message).toBe(
      'Apply failed with 1 conflict: conflict with "a" with subresource "status" using example.com/v1: .status.phase',
    );
  });

  it('does not let managedFields be changed', () => {
    const scene = new Scene(status).update('a', object(undefined, { status: { phase: 'x' } }));
    const before = scene.entries;
    expect(scene.update('b', object(undefined, { status: { phase: 'x' }, metadata: { name: 'a', managedFields: [] } })).entries).toEqual(before);
  });
});

describe('from client-side to server-side apply', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const applied = (spec: unknown) => ({ metadata: { name: 'a', annotations: { [annotation]: JSON.stringify(object(spec)) } } });
  const scene = (): Scene => new Scene().update('kubectl-client-side-apply', object({ size: 1, note: 'n' }, applied({ size: 1 })));

  it('kubectl takes over what it has applied, and keeps the annotation up to date', () => {
    const { live } = scene().apply('kubectl', { size: 2 });
    expect(live?.spec).toEqual({ size: 2, note: 'n' });
    expect(live?.metadata.annotations?.[annotation]).toBe('{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"size":2}}\n');
  });

  it('kubectl is told of conflicts over the rest', () =>
    expect(scene().refused('kubectl', { size: 2, note: 'm' }).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using example.com/v1: .spec.note',
    ));

  it('others are told of all', () => expect(scene().refused('other', { size: 2 }).message).toMatch(/^Apply failed with 1 conflict/));
});

describe('managers in other versions', () => {
  const v2 = { ...kind, version: 'v2' };
  const widgetV2: MergeType = structOf({ apiVersion: string, kind: string, metadata: objectMeta, spec: structOf({ length: numeric, note: string }) });
  const convert = (from: KubeObject, apiVersion: string): KubeObject => {
    const { size, length = size, ...spec } = (from.spec ?? {}) as Record<string, unknown>;
    const renamed = length === undefined ? {} : apiVersion.endsWith('/v2') ? { length } : { size: length };
    return { ...from, apiVersion, spec: { ...spec, ...renamed } };
  };
  const type = (version: string) => ({ 'example.com/v1': widget, 'example.com/v2': widgetV2 })[version];
  const first = new Scene(manager({ type, convert })).apply('a', { size: 1, note: 'n' });
  const inV2 = (spec: object): KubeObject => ({ ...object(spec), apiVersion: 'example.com/v2' });
  const live = convert(first.live!, 'example.com/v2');

  it('are compared in theirs', () => {
    const fields = manager({ kind: v2, type, convert });
    expect(() => fields.apply(live, inV2({ length: 2 }), 'b', { nowMs: 0 })).toThrow('Apply failed with 1 conflict: conflict with "a": .spec.size');
    const moved = fields.apply(live, inV2({ length: 3 }), 'a', { nowMs: 0 }) as KubeObject;
    expect(moved.spec).toEqual({ length: 3 });
    expect(moved.metadata.managedFields).toMatchObject([{ manager: 'a', apiVersion: 'example.com/v2', fieldsV1: { 'f:spec': { 'f:length': {} } } }]);
  });

  it('are waited for where conversion takes its time', async () => {
    const fields = manager({ kind: v2, type, convert: async (from, version) => convert(from, version) });
    const updated = await fields.tryUpdate(live, inV2({ length: 2, note: 'n' }), 'b', 0);
    expect(updated.metadata.managedFields?.map((entry) => entry.fieldsV1)).toEqual([{ 'f:spec': { 'f:note': {} } }, { 'f:spec': { 'f:length': {} } }]);
  });

  it('that cannot be converted fail the write, or leave the account as it was', async () => {
    const fields = manager({ kind: v2, type, convert: async () => Promise.reject(new Error('no webhook')) });
    await expect(fields.apply(live, inV2({ length: 2 }), 'b', { nowMs: 0 })).rejects.toMatchObject({ message: 'no webhook', code: 500 });
    expect((await fields.update(live, inV2({ length: 2 }), 'b', 0)).metadata.managedFields).toEqual(live.metadata.managedFields);
  });

  it('are forgotten when there is no such version any more', () => {
    const fields = manager({ kind: v2, type: (version) => (version === 'example.com/v2' ? widgetV2 : undefined) });
    expect((fields.update(live, inV2({ length: 2, note: 'n' }), 'b', 0) as KubeObject).metadata.managedFields?.map((entry) => entry.manager)).toEqual(['b']);
  });
});

describe('a schema that has changed', () => {
  it('gives who owned a part of what is now atomic the whole', () => {
    const before = new Scene(manager({ type: () => structOf({ ...plain, spec: structOf({ color: structOf({ r: numeric }) }) }) })).apply('a', {
      color: { r: 1 },
    });
    const after = new Scene(manager({ type: () => structOf({ ...plain, spec: structOf({ color: structOf({ r: numeric }, true) }) }) }));
    after.live = before.live;
    expect(after.update('b', object({ color: { r: 1 } })).owned('a')).toEqual({ 'f:spec': { 'f:color': {} } });
  });
  const plain = { apiVersion: string, kind: string, metadata: objectMeta };
});

describe('without a schema', () => {
  it('maps are merged and lists are atomic', () => {
    const scene = new Scene(manager({ type: () => deduced })).apply('a', { m: { x: 1 }, l: [1] }).apply('b', { m: { y: 2 } });
    expect(scene.live?.spec).toEqual({ m: { x: 1, y: 2 }, l: [1] });
    expect(scene.refused('b', { l: [2] }).message).toBe('Apply failed with 1 conflict: conflict with "a": .spec.l');
  });
});
