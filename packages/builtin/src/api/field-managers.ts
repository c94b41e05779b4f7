/** Who owns which field of the built-in kinds, and what writes through their doors leave as it is (pkg/registry/GROUP/KIND/strategy.go: GetResetFields). */
import { excluding, type FieldManager, fieldManager, type FieldManagerOptions, FieldSet, including, memberElement } from '@apiserver-kit/apply';
import { apiVersionOf, cloneJson, type GroupVersionKind, type JsonObject, type KubeObject, parseApiVersion } from '@apiserver-kit/machinery';
import { defaultBuiltin } from '../defaults/default-builtin.js';
import type { BuiltinResource, BuiltinSubresource } from '../resources.js';
import { decodeBuiltin } from '../types/decode.js';
import { inVersion, storedForms } from '../types/kind-versions.js';
import { builtinMergeType } from '../types/merge-type.js';
import { typeOf } from '../types/type-data.js';
import { tokenRequestKind } from './subresources/token.js';

/** What writes of the status leave as it is, where that is more than the spec. */
const statusKeeps: Readonly<Record<string, readonly (readonly string[])[]>> = {
  CertificateSigningRequest: [['status', 'conditions']],
  Deployment: [['metadata', 'labels']],
  Pod: [
    ['metadata', 'deletionTimestamp'],
    ['metadata', 'ownerReferences'],
  ],
};

/** Makes the field managers of a resource: without a name, its own; with one, that of a subresource. */
export function fieldManagers(row: BuiltinResource): (subresource?: BuiltinSubresource['name']) => FieldManager {
  const { group, version, kind } = row;
  const apiVersion = apiVersionOf(row);
  const type = typeOf(row)!;
  const common: FieldManagerOptions = {
    kind: { group, version, kind },
    type(asked) {
      const gv = parseApiVersion(asked);
      return gv && builtinMergeType({ ...gv, kind });
    },
    empty: () => decodeBuiltin(type, { apiVersion, kind }).object as unknown as KubeObject,
    complete(merged) {
      const object = cloneJson(merged);
      defaultBuiltin(row, object as unknown as JsonObject);
      return object;
    },
    // An object may have been written through another version.
    ...(storedForms[kind] && {
      convert: (object: KubeObject, asked: string) => inVersion(kind, object as unknown as JsonObject, asked) as unknown as KubeObject,
    }),
  };
  return (subresource) => {
    switch (subresource) {
      case undefined:
        if (kind === 'CertificateSigningRequest')
          return fieldManager({ ...common, resetFields: { [apiVersion]: excluding(FieldSet.of(['spec'], ['status'])) } });
        return fieldManager(row.statusOnCreate === 'none' ? common : { ...common, resetFields: { [apiVersion]: excluding(FieldSet.of(['status'])) } });
      case 'status':
        return fieldManager({ ...common, subresource, resetFields: { [apiVersion]: excluding(FieldSet.of(['spec'], ...(statusKeeps[kind] ?? []))) } });
      case 'scale': {
        const replicas = row.scale!.specReplicas.split('.').map(memberElement);
        return fieldManager({ ...common, subresource, resetFields: { [apiVersion]: including(replicas) } });
      }
      case 'approval':
        return fieldManager({ ...common, subresource, resetFields: { [apiVersion]: excluding(FieldSet.of(['spec'], ['status', 'certificate'])) } });
      case 'token':
        return actionFieldManager(tokenRequestKind, subresource);
      default:
        return fieldManager({ ...common, subresource });
    }
  };
}

/** Keeps account of what is sent to a subresource as a kind of its own, and not stored. */
function actionFieldManager(kind: GroupVersionKind, subresource: string): FieldManager {
  const apiVersion = apiVersionOf(kind);
  return fieldManager({
    kind,
    subresource,
    type: (asked) => (asked === apiVersion ? builtinMergeType(kind) : undefined),
    empty: () => decodeBuiltin(typeOf(kind)!, { apiVersion, kind: kind.kind, metadata: {} }).object as unknown as KubeObject,
    complete: (merged) => merged,
  });
}
