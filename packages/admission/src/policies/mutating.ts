/** MutatingAdmissionPolicy: policies in CEL that change what is written (KEP-3962; k8s.io/apiserver/pkg/admission/plugin/policy/mutating/dispatcher.go). */
import { cloneJson, jsonEqual, type KubeObject, StatusError } from '@apiserver-kit/machinery';
import { type AdmissionPlugin, type Attributes, reinvocationOf } from '../admission.js';
import { isAccessReview, isAdmissionConfiguration } from '../matching/rules.js';
import { inRequestVersion, singleVersions, versionedAs } from '../matching/versions.js';
import { forbid } from '../plugins/forbid.js';
import { requireReinvoking, roundsOf } from '../reinvocation.js';
import type { EvaluationInput } from './evaluation.js';
import { type MutatingEvaluator, mutatingEvaluator } from './mutating-evaluator.js';
import type { PolicyOptions } from './options.js';
import { PatientAuthorizer } from './patient-authorizer.js';
import type { BindingSpec, MutatingPolicySpec, Policy } from './policy.js';
import { type Candidate, candidates, isConfigurationError, type Selected, selected } from './select.js';
import { boundPolicies } from './store.js';
import { lazyNamespace } from './validating.js';

const name = 'MutatingAdmissionPolicy';

type Concerned = Selected<MutatingPolicySpec, MutatingEvaluator>;

interface Failure {
  readonly policy: Policy<MutatingPolicySpec>;
  readonly binding: Policy<BindingSpec> | undefined;
  readonly message: string;
  readonly reason?: 'Invalid';
}

const failureText = ({ policy, binding, message }: Failure): string =>
  binding ? `policy '${policy.name}' with binding '${binding.name}' denied request: ${message}` : `policy "${policy.name}" denied request: ${message}`;

/** The first failure gives the message; all are causes. */
function refuse(failures: readonly Failure[], attributes: Attributes): StatusError {
  const { status } = forbid(attributes, 'admission request denied by policy');
  const [first] = failures as [Failure];
  return new StatusError({
    code: 403,
    reason: first.reason ?? 'Forbidden',
    message: failureText(first),
    details: { ...status.details, causes: failures.map((failure) => ({ message: failureText(failure) })) },
  });
}

const nobody = (): { isAllowed: boolean } => ({ isAllowed: false });

/** Lets the policies that are bound change what is written. */
export function mutatingPolicies(options: PolicyOptions): AdmissionPlugin {
  const { objects, interfaces = singleVersions, authorizer = nobody } = options;
  const policies = boundPolicies(objects, mutatingEvaluator);

  /** Applies the mutations of one policy in their order. @returns what went wrong. */
  const mutate = async ({ policy, binding, compiled }: Concerned, input: EvaluationInput, asked: PatientAuthorizer): Promise<Failure[]> => {
    const failures: Failure[] = [];
    for (const { evaluate, change } of compiled.mutations) {
      const { object } = input.versioned;
      if (!object) continue;
      try {
        const outcome = await asked.run(() => evaluate(input));
        input.versioned.object = await change(outcome, object, input, interfaces);
      } catch (error) {
        if (error instanceof StatusError) throw error;
        failures.push({ policy, binding, message: (error as Error).message, reason: 'Invalid' });
      }
    }
    return failures;
  };

  const dispatch = async (all: readonly Candidate<MutatingPolicySpec, MutatingEvaluator>[], attributes: Attributes): Promise<void> => {
    const reinvocation = reinvocationOf(attributes);
    const rounds = roundsOf(reinvocation, name);
    if (reinvocation.isReinvoke && !jsonEqual(rounds.lastOutput, attributes.object)) requireReinvoking(rounds);
    const failures: Failure[] = [];
    const asked = new PatientAuthorizer(authorizer);
    const namespace = lazyNamespace(attributes, options);

    const askOne = async (one: Concerned, params: KubeObject | undefined): Promise<void> => {
      const { policy, binding, compiled, matched } = one;
      // Each sees what the ones before it left.
      const versioned = { ...(await versionedAs(attributes, matched.kind, interfaces)) };
      const input: EvaluationInput = { attributes, matched, versioned, params, namespace: await namespace(), authorizer: asked };
      try {
        if (!(await asked.run(() => compiled.isConcerned(input)))) return;
      } catch (error) {
        failures.push({ policy, binding, message: (error as Error).message, reason: 'Invalid' });
        return;
      }
      const id = JSON.stringify([policy.name, binding.name, params?.metadata.namespace, params?.metadata.name]);
      if (reinvocation.isReinvoke && !rounds.toReinvoke.has(id)) return;
      const before = versioned.object;
      failures.push(...(await mutate(one, input, asked)));
      if (versioned.object && !jsonEqual(before, versioned.object)) {
        requireReinvoking(rounds);
        reinvocation.shouldReinvoke = true;
        attributes.object = await inRequestVersion(versioned.object, attributes, interfaces);
      }
      if (policy.spec.reinvocationPolicy === 'IfNeeded') rounds.reinvocable.add(id);
    };

    try {
      const concerned: Concerned[] = [];
      for await (const one of selected(all, attributes, options)) {
        if (isConfigurationError(one)) failures.push(one);
        else concerned.push(one);
      }
      for (const one of concerned) for (const params of one.params) await askOne(one, params);
    } finally {
      rounds.lastOutput = attributes.object && cloneJson(attributes.object);
    }
    const counting = failures.filter(({ policy }) => policy.spec.failurePolicy !== 'Ignore');
    if (counting.length > 0) throw refuse(counting, attributes);
  };

  return {
    name,
    handles: () => !objects.isEmpty,
    admit(attributes) {
      if (isAdmissionConfiguration(attributes) || isAccessReview(attributes)) return;
      const all = candidates(policies(), attributes, options);
      if (all.length > 0) return dispatch(all, attributes);
    },
  };
}
