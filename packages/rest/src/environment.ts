/** What the verbs share: the parts that an assembly gives them. */
import type { AdmissionChain } from '@apiserver-kit/admission';
import type { Clock } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';
import type { LoadProtobuf } from './negotiation/body.js';
import type { StoredResource, Subresource } from './served-resource.js';

export interface RestEnvironment {
  readonly admission: AdmissionChain;
  readonly clock: Clock;
  /** Makes the uid of a new object. */
  readonly uid: () => string;
  /** The longest and the shortest time a watch lives that asks for none, in ms. The actual time is chosen at random, so that watches do not end together. */
  readonly watchTimeoutMs: readonly [min: number, max: number];
  /** Reads bodies in protobuf. Undefined: they are refused. */
  readonly protobuf: LoadProtobuf | undefined;
  /** May the user of the request create what a PUT or an apply patch would? @throws StatusError Forbidden. */
  readonly authorizeCreate: (ctx: RequestContext) => void | Promise<void>;
}

/** What reads binary bodies of a resource: custom ones have none. */
export const protobufOf = ({ protobuf }: RestEnvironment, { family }: { readonly family: 'builtin' | 'custom' }): LoadProtobuf | undefined =>
  family === 'builtin' ? protobuf : undefined;

/** One request to one resource, routed. */
export interface Target {
  readonly ctx: RequestContext;
  readonly resource: StoredResource;
  /** Empty for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  /** Empty for the collection. */
  readonly name: string;
  /** Empty for the object itself. */
  readonly subresourceName: string;
  readonly subresource: Subresource | undefined;
  readonly environment: RestEnvironment;
}
