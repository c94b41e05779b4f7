/** What the verbs share: the parts that an assembly gives them. */
import type { AdmissionChain } from '@apiserver-kit/admission';
import type { Clock } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';
import { negotiate, type Representation } from './negotiation/accept.js';
import type { ProtobufCodec } from './negotiation/protobuf.js';
import type { StoredResource, Subresource } from './served-resource.js';

export interface RestEnvironment {
  readonly admission: AdmissionChain;
  readonly clock: Clock;
  /** Makes the uid of a new object. */
  readonly uid: () => string;
  /** The longest and the shortest time a watch lives that asks for none, in ms. The actual time is chosen at random, so that watches do not end together. */
  readonly watchTimeoutMs: readonly [min: number, max: number];
  /** Undefined until a request speaks protobuf, and where nobody may. */
  protobuf: ProtobufCodec | undefined;
  /** Whether a garbage collector runs, so that deletions may leave objects to it. */
  readonly garbageCollection: boolean;
  /** May the user of the request create what a PUT or an apply patch would? @throws StatusError Forbidden. */
  readonly authorizeCreate: (ctx: RequestContext) => void | Promise<void>;
}

/** The codec for a resource's bodies: custom resources have none. */
export const bodyCodec = ({ protobuf }: RestEnvironment, { family }: { readonly family: 'builtin' | 'custom' }): ProtobufCodec | undefined =>
  family === 'builtin' ? protobuf : undefined;

/**
 * In which form a client wants the answer.
 * @throws StatusError NotAcceptable
 */
export function representationFor(
  ctx: RequestContext,
  { protobuf }: RestEnvironment,
  { family }: { readonly family: 'builtin' | 'custom' },
  streaming = false,
): Representation {
  return negotiate(ctx, { streaming, protobuf: protobuf === undefined ? 'none' : family === 'builtin' ? 'all' : 'metadata' });
}

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
