/** What an assembly chooses about the built-in resources. */
import type { Authorizer, RuleResolver } from '@apiserver-kit/authz';
import type { Storage } from '@apiserver-kit/storage';
import type { BuiltinStores, BuiltinStoresOptions } from './stores.js';

/** Who is asked whether a user may grant what a role or a binding grants. */
export interface Escalation {
  /** Asked for the verbs `escalate` and `bind`. */
  readonly authorizer: Authorizer;
  /** Knows what users may do already. */
  readonly resolver: RuleResolver;
}

export interface BuiltinOptions extends BuiltinStoresOptions {
  readonly storage: Storage;
  /** Where objects are kept, if others use the same stores. Default: stores of its own over `storage`. */
  readonly stores?: BuiltinStores;
  /** Keeps users from granting what they do not have. Undefined: who may write roles and bindings may grant everything. */
  readonly escalation?: Escalation;
  /** The range that services get their addresses from (`--service-cluster-ip-range`). Default `10.0.0.0/24`. */
  readonly serviceClusterIPRange?: string;
  /** The range that services get ports of nodes from (`--service-node-port-range`). Default 30000-32767. */
  readonly serviceNodePortRange?: string;
  /** Picks a number in [0, 1): which free address or port a service gets. Default `Math.random`. */
  readonly random?: () => number;
}
