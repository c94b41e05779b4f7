/** What the handlers have to know of one version of one resource. Data and small functions; the verbs are written once, for all of them. */
import type { FieldManager } from '@apiserver-kit/apply';
import type { FieldError, GroupVersionKind, KubeObject } from '@apiserver-kit/machinery';
import type { ApiResponse, RequestContext, UserInfo } from '@apiserver-kit/pipeline';
import type { MaybePromise } from '@apiserver-kit/storage';
import type { Entry } from '@apiserver-kit/watch-cache';
import type { ResourceStore } from './store/resource-store.js';
import type { Cell, TableColumn } from './table/table.js';
import type { DeleteOptions, GivenDeleteOptions } from './verbs/write-options.js';

/** What discovery says of a resource. */
export interface ResourceDescription {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: what stands in paths. */
  readonly resource: string;
  readonly kind: string;
  readonly listKind: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** As discovery lists them, sorted. A verb that is not here is answered with 405. */
  readonly verbs: readonly string[];
  readonly storageVersionHash?: string;
  /**
   * How the reference's two families differ in what is not about the resource itself: routing of odd paths, printed lists, texts of conflicts.
   * `builtin` are those its generic registry serves by installed routes; `custom` those of CustomResourceDefinitions.
   */
  readonly family: 'builtin' | 'custom';
}

/** One version of a resource whose objects are stored. */
export interface StoredResource extends ResourceDescription {
  /** Shared by all versions of the resource. */
  readonly store: ResourceStore;
  readonly codec: ObjectCodec;
  readonly strategy: Strategy;
  /** By name: `status`, `scale`, … */
  readonly subresources: Readonly<Record<string, Subresource>>;
  readonly table: TableDefinition;
  /** Keeps account of who owns which field. Undefined: nobody does, managedFields are dropped, and apply patches are refused with 415. */
  readonly fieldManager?: FieldManager;
  /** Said in a `Warning` header with each answer: that clients should go on to another version. */
  readonly deprecationWarning?: string | undefined;
  /** Applies a strategic merge patch: a new object. Undefined: such patches are refused with 415. @throws StatusError BadRequest. */
  strategicMergePatch?(original: KubeObject, patch: Record<string, unknown>): KubeObject;
  /**
   * Turns the label of a field selector into the selectable field it stands for; `metadata.name` and `metadata.namespace` are seen to by rest.
   * @throws StatusError BadRequest for a label that cannot be selected by.
   */
  fieldLabel(label: string): string;
}

/** A resource that only answers: access reviews. Its objects are never stored; it has the one verb `create`. */
export interface ReviewResource extends ResourceDescription {
  /**
   * Reads the body; see {@link ObjectCodec.decode}.
   */
  readonly decode: ObjectCodec['decode'];
  /**
   * Answers: returns the object with its status, sent with 201.
   * @throws StatusError Invalid for what it cannot judge.
   */
  review(object: KubeObject, ctx: RequestContext, namespace: string): KubeObject | Promise<KubeObject>;
}

export type ServedResource = StoredResource | ReviewResource;

export const isStored = (resource: ServedResource): resource is StoredResource => 'store' in resource;

/** How objects are read from requests, and how stored ones look, in one served version. */
export interface ObjectCodec {
  /** Names this look in what cache entries remember. Must change whenever `object` or `bytes` would give something else. */
  readonly id: string;
  /**
   * Makes parsed JSON an object of this version, in place or anew: checks types, drops what the schema does not know, fills in defaults.
   * apiVersion and kind have been checked. Patch results come through here too.
   * @throws StatusError BadRequest where a field has the wrong type, with the reference's sentence.
   */
  decode(value: KubeObject, options: DecodeOptions): KubeObject;
  /** A stored object in this version. Shared: copied before it is changed. */
  object(entry: Entry): KubeObject;
  /** Its JSON in this version, with its resourceVersion: the entry's own bytes where they are that already. */
  bytes(entry: Entry): Buffer;
  /** The object as it is stored: in the storage version. May return the same object. */
  toStored(object: KubeObject): KubeObject;
}

