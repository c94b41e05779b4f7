/** Which policies a write concerns, with which bindings and parameters (k8s.io/apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go). */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';
import type { MatchedResource } from '../matching/matched-resource.js';
import { singleVersions } from '../matching/versions.js';
import { matchedResources, selectorsMatch } from './match-resources.js';
import type { PolicyOptions } from './options.js';
import { collectParams, noParams, paramKindError } from './params.js';
import type { BindingSpec, Policy, PolicySpec } from './policy.js';
import type { BoundPolicy } from './store.js';

/** A policy that is to be evaluated. */
export interface Selected<Spec, Compiled> {
  readonly policy: Policy<Spec>;
  readonly compiled: Compiled;
  readonly binding: Policy<BindingSpec>;
  readonly matched: MatchedResource;
  readonly params: readonly (KubeObject | undefined)[];
}

/** A policy, or a binding of it, that is wrong: its failurePolicy decides. */
export interface ConfigurationError<Spec> {
  readonly policy: Policy<Spec>;
  readonly binding: Policy<BindingSpec> | undefined;
  readonly message: string;
}

export const isConfigurationError = <Spec, Compiled>(one: Selected<Spec, Compiled> | ConfigurationError<Spec>): one is ConfigurationError<Spec> =>
  'message' in one;

export type Candidate<Spec, Compiled> = readonly [BoundPolicy<Spec, Compiled>, MatchedResource | Error];

/** The policies whose rules mean a write: nobody waits for this. */
export function candidates<Spec extends PolicySpec, Compiled>(
  policies: readonly BoundPolicy<Spec, Compiled>[],
  attributes: Attributes,
  { interfaces = singleVersions }: PolicyOptions,
): Candidate<Spec, Compiled>[] {
  return policies.flatMap((bound): Candidate<Spec, Compiled>[] => {
    const { matchConstraints } = bound.policy.spec;
    if (!matchConstraints) return [[bound, new Error('policy contained no match constraints, a required field')]];
    try {
      const matched = matchedResources(matchConstraints, attributes, interfaces);
      return matched ? [[bound, matched]] : [];
    } catch (error) {
      return [[bound, error as Error]];
    }
  });
}

/** What is to be evaluated of the candidates, and what is wrong with them, in their order. */
export async function* selected<Spec extends PolicySpec, Compiled>(
  all: readonly Candidate<Spec, Compiled>[],
  attributes: Attributes,
  options: PolicyOptions,
): AsyncGenerator<Selected<Spec, Compiled> | ConfigurationError<Spec>> {
  const { namespaces, params: reader = noParams } = options;
  for (const [{ policy, compiled, bindings }, matched] of all) {
    const wrong = (error: unknown, binding?: Policy<BindingSpec>): ConfigurationError<Spec> => ({
      policy,
      binding,
      message: `failed to configure ${binding ? 'binding' : 'policy'}: ${(error as Error).message}`,
    });
    if (matched instanceof Error) {
      yield wrong(matched);
      continue;
    }
    try {
      if (!(await selectorsMatch(policy.spec.matchConstraints!, attributes, namespaces))) continue;
    } catch (error) {
      yield wrong(error);
      continue;
    }
    const kindError = paramKindError(policy.spec.paramKind, reader);
    if (kindError !== undefined) {
      yield wrong(new Error(kindError));
      continue;
    }
    for (const binding of bindings) {
      try {
        if (!(await bindingMatches(binding, attributes, options))) continue;
        const params = await collectParams(policy.spec.paramKind, binding.spec.paramRef, attributes.namespace, reader);
        yield { policy, compiled, binding, matched, params };
      } catch (error) {
        yield wrong(error, binding);
      }
    }
  }
}

async function bindingMatches({ spec: { matchResources } }: Policy<BindingSpec>, attributes: Attributes, options: PolicyOptions): Promise<boolean> {
  const { interfaces = singleVersions, namespaces } = options;
  if (!matchResources) return true;
  return matchedResources(matchResources, attributes, interfaces) !== undefined && (await selectorsMatch(matchResources, attributes, namespaces));
}
