/** What an assembly chooses about the built-in resources. */
import type { Authorizer, RuleResolver } from '@apiserver-kit/authz';
import type { KubeObject } from '@apiserver-kit/machinery';
import type { Storage } from '@apiserver-kit/storage';
import type { BuiltinResource, BuiltinSubresource } from '../resources.js';
import type { BuiltinStores, BuiltinStoresOptions } from './stores.js';

/** Who is asked whether a user may grant what a role or a binding grants. */
export interface Escalation {
  /** Asked for the verbs `escalate` and `bind`. */
  readonly authorizer: Authorizer;
  /** Knows what users may do already. */
  readonly resolver: RuleResolver;
}

/** What services get their addresses and ports from. */
export interface ServiceRanges {
  /** `--service-cluster-ip-range`, of one family. Default `10.0.0.0/24`. */
  readonly serviceClusterIPRange?: string;
  /** `--service-node-port-range`. Default `30000-32767`. */
  readonly serviceNodePortRange?: string;
  /** Picks a number in [0, 1): with which free address or port to begin. Default `Math.random`. */
  readonly random?: () => number;
}

/** Issues the token that a request asks for: see `@apiserver-kit/authn`'s `tokenRequest`. */
export type RequestToken = (
  asked: KubeObject,
  call: {
    readonly namespace: string;
    readonly name: string;
    readonly admit: (request: KubeObject) => Promise<void>;
    readonly warn: (text: string) => void;
    readonly annotate: (key: string, value: string) => void;
  },
) => Promise<KubeObject>;

export interface BuiltinOptions extends BuiltinStoresOptions, ServiceRanges {
  readonly storage: Storage;
  /** Where objects are kept, if others use the same stores. Default: stores of its own over `storage`. */
  readonly stores?: BuiltinStores;
  /** How long events are kept after they were last written, in seconds (`--event-ttl`). Default an hour. */
  readonly eventTtlSeconds?: number;
  /** Answers `serviceaccounts/token`. Undefined: there is no such subresource. */
  readonly requestToken?: RequestToken;
  /** Keeps users from granting what they do not have. Undefined: who may write roles and bindings may grant everything. */
  readonly escalation?: Escalation;
}

/** The subresources that can be served with what an assembly gives. */
export const servedSubresources = ({ subresources }: BuiltinResource, { requestToken }: BuiltinOptions): readonly BuiltinSubresource[] =>
  subresources.filter(({ name }) => name !== 'token' || requestToken !== undefined);
