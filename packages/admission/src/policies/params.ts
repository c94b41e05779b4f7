/** The parameters of a policy, as its binding names them (k8s.io/apiserver/pkg/admission/plugin/policy/generic). */
import { type KubeObject, labelSelectorFrom, parseApiVersion } from '@apiserver-kit/machinery';
import type { ParamKind, ParamRef } from './policy.js';

/** Reads objects of any kind. */
export interface ParamReader {
  /** Whether objects of the kind are in namespaces; undefined: there is no such kind. */
  isNamespaced(kind: ParamKind): boolean | undefined;
  get(kind: ParamKind, namespace: string, name: string): KubeObject | undefined | Promise<KubeObject | undefined>;
  /** @param namespace empty for objects that are in none. */
  list(kind: ParamKind, namespace: string): readonly KubeObject[] | Promise<readonly KubeObject[]>;
}

/** Knows no kind: policies with parameters fail. */
export const noParams: ParamReader = { isNamespaced: () => undefined, get: () => undefined, list: () => [] };

const kindText = ({ apiVersion, kind }: ParamKind): string => {
  const { group, version } = parseApiVersion(apiVersion) ?? { group: '', version: apiVersion };
  return `${group}/${version}, Kind=${kind}`;
};

/** Why the kind of parameters cannot be used; undefined where it can. */
export function paramKindError(kind: ParamKind | undefined, reader: ParamReader): string | undefined {
  if (!kind || reader.isNamespaced(kind) !== undefined) return undefined;
  return `failed to find resource referenced by paramKind: '${kindText(kind)}'`;
}

function namespaceOf(isNamespaced: boolean, { namespace = '' }: ParamRef, requestNamespace: string): string {
  if (!isNamespaced) {
    if (namespace !== '') throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    return '';
  }
  if (namespace === '' && requestNamespace === '') throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  return namespace || requestNamespace;
}

async function found(kind: ParamKind, reference: ParamRef, namespace: string, reader: ParamReader): Promise<readonly KubeObject[]> {
  if (reference.name) {
    const one = await reader.get(kind, namespace, reference.name);
    return one ? [one] : [];
  }
  const selector = labelSelectorFrom(reference.selector ?? {});
  return (await reader.list(kind, namespace)).filter(({ metadata }) => selector.matches(metadata.labels));
}

/**
 * The parameters to evaluate a policy with, once each. A policy without parameters is evaluated once, with none.
 * @throws Error where the binding is wrong, or finds none and demands some.
 */
export async function collectParams(
  kind: ParamKind | undefined,
  reference: ParamRef | undefined,
  requestNamespace: string,
  reader: ParamReader,
): Promise<readonly (KubeObject | undefined)[]> {
  if (!kind || !reference) return [undefined];
  const namespace = namespaceOf(reader.isNamespaced(kind)!, reference, requestNamespace);
  const params = await found(kind, reference, namespace, reader);
  if (params.length === 0 && reference.parameterNotFoundAction === 'Deny')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  return params;
}
