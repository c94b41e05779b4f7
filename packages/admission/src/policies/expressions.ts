/** Expressions of admission, compiled (k8s.io/apiserver/pkg/admission/plugin/cel). */
import {
  type CelEnvironment,
  celEnvironment,
  celTypes,
  jsonPatchLibrary,
  kubernetesLibraries,
  newestVersion,
  ProgramError,
  type Type,
} from '@apiserver-kit/cel';
import { authorizerType, type Program, resourceCheckType } from '@apiserver-kit/cel';
import { admissionTypes, namespaceType, requestType, variablesType, variableTypeOf } from './declared-types.js';
import { jsonPatchType, objectType, patchTypes } from './patch-values.js';

const { bool, dyn, listOf, nullType, string } = celTypes;

/** What an expression may name besides the objects, the request and the namespace. */
export interface ExpressionScope {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** `Object` and `JSONPatch`: in mutations only. */
  readonly hasPatchTypes?: boolean;
}

/** What must come of an expression. */
export type ExpressionResult = 'boolean' | 'string' | 'stringOrNull' | 'any' | 'jsonPatch' | 'applyConfiguration';

const resultTypes: Readonly<Record<ExpressionResult, readonly Type[]>> = {
  boolean: [bool],
  string: [string],
  stringOrNull: [string, nullType],
  any: [],
  jsonPatch: [listOf(jsonPatchType)],
  applyConfiguration: [objectType],
};

export interface CompiledExpression {
  readonly text: string;
  /** Undefined where there is an error. */
  readonly program: Program | undefined;
  readonly error: string | undefined;
  readonly type: Type | undefined;
}

export interface ExpressionCompilerOptions {
  /** Whether there are variables: of policies. */
  readonly hasVariables?: boolean;
  /** The version of Kubernetes that expressions have to be understood by. Default: they may use all there is, as stored ones may. */
  readonly version?: string;
}

/** Compiles expressions that see the same variables. */
export class ExpressionCompiler {
  /** By name, in the order in which they were defined. */
  readonly variables = new Map<string, CompiledExpression>();
  readonly #types = new Map<string, Type>();
  readonly #environments = new Map<string, CelEnvironment>();
  readonly #hasVariables: boolean;
  readonly #version: string | undefined;

  constructor({ hasVariables = false, version = newestVersion }: ExpressionCompilerOptions = {}) {
    this.#hasVariables = hasVariables;
    this.#version = version;
  }

  compile(text: string, result: ExpressionResult, scope: ExpressionScope): CompiledExpression {
    const failed = (error: string): CompiledExpression => ({ text, program: undefined, error, type: undefined });
    const compiled = this.#environment(scope).compile(text);
    if (compiled.errorText !== '') return failed(`compilation failed: ${compiled.errorText}`);
    const type = compiled.type!;
    const wanted = resultTypes[result];
    if (wanted.length > 0 && !wanted.some((one) => type.isExactly(one))) {
      const what = wanted.length === 1 ? wanted[0]!.toString() : `one of [${wanted.join(' ')}]`;
      return failed(`must evaluate to ${what} but got ${type}`);
    }
    try {
      return { text, program: compiled.program(), error: undefined, type };
    } catch (error) {
      if (error instanceof ProgramError) return failed(`program instantiation failed: ${error.message}`);
      throw error;
    }
  }

  /** Compiles a variable, which the expressions after it may use. */
  define(name: string, text: string, scope: ExpressionScope): CompiledExpression {
    const compiled = this.compile(text, 'any', scope);
    this.variables.set(name, compiled);
    this.#types.set(name, variableTypeOf(compiled.type));
    return compiled;
  }

  #environment({ hasParams, hasAuthorizer, hasPatchTypes = false }: ExpressionScope): CelEnvironment {
    const id = `${hasParams} ${hasAuthorizer} ${hasPatchTypes}`;
    let environment = this.#environments.get(id);
    if (!environment) {
      const libraries = kubernetesLibraries(this.#version);
      environment = celEnvironment({
        libraries: hasPatchTypes ? [...libraries, jsonPatchLibrary] : libraries,
        variables: {
          object: dyn,
          oldObject: dyn,
          namespaceObject: namespaceType,
          request: requestType,
          ...(hasParams && { params: dyn }),
          ...(hasAuthorizer && { authorizer: authorizerType, 'authorizer.requestResource': resourceCheckType }),
          ...(this.#hasVariables && { variables: variablesType }),
        },
        provider: admissionTypes(this.#hasVariables ? this.#types : undefined, hasPatchTypes ? patchTypes : undefined),
      });
      this.#environments.set(id, environment);
    }
    return environment;
  }
}
