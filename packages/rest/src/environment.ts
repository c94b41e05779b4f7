/** What the verbs share: the parts that an assembly gives them. */
import type { AdmissionChain } from '@apiserver-kit/admission';
import type { Clock } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';
import { negotiate, type Representation } from './negotiation/accept.js';
import type { ProtobufCodec } from './negotiation/protobuf.js';
import type { ResourceDescription, StoredResource, Subresource } from './served-resource.js';

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

type Described = Pick<ResourceDescription, 'group' | 'version' | 'kind' | 'family'>;

/** Custom resources have no binary form, nor have the kinds of other servers' making that are served beside the built-in ones. */
const hasBinaryForm = (protobuf: ProtobufCodec, resource: Described): boolean => resource.family === 'builtin' && protobuf.has(resource);

/** The codec for a resource's bodies. Undefined: they have none. */
export const bodyCodec = ({ protobuf }: RestEnvironment, resource: Described): ProtobufCodec | undefined =>
  protobuf && hasBinaryForm(protobuf, resource) ? protobuf : undefined;

/**
 * In which form a client wants the answer.
 * @throws StatusError NotAcceptable
 */
export function representationFor(ctx: RequestContext, { protobuf }: RestEnvironment, resource: Described, streaming = false): Representation {
  return negotiate(ctx, { streaming, protobuf: protobuf === undefined ? 'none' : hasBinaryForm(protobuf, resource) ? 'all' : 'metadata' });
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
