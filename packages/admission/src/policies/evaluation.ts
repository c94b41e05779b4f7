/** Running expressions of admission on a request, within a budget (k8s.io/apiserver/pkg/admission/plugin/cel/activation.go). */
import { type Activation, authorizerValue, type CelAuthorizer, CelError, MapValue, requestResourceValue, type Value } from '@apiserver-kit/cel';
import type { JsonObject, KubeObject } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';
import type { MatchedResource } from '../matching/matched-resource.js';
import type { Versioned } from '../matching/versions.js';
import { admissionRequest } from '../webhooks/review.js';
import type { CompiledExpression } from './expressions.js';

/** What the expressions of one policy may cost together; of conditions, a quarter. */
export const evaluationBudget = 10_000_000;
export const conditionBudget = 2_500_000;
const callBudget = 1_000_000;

/** All that expressions see. */
export interface EvaluationInput {
  readonly attributes: Attributes;
  readonly matched: MatchedResource;
  readonly versioned: Versioned;
  readonly params: KubeObject | undefined;
  readonly namespace: KubeObject | undefined;
  /** Undefined: expressions may not ask. */
  readonly authorizer: CelAuthorizer | undefined;
}

/** What came of an expression. */
export interface EvaluationResult {
  readonly value: Value | undefined;
  readonly error: string | undefined;
}

/** The budget is spent: nothing more is evaluated. */
export class BudgetExhausted extends Error {
  override readonly message = 'validation failed due to running out of cost budget, no further validation rules will be run';
}

/** What expressions see of a namespace. */
function namespaceObject({ metadata, spec, status }: KubeObject): JsonObject {
  const { managedFields: _, ownerReferences: __, ...rest } = metadata;
  return { metadata: rest, ...(spec !== undefined && { spec }), ...(status !== undefined && { status }) };
}

function variablesOf({ attributes, matched, versioned, params, namespace, authorizer }: EvaluationInput): Record<string, unknown> {
  const { user, resource, subresource, name } = attributes;
  const { userInfo, ...request } = admissionRequest(attributes, matched);
  const asker = { name: user?.name ?? '', groups: user?.groups ?? [] };
  return {
    object: versioned.object ?? null,
    oldObject: versioned.oldObject ?? null,
    params: params ?? null,
    request: { ...request, userInfo: userInfo ?? {}, dryRun: attributes.isDryRun, ...(attributes.options && { options: attributes.options }) },
    namespaceObject: namespace ? namespaceObject(namespace) : null,
    ...(authorizer && {
      authorizer: authorizerValue(asker, authorizer),
      'authorizer.requestResource': requestResourceValue(asker, authorizer, resource.group, {
        resource: resource.resource,
        subresource,
        namespace: attributes.namespace,
        name,
      }),
    }),
  };
}

/** The variables of a policy: each is evaluated when it is first read. */
class LazyVariables extends MapValue {
  /** Since it was last asked for. */
  cost = 0;
  readonly #values = new Map<string, Value>();

  constructor(
    readonly expressions: ReadonlyMap<string, CompiledExpression>,
    readonly activation: Activation,
  ) {
    super();
  }

  override get size(): number {
    return this.expressions.size;
  }

  override keys(): Iterable<Value> {
    return this.expressions.keys();
  }

  override find(key: Value): Value | undefined {
    const name = key as string;
    const expression = this.expressions.get(name);
    if (!expression) return undefined;
    let value = this.#values.get(name);
    if (value === undefined) {
      value = this.#evaluate(name, expression);
      this.#values.set(name, value);
    }
    return value;
  }

  #evaluate(name: string, { program, error }: CompiledExpression): Value {
    if (!program) return new CelError(`composited variable "${name}" fails to compile: ${error}`);
    const result = program.evaluate(this.activation, { costLimit: callBudget });
    this.cost += result.cost;
    return result.error === undefined ? result.value! : new CelError(`composited variable "${name}" fails to evaluate: ${result.error}`);
  }
}

/** One request, as the expressions of one policy see it. */
export class Evaluator {
  readonly #activation: Record<string, unknown>;
  readonly #lazy: LazyVariables;

  constructor(
    input: EvaluationInput,
    variables: ReadonlyMap<string, CompiledExpression>,
    private remaining: number,
  ) {
    this.#activation = variablesOf(input);
    this.#lazy = new LazyVariables(variables, this.#activation);
    this.#activation.variables = this.#lazy;
  }

  /** What is left of the budget. */
  get budget(): number {
    return this.remaining;
  }

  /** @throws BudgetExhausted */
  evaluate({ text, program, error }: CompiledExpression): EvaluationResult {
    if (!program) return { value: undefined, error: `compilation error: ${error}` };
    this.#lazy.cost = 0;
    const result = program.evaluate(this.#activation, { costLimit: callBudget });
    this.remaining -= this.#lazy.cost + result.cost;
    if (this.remaining < 0) throw new BudgetExhausted();
    return result.error === undefined
      ? { value: result.value, error: undefined }
      : { value: undefined, error: `expression '${text}' resulted in error: ${result.error}` };
  }
}
