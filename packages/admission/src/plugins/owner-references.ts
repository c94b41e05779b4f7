/** OwnerReferencesPermissionEnforcement: whoever may not delete an object may not have it deleted with another (plugin/pkg/admission/gc). */
import { jsonEqual, type GroupVersionResource, type OwnerReference, parseApiVersion } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../admission.js';
import { forbid } from './forbid.js';

/** What is asked of an authorizer. */
export interface AccessQuestion extends GroupVersionResource {
  readonly verb: string;
  readonly namespace: string;
  readonly subresource: string;
  readonly name: string;
}

/** An answer: whether it is allowed, and why (not). */
export interface AccessAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

/** May the user of a request do this? */
export type MayUser = (user: Attributes['user'], question: AccessQuestion) => AccessAnswer | Promise<AccessAnswer>;

export interface OwnerReferencesOptions {
  readonly mayUser: MayUser;
  /** The resources of a kind. Empty: it is not known. */
  readonly resourcesOf: (kind: {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }) => readonly (GroupVersionResource & { readonly namespaced: boolean })[];
}

const none: readonly OwnerReference[] = [];
const shown = ({ reason, error }: AccessAnswer): string => `${reason}, ${error ?? '<nil>'}`;

/** References that hold up the deletion of their owner, and did not before. */
function newBlockingReferences(owners: readonly OwnerReference[], before: readonly OwnerReference[]): readonly OwnerReference[] {
  const wasBlocking = new Set(before.filter(({ blockOwnerDeletion }) => blockOwnerDeletion).map(({ uid }) => uid));
  return owners.filter(({ uid, blockOwnerDeletion }) => blockOwnerDeletion && !wasBlocking.has(uid));
}

const finalizeAnything: AccessQuestion = { verb: 'update', namespace: '', group: '*', version: '*', resource: '*', subresource: 'finalizers', name: '*' };

/** Refuses references to owners that the user has no power over. */
export function ownerReferencesPermissionEnforcement({ mayUser, resourcesOf }: OwnerReferencesOptions): AdmissionPlugin {
  const checkDelete = async (attributes: Attributes): Promise<void> => {
    const { user, namespace, resource, subresource, name } = attributes;
    const answer = await mayUser(user, { verb: 'delete', namespace, ...resource, subresource, name });
    if (!answer.allowed) throw forbid(attributes, `cannot set an ownerRef on a resource you can't delete: ${shown(answer)}`);
  };
  const checkOwner = async (owner: OwnerReference, attributes: Attributes): Promise<void> => {
    const groupVersion = parseApiVersion(owner.apiVersion);
    const resources = groupVersion ? resourcesOf({ ...groupVersion, kind: owner.kind }) : [];
    if (resources.length === 0) {
      const why = `no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`;
      throw forbid(
        attributes,
        `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${owner.apiVersion} Kind ${owner.kind}: ${why}`,
      );
    }
    for (const { group, version, resource, namespaced } of resources) {
      const namespace = namespaced ? attributes.namespace : '';
      const answer = await mayUser(attributes.user, { verb: 'update', namespace, group, version, resource, subresource: 'finalizers', name: owner.name });
      if (!answer.allowed)
        throw forbid(attributes, `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${shown(answer)}`);
    }
  };
  const check = async (attributes: Attributes, blocking: readonly OwnerReference[]): Promise<void> => {
    if (attributes.operation !== 'CREATE') await checkDelete(attributes);
    if (blocking.length === 0 || (await mayUser(attributes.user, finalizeAnything)).allowed) return;
    for (const owner of blocking) await checkOwner(owner, attributes);
  };
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(attributes) {
      const { resource, subresource, object, oldObject } = attributes;
      // A kubelet's status takes no owners over.
      if (resource.group === '' && resource.resource === 'pods' && subresource === 'status') return;
      const [owners, before] = [object?.metadata?.ownerReferences ?? none, oldObject?.metadata?.ownerReferences ?? none];
      if (jsonEqual(owners, before)) return;
      return check(attributes, newBlockingReferences(owners, before));
    },
  };
}
