/** The versions of what is written, for those who ask for another than the request's (k8s.io/apiserver/pkg/admission/conversion.go). */
import { apiVersionOf, type GroupVersionKind, type GroupVersionResource, internalError, type KubeObject } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';

/** What admission has to know of resources, and cannot know itself. */
export interface ObjectInterfaces {
  /** All group-versions in which the same objects are served, the given one among them. */
  equivalentResources(resource: GroupVersionResource, subresource: string): readonly GroupVersionResource[];
  kindOf(resource: GroupVersionResource, subresource: string): GroupVersionKind | undefined;
  /** The object in another version: another object. @throws Error where there is no way. */
  convert(object: KubeObject, to: GroupVersionKind): KubeObject | Promise<KubeObject>;
  /** What has been made of an object outside: made to fit its kind again, with its defaults. @throws Error where it does not fit. */
  complete(object: KubeObject, kind: GroupVersionKind): KubeObject | Promise<KubeObject>;
  /**
   * What a configuration makes of an object when it is applied by the schema of the kind. Default: without a schema; lists are replaced.
   * @throws Error where the configuration does not fit, or holds lists, maps or structs that cannot be merged.
   */
  apply?(object: KubeObject, configuration: KubeObject, kind: GroupVersionKind): KubeObject | Promise<KubeObject>;
}

/** Every resource in one version only, and nothing to complete. */
export const singleVersions: ObjectInterfaces = {
  equivalentResources: (resource) => [resource],
  kindOf: () => undefined,
  convert(_object, { kind }) {
    throw new Error(`${kind} is not served in another version`);
  },
  complete: (object) => object,
};

const isOf = ({ apiVersion, kind }: KubeObject, gvk: GroupVersionKind): boolean => kind === gvk.kind && apiVersion === apiVersionOf(gvk);

/** The two objects of a request in one version. */
export interface Versioned {
  readonly kind: GroupVersionKind;
  object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

async function converted(object: KubeObject | undefined, kind: GroupVersionKind, { convert }: ObjectInterfaces): Promise<KubeObject | undefined> {
  if (object === undefined || isOf(object, kind)) return object;
  try {
    return await convert(object, kind);
  } catch (error) {
    throw internalError((error as Error).message, { cause: error });
  }
}

/**
 * The objects of a request as a kind; at once where they are of it.
 * @throws StatusError InternalError when they cannot be converted.
 */
export function versionedAs(attributes: Attributes, kind: GroupVersionKind, interfaces: ObjectInterfaces): Versioned | Promise<Versioned> {
  const { object, oldObject } = attributes;
  if ((object === undefined || isOf(object, kind)) && (oldObject === undefined || isOf(oldObject, kind))) return { kind, object, oldObject };
  return Promise.all([converted(object, kind, interfaces), converted(oldObject, kind, interfaces)]).then(([object, oldObject]) => ({
    kind,
    object,
    oldObject,
  }));
}

/** An object back in the version of its request. */
export const inRequestVersion = (object: KubeObject, { kind }: Attributes, interfaces: ObjectInterfaces): KubeObject | Promise<KubeObject> =>
  isOf(object, kind) ? object : (converted(object, kind, interfaces) as Promise<KubeObject>);
