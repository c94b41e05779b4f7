/** ValidatingAdmissionPolicy: policies in CEL that may refuse, warn, or note (KEP-3488; k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go). */
import { type KubeObject, notFound, StatusError, type StatusReason } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../admission.js';
import { annotate, warnClient } from '../annotate.js';
import { isAccessReview, isAdmissionConfiguration } from '../matching/rules.js';
import { singleVersions, type Versioned, versionedAs } from '../matching/versions.js';
import { forbid } from '../plugins/forbid.js';
import type { PolicyOptions } from './options.js';
import { PatientAuthorizer } from './patient-authorizer.js';
import type { BindingSpec, Policy, ValidatingPolicySpec } from './policy.js';
import { type Candidate, candidates, isConfigurationError, selected, type Selected } from './select.js';
import { boundPolicies } from './store.js';
import { type ValidatingEvaluator, validatingEvaluator, type ValidationOutcome } from './validating-evaluator.js';

type Concerned = Selected<ValidatingPolicySpec, ValidatingEvaluator>;

interface Refusal {
  readonly policy: Policy<ValidatingPolicySpec>;
  readonly binding: Policy<BindingSpec> | undefined;
  readonly message: string;
  readonly reason: string;
}

/** One failure as the audit event has it. */
interface NotedFailure {
  readonly message: string;
  readonly policy: string;
  readonly binding: string;
  readonly expressionIndex: number;
  readonly validationActions: readonly string[];
}

const reasonCodes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };
const failureAnnotation = 'validation.policy.admission.k8s.io/validation_failure';
const [maxFailures, maxAnnotationLength] = [50, 10 * 1024];

function refuse({ policy, binding, message, reason }: Refusal, attributes: Attributes): StatusError {
  const which = `ValidatingAdmissionPolicy '${policy.name}'${binding ? ` with binding '${binding.name}'` : ''}`;
  const text = `${which} denied request: ${message}`;
  const { message: whole, status } = forbid(attributes, text);
  const actual = (reason || 'Invalid') as StatusReason;
  return new StatusError({ code: reasonCodes[actual] ?? 422, reason: actual, message: whole, details: { ...status.details, causes: [{ message: text }] } });
}

const nobody = (): { isAllowed: boolean } => ({ isAllowed: false });

/** What a request has been told by all policies. */
class Findings {
  readonly refusals: Refusal[] = [];
  readonly failures: NotedFailure[] = [];
  /** By policy, then by key. */
  readonly annotations = new Map<string, Map<string, string[]>>();

  constructor(readonly attributes: Attributes) {}

  add({ policy, binding }: Concerned, { denials, annotations, annotationErrors }: ValidationOutcome): void {
    const validationActions = binding.spec.validationActions ?? [];
    for (const { index, message, reason } of denials) {
      for (const action of validationActions) {
        if (action === 'Deny') this.refusals.push({ policy, binding, message, reason });
        else if (action === 'Warn')
          warnClient(this.attributes, `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`);
        else if (action === 'Audit') this.failures.push({ message, policy: policy.name, binding: binding.name, expressionIndex: index, validationActions });
      }
    }
    for (const { key, value } of annotations) this.#annotate(policy.name, key, value.slice(0, maxAnnotationLength));
    for (const message of annotationErrors) this.refusals.push({ policy, binding, message, reason: '' });
  }

  #annotate(policy: string, key: string, value: string): void {
    const ofPolicy = this.annotations.get(policy) ?? new Map<string, string[]>();
    this.annotations.set(policy, ofPolicy);
    const values = ofPolicy.get(key) ?? [];
    ofPolicy.set(key, values);
    if (!values.includes(value)) values.push(value);
  }

  /** @throws StatusError the first refusal. */
  conclude(): void {
    const { attributes, refusals, failures } = this;
    for (const [policy, annotations] of this.annotations) for (const [key, values] of annotations) annotate(attributes, `${policy}/${key}`, values.join(', '));
    if (failures.length > 0) annotate(attributes, failureAnnotation, JSON.stringify(failures.slice(0, maxFailures)));
    const [first] = refusals;
    if (first) throw refuse(first, attributes);
  }
}

/** Lets the policies that are bound judge what is written. */
export function validatingPolicies(options: PolicyOptions): AdmissionPlugin {
  const { objects, interfaces = singleVersions, authorizer = nobody } = options;
  const policies = boundPolicies(objects, validatingEvaluator);

  const dispatch = async (all: readonly Candidate<ValidatingPolicySpec, ValidatingEvaluator>[], attributes: Attributes): Promise<void> => {
    const findings = new Findings(attributes);
    const asked = new PatientAuthorizer(authorizer);
    const versions = new Map<string, Versioned>();
    const namespace = lazyNamespace(attributes, options);
    for await (const one of selected(all, attributes, options)) {
      if (isConfigurationError(one)) {
        if (one.policy.spec.failurePolicy !== 'Ignore') findings.refusals.push({ ...one, reason: '' });
        continue;
      }
      const { matched, compiled, params: allParams } = one;
      const id = `${matched.kind.group}/${matched.kind.version}/${matched.kind.kind}`;
      const versioned = versions.get(id) ?? (await versionedAs(attributes, matched.kind, interfaces));
      versions.set(id, versioned);
      const found = await namespace();
      for (const params of allParams)
        findings.add(one, await asked.run(() => compiled({ attributes, matched, versioned, params, namespace: found, authorizer: asked })));
    }
    findings.conclude();
  };

  return {
    name: 'ValidatingAdmissionPolicy',
    handles: () => !objects.isEmpty,
    validate(attributes) {
      if (isAdmissionConfiguration(attributes) || isAccessReview(attributes)) return;
      const all = candidates(policies(), attributes, options);
      if (all.length > 0) return dispatch(all, attributes);
    },
  };
}

/** The namespace of a write, read when it is first asked for; of namespaces themselves none. @throws StatusError NotFound */
export function lazyNamespace(attributes: Attributes, { namespaces }: Pick<PolicyOptions, 'namespaces'>): () => Promise<KubeObject | undefined> {
  const { kind, namespace } = attributes;
  const isNone = namespace === '' || (kind.group === '' && kind.version === 'v1' && kind.kind === 'Namespace');
  let found: Promise<KubeObject | undefined> | undefined;
  return () => {
    found ??= isNone
      ? Promise.resolve(undefined)
      : Promise.resolve(namespaces(namespace)).then((one) => {
          if (!one) throw notFound({ group: '', resource: 'namespaces' }, namespace);
          return one;
        });
    return found;
  };
}
