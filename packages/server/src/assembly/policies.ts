/** The admission policies of a server. What runs expressions is loaded when a policy is bound. */
import { type AdmissionPlugin, type NamespaceReader, type ObjectInterfaces, type PolicyObjects, policyObjects } from '@apiserver-kit/admission';
import type { ExpressionAuthorizer } from '@apiserver-kit/admission/policies';
import { ask, type Authorizer, type Verdict } from '@apiserver-kit/authz';
import type { Clock } from '@apiserver-kit/machinery';
import type { ApiRegistry, ResourceStore } from '@apiserver-kit/rest';
import type { Following } from '@apiserver-kit/watch-cache';
import { followStore } from './followed.js';
import { paramReader } from './param-reader.js';

export interface PolicyParts {
  /** Where policies and bindings are. */
  readonly storeOf: (kind: string) => ResourceStore;
  readonly namespaces: NamespaceReader;
  readonly interfaces: ObjectInterfaces;
  readonly registry: ApiRegistry;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
}

export interface ServerPolicies {
  readonly mutating: AdmissionPlugin;
  readonly validating: AdmissionPlugin;
  readonly followings: readonly Following[];
}

const decisionOf = ({ decision, reason, error }: Verdict) => ({ isAllowed: decision === 'allow', reason, ...(error && { error: error.message }) });

/** Lets expressions ask an authorizer. */
export function expressionAuthorizer(authorizer: Authorizer): ExpressionAuthorizer {
  return ({ user, verb, isResourceRequest, path = '', ...resource }) => {
    const { apiGroup = '', apiVersion = '', namespace = '', name = '', subresource = '', fieldSelector = '', labelSelector = '' } = resource;
    const of = { apiGroup, apiVersion, namespace, name, resource: resource.resource ?? '', subresource, fieldSelector, labelSelector };
    const verdict = ask(authorizer, { user: { name: user.name, groups: user.groups ?? [] }, verb, isResourceRequest, path, ...of });
    return verdict instanceof Promise ? verdict.then(decisionOf) : decisionOf(verdict);
  };
}

/** Follows the policies and their bindings. */
export function serverPolicies({ storeOf, clock, ...parts }: PolicyParts): ServerPolicies {
  const mutating = policyObjects();
  const validating = policyObjects();
  const options = { ...parts, params: paramReader(parts.registry), authorizer: expressionAuthorizer(parts.authorizer) };
  const follow = (kind: string, objects: PolicyObjects): Following[] => [
    followStore(storeOf(kind), objects.policies, clock),
    followStore(storeOf(`${kind}Binding`), objects.bindings, clock),
  ];
  return {
    mutating: whenBound('MutatingAdmissionPolicy', 'admit', mutating, async () =>
      (await import('@apiserver-kit/admission/policies')).mutatingPolicies({ ...options, objects: mutating }),
    ),
    validating: whenBound('ValidatingAdmissionPolicy', 'validate', validating, async () =>
      (await import('@apiserver-kit/admission/policies')).validatingPolicies({ ...options, objects: validating }),
    ),
    followings: [...follow('MutatingAdmissionPolicy', mutating), ...follow('ValidatingAdmissionPolicy', validating)],
  };
}

/** A plugin that is loaded by the first write that there is a policy for. */
function whenBound(name: string, phase: 'admit' | 'validate', objects: PolicyObjects, load: () => Promise<AdmissionPlugin>): AdmissionPlugin {
  let loaded: AdmissionPlugin | undefined;
  let loading: Promise<AdmissionPlugin> | undefined;
  return {
    name,
    handles: () => !objects.isEmpty,
    [phase]: (attributes: Parameters<NonNullable<AdmissionPlugin['admit']>>[0]) => {
      if (loaded) return loaded[phase]!(attributes);
      loading ??= load();
      return loading.then((plugin) => {
        loaded = plugin;
        return plugin[phase]!(attributes);
      });
    },
  };
}
