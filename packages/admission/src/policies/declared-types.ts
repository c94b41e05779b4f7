/** The types of what expressions of admission may name (k8s.io/apiserver/pkg/admission/plugin/cel/compile.go). */
import { celTypes, type Type, type TypeProvider } from '@apiserver-kit/cel';

const { bool, dyn, int, listOf, mapOf, string, struct, timestamp } = celTypes;
const texts = listOf(string);

const groupVersionKind = { group: string, version: string, kind: string };
const groupVersionResource = { group: string, version: string, resource: string };

type Fields = Readonly<Record<string, Type>>;

/** The uid is of no use here, and the objects are variables of their own. */
const structs: Readonly<Record<string, Fields>> = {
  'kubernetes.GroupVersionKind': groupVersionKind,
  'kubernetes.GroupVersionResource': groupVersionResource,
  'kubernetes.UserInfo': { username: string, uid: string, groups: texts, extra: mapOf(string, texts) },
  'kubernetes.AdmissionRequest': {
    kind: struct('kubernetes.GroupVersionKind'),
    resource: struct('kubernetes.GroupVersionResource'),
    subResource: string,
    requestKind: struct('kubernetes.GroupVersionKind'),
    requestResource: struct('kubernetes.GroupVersionResource'),
    requestSubResource: string,
    name: string,
    namespace: string,
    operation: string,
    userInfo: struct('kubernetes.UserInfo'),
    dryRun: bool,
    options: dyn,
  },
  'kubernetes.NamespaceSpec': { finalizers: texts },
  'kubernetes.NamespaceCondition': { status: string, type: string, lastTransitionTime: timestamp, message: string, reason: string },
  'kubernetes.NamespaceStatus': { conditions: listOf(struct('kubernetes.NamespaceCondition')), phase: string },
  'kubernetes.NamespaceMetadata': {
    name: string,
    generateName: string,
    namespace: string,
    labels: mapOf(string, string),
    annotations: mapOf(string, string),
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: texts,
  },
  'kubernetes.Namespace': {
    metadata: struct('kubernetes.NamespaceMetadata'),
    spec: struct('kubernetes.NamespaceSpec'),
    status: struct('kubernetes.NamespaceStatus'),
  },
};

export const requestType = struct('kubernetes.AdmissionRequest');
export const namespaceType = struct('kubernetes.Namespace');
export const variablesType = struct('kubernetes.variables');

/**
 * The types of admission.
 * @param variables the types of the variables of a policy so far. It may grow.
 */
export function admissionTypes(variables: ReadonlyMap<string, Type> | undefined, patches?: TypeProvider): TypeProvider {
  return {
    findStruct: (name) => {
      if (name === variablesType.name) return variables && variablesType;
      return Object.hasOwn(structs, name) ? struct(name) : patches?.findStruct(name);
    },
    findField(name, field) {
      if (name === variablesType.name) return variables?.get(field);
      const fields = Object.hasOwn(structs, name) ? structs[name]! : undefined;
      if (!fields) return patches?.findField(name, field);
      return Object.hasOwn(fields, field) ? fields[field] : undefined;
    },
    ...(patches?.newStruct && { newStruct: patches.newStruct }),
  };
}

/** The type of a variable, as others see it: what is no simple type, list or map may be anything. */
export function variableTypeOf(type: Type | undefined): Type {
  if (!type) return dyn;
  if (type.kind === 'list') return listOf(variableTypeOf(type.params[0]));
  if (type.kind === 'map') return mapOf(variableTypeOf(type.params[0]), variableTypeOf(type.params[1]));
  return simple.has(type.kind) ? type : dyn;
}

const simple = new Set(['any', 'bool', 'bytes', 'double', 'duration', 'int', 'null', 'string', 'timestamp', 'uint']);
