import { deduced, fieldManager } from '@apiserver-kit/apply';
import { builtinMergeType } from '@apiserver-kit/builtin/kinds';
import { apiVersionOf } from '@apiserver-kit/machinery';

function kindOf(text) {
  const [apiVersion, kind] = text.split(' ');
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { group, version, kind };
}

function withoutTimes(object) {
  const { managedFields, ...metadata } = object.metadata ?? {};
  if (managedFields) metadata.managedFields = managedFields.map(({ time: _, ...entry }) => entry);
  return { ...object, ...(object.metadata || managedFields ? { metadata } : {}) };
}

export default ({ gvk, types, operations }) => {
  const kind = kindOf(gvk);
  const apiVersion = apiVersionOf(kind);
  const typeMeta = { apiVersion, kind: kind.kind };
  const type = types === 'deduced' ? deduced : builtinMergeType(kind);
  const empty = () => ({ ...typeMeta });
  const manager = fieldManager({ kind, type: (version) => (version === apiVersion ? type : undefined), empty });

  // Entries are sorted by time; all of a recording was made within a second.
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  let live = empty();
  return operations.map(({ op, manager: name, object, force }) => {
    const given = { ...typeMeta, ...object, metadata: { name: 'x', ...object.metadata } };
    try {
      live = op === 'apply' ? manager.apply(live, given, name, { force, nowMs }) : manager.tryUpdate(live, given, name, nowMs);
      return { live: withoutTimes(live) };
    } catch (error) {
      return { live: withoutTimes(live), error: error.message };
    }
  });
};
