/**
 * CEL as Kubernetes runs it: an environment says which variables, types and libraries there are; it compiles expressions; programs run them.
 *
 * @example
 * const { program } = celEnvironment({ variables: { self: dyn } }).compile('self.replicas <= 5');
 * program().evaluate({ self: { replicas: 3 } }).value; // true
 */
import { type Checked, check } from './checker/checker.js';
import { type TypeProvider, noTypes } from './checker/type-provider.js';
import { validateLiterals } from './checker/validate-literals.js';
import type { CostRules } from './cost/cost-rules.js';
import type { Range } from './cost/estimates.js';
import { type SizeOfPath, estimateCost } from './cost/estimate.js';
import { type Activation, CostLimitExceeded, Frame, type Step } from './evaluation/frame.js';
import { type PlannerOptions, ProgramError, planProgram } from './evaluation/planner.js';
import { type Library, mergeFunctions } from './library/declaration.js';
import { kubernetesLibraries } from './library/kubernetes.js';
import { type Expr, everyExpr } from './syntax/ast.js';
import type { Macro } from './syntax/macros.js';
import { parse } from './syntax/parse.js';
import type { Issue } from './syntax/source.js';
import type { Type } from './types/type.js';
import { EvaluationPanic } from './values/go-type.js';
import { CelError, type Value } from './values/value.js';

export interface CelEnvironmentOptions {
  readonly variables?: Readonly<Record<string, Type>>;
  /** What functions and macros there are. Default: those of Kubernetes for {@link version}. */
  readonly libraries?: readonly Library[];
  /** The version of Kubernetes whose libraries there are. Default: the one that new expressions are kept compatible with. */
  readonly version?: string;
  /** Types with fields. */
  readonly provider?: TypeProvider;
}

/** What compiling an expression gives. */
export interface Compiled {
  /** Why it is no expression of this environment; empty if it is one. */
  readonly issues: readonly Issue[];
  /** {@link issues} as the reference prints them; empty if there are none. */
  readonly errorText: string;
  /** The type of its value; undefined where there are issues. */
  readonly type: Type | undefined;
  /** Whether it names the variable. */
  uses(variable: string): boolean;
  /** Whether it selects the field of the variable, if need be optionally. */
  selects(variable: string, field: string): boolean;
  /** The least and most that evaluating it costs. `sizeOf` says how large variables and their parts may be. */
  cost(sizeOf?: SizeOfPath): Range;
  /** @throws ProgramError where a constant in it is no good, such as a number that is none; Error where there are issues. */
  program(): Program;
}

export interface EvaluateOptions {
  /** Evaluation stops when it has cost more. Default: what Kubernetes allows a call. */
  readonly costLimit?: number;
}

export interface Evaluation {
  /** Undefined where there is an error. */
  readonly value: Value | undefined;
  /** What went wrong, in the words of the reference. */
  readonly error: string | undefined;
  readonly cost: number;
}

/** An expression that is ready to run. */
export interface Program {
  /** Runs it with these variables. Whatever the expression does is in what this gives; it does not throw. */
  evaluate(activation: Activation, options?: EvaluateOptions): Evaluation;
}

export interface CelEnvironment {
  compile(text: string): Compiled;
}

/** What one evaluation may cost: about a tenth of a second of the reference. */
export const perCallLimit = 1_000_000;

export function celEnvironment({
  variables = {},
  version,
  libraries = kubernetesLibraries(version),
  provider = noTypes,
}: CelEnvironmentOptions = {}): CelEnvironment {
  const declarations = {
    variables: new Map(Object.entries(variables)),
    functions: mergeFunctions(libraries),
    types: new Map(libraries.flatMap(({ types = [] }) => types.map((type) => [type.name, type] as const))),
    provider,
  };
  const macros = new Map<string, Macro>(libraries.flatMap((library) => [...(library.macros ?? [])]));
  const hasOptionals = declarations.functions.has('optional.of');
  const validates = declarations.functions.has('sets.contains');
  const costs: CostRules[] = libraries.flatMap((library) => (library.costs ? [library.costs] : []));
  const planning: PlannerOptions = { functions: declarations.functions, types: declarations.types, costs, provider };

  return {
    compile(text) {
      const parsed = parse(text, { macros, hasOptionals });
      if (parsed.issues.length > 0) return failed(parsed.source.show(parsed.issues), parsed.issues);
      const checked = check(parsed, declarations);
      // Literals were looked at only from the version on that brought sets.
      const issues = checked.issues.length > 0 || !validates ? checked.issues : validateLiterals(checked);
      if (issues.length > 0) return failed(parsed.source.show(issues), issues);
      return succeeded(checked, planning);
    },
  };
}

function failed(errorText: string, issues: readonly Issue[]): Compiled {
  const none = (): never => {
    throw new Error(`the expression has errors: ${errorText}`);
  };
  return { issues, errorText, type: undefined, uses: () => false, selects: () => false, cost: none, program: none };
}

function succeeded(checked: Checked, planning: PlannerOptions): Compiled {
  return {
    issues: [],
    errorText: '',
    type: checked.typeOf(checked.expr),
    uses: (variable) => [...checked.names.values()].includes(variable),
    selects: (variable, field) => [...everyExpr(checked.expr)].some((expr) => isSelectionOf(expr, variable, field)),
    cost: (sizeOf) => estimateCost(checked, { sizeOf, rules: planning.costs }),
    program: () => programOf(planProgram(checked, planning)),
  };
}

function isSelectionOf(expr: Expr, variable: string, field: string): boolean {
  const isVariable = (operand: Expr | undefined): boolean => operand?.kind === 'ident' && operand.name === variable;
  if (expr.kind === 'select') return expr.field === field && isVariable(expr.operand);
  if (expr.kind !== 'call' || expr.name !== '_?._') return false;
  const [operand, name] = expr.args;
  return isVariable(operand) && name?.kind === 'literal' && name.value === field;
}

const programOf = (run: Step): Program => ({
  evaluate(activation, { costLimit = perCallLimit } = {}) {
    const frame = new Frame(activation, costLimit);
    try {
      const value = run(frame);
      return value instanceof CelError ? { value: undefined, error: value.message, cost: frame.cost } : { value, error: undefined, cost: frame.cost };
    } catch (error) {
      if (error instanceof CostLimitExceeded) return { value: undefined, error: error.message, cost: frame.cost };
      if (error instanceof EvaluationPanic) return { value: undefined, error: `internal error: ${error.message}`, cost: frame.cost };
      throw error;
    }
  },
});

export { ProgramError };