export interface DecodeOptions {
  /**
   * Receives what strict field validation complains of, without the word before it: `unknown field "spec.foo"`. Undefined: nobody asks, so no
   * paths need be tracked. (Duplicate fields are found by the parser.)
   */
  readonly onUnknownField?: (path: string) => void;
}

/** What becomes of an object's dependents when its deletion does not say: they are deleted, or lose their reference to it; or nobody looks after them. */
export type GarbageCollectionPolicy = 'deleteDependents' | 'orphanDependents' | 'unsupported';

/** What a strategy may know of the write it is part of. */
export interface Write {
  readonly ctx: RequestContext | undefined;
  readonly user: UserInfo | undefined;
  readonly nowMs: number;
  readonly isDryRun: boolean;
  /** Adds a `Warning` header to the response. */
  warn(text: string): void;
}

/**
 * What is special about writes to one resource (k8s.io/apiserver/pkg/registry/rest). What all writes have in common is done by rest: uid,
 * timestamps, names, resourceVersion, finalizers, and that what an update may not change of the metadata stays.
 */
export interface Strategy {
  /** A PUT of what is not there creates it. */
  readonly allowsCreateOnUpdate: boolean;
  /** A PUT without a resourceVersion overwrites whatever is there. */
  readonly allowsUnconditionalUpdate: boolean;
  /** A finished DELETE answers with the object; otherwise with a Status. */
  readonly returnsDeletedObject: boolean;
  /** Completes a new object, in place: drops the status, sets generation 1 … Its name and uid are there. */
  prepareForCreate(object: KubeObject, write: Write): void;
  /** Everything wrong with a new object, its metadata included. */
  validateCreate(object: KubeObject, write: Write): MaybePromise<FieldError[]>;
  /** Completes an object that replaces `old`, in place: keeps the status, counts the generation … */
  prepareForUpdate(object: KubeObject, old: KubeObject, write: Write): void;
  /** Everything wrong with the replacement; rest adds what is wrong with its metadata as such. */
  validateUpdate(object: KubeObject, old: KubeObject, write: Write): MaybePromise<FieldError[]>;
  /**
   * A last look before the write, after validation and admission, for what needs other objects (RBAC escalation).
   * @throws StatusError to refuse.
   */
  authorizeWrite?(object: KubeObject, old: KubeObject | undefined, write: Write): void | Promise<void>;
  /** Something to do once the write is durable; its failure does not undo it. Not called for dry runs. */
  afterWrite?(object: KubeObject | undefined, old: KubeObject | undefined): void;
  /**
   * How long a deletion waits, in seconds, after which the object's owner (a kubelet) deletes it for good. Undefined: deletions are immediate.
   * `asked` is what the client asked for.
   */
  gracePeriodSeconds?(object: KubeObject, asked: number | undefined): number;
  /**
   * Judges the preconditions of a deletion in words of its own, before those that all resources have.
   * @throws StatusError Conflict.
   */
  checkPreconditions?(object: KubeObject, preconditions: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }): void;
  /**
   * Turns a deletion into an update: namespaces and definitions are marked first, and emptied by a controller. Returns the marked object
   * (a changed copy), the same object for `nothing more to do`, or undefined to delete as usual.
   */
  beginDeletion?(object: KubeObject, write: Write, options: DeleteOptions): KubeObject | undefined;
  /** Where a garbage collector runs: what it does with dependents. Default `deleteDependents`. */
  readonly garbageCollection?: GarbageCollectionPolicy;
  /** Warnings that go with a deletion, or with that of a collection. */
  deletionWarnings?(options: DeleteOptions): readonly string[];
  /** Whether an object that is being deleted, and has no finalizers left, may go now; default true. Namespaces have finalizers in their spec too. */
  mayVanish?(object: KubeObject): boolean;
  /** How long an object lives after a write of it, in seconds, before storage drops it. Undefined: until somebody deletes it. */
  ttlSeconds?(object: KubeObject): number | undefined;
  /** Warnings that go with a write. */
  warnings?(object: KubeObject, old: KubeObject | undefined): readonly string[];
}

