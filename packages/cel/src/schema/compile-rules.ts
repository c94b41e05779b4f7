/** The rules of `x-kubernetes-validations` of one node of a schema, compiled (apiextensions-apiserver/pkg/apiserver/schema/cel). */
import type { StructuralSchema, ValidationRule } from '@apiserver-kit/schema';
import type { TypeProvider } from '../checker/type-provider.js';
import type { SizeOfPath } from '../cost/estimate.js';
import { type CelEnvironment, type Compiled, type Program, ProgramError, celEnvironment } from '../environment.js';
import { kubernetesLibraries, newestVersion } from '../library/kubernetes.js';
import { type Type, optionalOf } from '../types/type.js';
import { type DeclaredType, maxRequestBytes, sizesWithin, typesWithin } from './declared-type.js';
import { normalFieldPath } from './field-path.js';

/** One rule. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Undefined where the rule is empty, or has an error. */
  readonly program: Program | undefined;
  /** Why the rule is none. */
  readonly error: string | undefined;
  readonly usesOldSelf: boolean;
  /** The most that an evaluation costs. */
  readonly maxCost: number;
  /** The most often that the node may be in an object of the largest size. */
  readonly maxCardinality: number;
  readonly messageProgram: Program | undefined;
  readonly messageError: string | undefined;
  readonly maxMessageCost: number;
  /** The field that errors are of, from the node on. */
  readonly fieldPath: string | undefined;
}

/** Whether an expression is one that is stored already: it may use all there is. */
export type IsStored = (kind: 'rule' | 'messageExpression', text: string) => boolean;

export interface CompileRulesOptions {
  /** The version of Kubernetes that new expressions must be understood by. */
  readonly version?: string;
  /** Default: no expression is. */
  readonly isStored?: IsStored;
}

/** Compiles the rules of the node. Messages name its type, so the name should tell nobody anything. */
export function compileRules(schema: StructuralSchema, declared: DeclaredType, { version, isStored = () => false }: CompileRulesOptions = {}): CompiledRule[] {
  const environments = environmentsOf(declared.type, typesWithin(declared), version);
  const sizes = sizesWithin(declared);
  // Between any two there is a comma.
  const maxCardinality = Math.floor(maxRequestBytes / (declared.minSize + 1));
  return (schema.validations ?? []).map((rule) => {
    const environmentFor = (kind: 'rule' | 'messageExpression', text: string): CelEnvironment =>
      environments(isStored(kind, text), rule.optionalOldSelf === true);
    return compileRule(rule, schema, environmentFor, sizes, maxCardinality);
  });
}

type Environments = (isStored: boolean, isOptional: boolean) => CelEnvironment;

function environmentsOf(self: Type, provider: TypeProvider, version: string | undefined): Environments {
  const made = new Map<string, CelEnvironment>();
  return (isStored, isOptional) => {
    const key = `${isStored} ${isOptional}`;
    let environment = made.get(key);
    if (!environment) {
      const variables = { self, oldSelf: isOptional ? optionalOf(self) : self };
      environment = celEnvironment({ variables, provider, libraries: librariesOf(isStored ? newestVersion : version) });
      made.set(key, environment);
    }
    return environment;
  };
}

const libraries = new Map<string, ReturnType<typeof kubernetesLibraries>>();
function librariesOf(version = ''): ReturnType<typeof kubernetesLibraries> {
  let found = libraries.get(version);
  if (!found) libraries.set(version, (found = kubernetesLibraries(version === '' ? undefined : version)));
  return found;
}

const nothing = {
  program: undefined,
  error: undefined,
  usesOldSelf: false,
  maxCost: 0,
  maxCardinality: 0,
  messageProgram: undefined,
  messageError: undefined,
  maxMessageCost: 0,
  fieldPath: undefined,
};

function compileRule(
  rule: ValidationRule,
  schema: StructuralSchema,
  environmentFor: (kind: 'rule' | 'messageExpression', text: string) => CelEnvironment,
  sizes: SizeOfPath,
  maxCardinality: number,
): CompiledRule {
  const text = rule.rule ?? '';
  if (text.trim() === '') return { ...nothing, rule };
  const compiled = environmentFor('rule', text).compile(text);
  if (compiled.issues.length > 0) return { ...nothing, rule, error: `compilation failed: ${compiled.errorText}` };
  if (compiled.type!.kind !== 'bool') return { ...nothing, rule, error: 'cel expression must evaluate to a bool' };
  const usesOldSelf = compiled.uses('oldSelf');
  const program = instantiate(compiled);
  if (typeof program === 'string') return { ...nothing, rule, usesOldSelf, error: `program instantiation failed: ${program}` };
  const made = { ...nothing, rule, program, usesOldSelf, maxCost: compiled.cost(sizes).max, maxCardinality };
  const message = compileMessage(rule.messageExpression ?? '', environmentFor, sizes);
  if (message.messageError !== undefined) return { ...made, ...message };
  return { ...made, ...message, fieldPath: (rule.fieldPath && normalFieldPath(rule.fieldPath, schema)) || undefined };
}

function compileMessage(
  text: string,
  environmentFor: (kind: 'rule' | 'messageExpression', text: string) => CelEnvironment,
  sizes: SizeOfPath,
): Partial<CompiledRule> {
  if (text === '') return {};
  const compiled = environmentFor('messageExpression', text).compile(text);
  if (compiled.issues.length > 0) return { messageError: `messageExpression compilation failed: ${compiled.errorText}` };
  if (compiled.type!.kind !== 'string') return { messageError: 'messageExpression must evaluate to a string' };
  const program = instantiate(compiled);
  if (typeof program === 'string') return { messageError: `messageExpression instantiation failed: ${program}` };
  return { messageProgram: program, maxMessageCost: compiled.cost(sizes).max };
}

/** The program, or why there is none. */
function instantiate(compiled: Compiled): Program | string {
  try {
    return compiled.program();
  } catch (error) {
    if (error instanceof ProgramError) return error.message;
    throw error;
  }
}