/** What is different when an object is written through a subresource. */
export type UpdateStrategy = Pick<Strategy, 'prepareForUpdate' | 'validateUpdate' | 'allowsUnconditionalUpdate'> &
  Partial<Pick<Strategy, 'authorizeWrite' | 'warnings' | 'afterWrite'>>;

/** A part of an object under a path of its own. */
export interface Subresource {
  /** As discovery lists them. */
  readonly verbs: readonly string[];
  /** Where the subresource's objects are of another kind than the resource's. */
  readonly kind?: GroupVersionKind;
  /** Updates through the subresource follow this instead of the resource's strategy. Undefined where there are none. */
  readonly strategy?: UpdateStrategy;
  /** Where a POST to it asks for something to be done: a pod to be bound, a token to be issued. */
  readonly create?: SubresourceAction;
  /** Where requests are led on to something outside: a container, a node. It answers for all of the subresource's verbs. */
  readonly connect?: SubresourceConnection;
  /** As {@link StoredResource.fieldManager}, for writes through here. */
  readonly fieldManager?: FieldManager;
  /** Where another kind is shown: how to read it from an object and how to write it to one. */
  readonly projection?: Projection;
}

/** Something that is asked for by an object of the subresource's kind, which is not stored. */
export interface SubresourceAction {
  readonly decode: ObjectCodec['decode'];
  /** Whether the uid of what is sent stands: it says which object is meant. */
  readonly keepsSystemFields?: boolean;
  /** Does it, after mutating admission has seen what was asked. Gives the answer, which is sent with 201. */
  run(asked: KubeObject, call: ActionCall): KubeObject | Promise<KubeObject>;
}

/** What an action may know and do. */
export interface ActionCall extends Write {
  readonly namespace: string;
  /** Of the object whose subresource this is. */
  readonly name: string;
  readonly dryRun: readonly string[];
  /** Lets validating admission refuse what was asked: once it is known to be good, before anything is done. */
  validate(asked: KubeObject): Promise<void>;
  /** The object. Shared: never write to it. @throws StatusError NotFound. */
  current(): Promise<KubeObject>;
  /**
   * Changes the object as it is stored, past its strategy and admission.
   * @param change changes a copy in place; called again when another writer was faster.
   * @throws StatusError NotFound; what `change` throws.
   */
  change(change: (object: KubeObject) => void): Promise<KubeObject>;
  /** Deletes the object as DeleteOptions ask, past admission. @throws StatusError as a DELETE does. */
  remove(options: GivenDeleteOptions): Promise<void>;
}

/** What answers requests that would be led on. */
export interface SubresourceConnection {
  /** Whether more of the path may follow the subresource's name. */
  readonly hasPath?: boolean;
  /** A plain read, of which admission is not told. */
  readonly isRead?: boolean;
  /** The options that the query holds, as admission sees them. */
  options?(query: URLSearchParams): KubeObject;
  connect(call: ConnectionCall): ApiResponse | Promise<ApiResponse>;
}

/** What a connection may know of the request. */
export interface ConnectionCall {
  readonly ctx: RequestContext;
  readonly namespace: string;
  /** As in the path: of pods and services that are proxied to, with a scheme and a port. */
  readonly name: string;
  /** The object of a name. @throws StatusError NotFound. */
  find(name: string): Promise<KubeObject>;
}

/** Another object as a view of a stored one: Scale. */
export interface Projection {
  /** @throws StatusError where the object has no such view. */
  read(object: KubeObject): KubeObject;
  /** What a patch is applied to, where it may give the object what it lacks to have the view. Default: `read`. */
  readForPatch?(object: KubeObject): KubeObject;
  /** Puts the changed view into the object, in place. @throws StatusError where it does not fit. */
  write(object: KubeObject, view: KubeObject): void;
  readonly decode: ObjectCodec['decode'];
}

/** How a resource prints as a table. */
export interface TableDefinition {
  readonly columns: readonly TableColumn[];
  /** A cell for each column. */
  cells(object: KubeObject, nowMs: number): readonly Cell[];
  /** Conditions of the row; mostly none. */
  conditions?(object: KubeObject): readonly unknown[] | undefined;
}
