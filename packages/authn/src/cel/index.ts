/**
 * The expressions of AuthenticationConfigurations, as CEL (k8s.io/apiserver/pkg/authentication/cel).
 *
 * An entry of its own, so that CEL is loaded by those servers only whose configuration has expressions.
 */
import { type CelEnvironment, celEnvironment, celTypes, ListValue, type TypeProvider, type Value } from '@apiserver-kit/cel';
import type { CelEvaluator } from '../oidc/configuration.js';
import { celObject } from './claims-value.js';

const userInfo = celTypes.struct('kubernetes.UserInfo');
const texts = celTypes.listOf(celTypes.string);
const userFields: Readonly<Record<string, celTypes.Type>> = {
  username: celTypes.string,
  uid: celTypes.string,
  groups: texts,
  extra: celTypes.mapOf(celTypes.string, texts),
};
const userTypes: TypeProvider = {
  findStruct: (name) => (name === userInfo.name ? userInfo : undefined),
  findField: (struct, field) => (struct === userInfo.name && Object.hasOwn(userFields, field) ? userFields[field] : undefined),
};

/**
 * Compiles the expressions of a configuration.
 *
 * @example authenticationConfigurationFile(path, { cel: authenticationCel() })
 */
export function authenticationCel(): CelEvaluator {
  const environments: Record<'claims' | 'user', CelEnvironment> = {
    claims: celEnvironment({ variables: { claims: celTypes.mapOf(celTypes.string, celTypes.any) } }),
    user: celEnvironment({ variables: { user: userInfo }, provider: userTypes }),
  };
  return {
    compile(expression, variable, result) {
      const compiled = environments[variable].compile(expression);
      if (compiled.type === undefined) throw new Error(`compilation failed: ${compiled.errorText}`);
      if (result === 'bool' && compiled.type.kind !== 'bool') throw new Error('must evaluate to bool');
      const program = compiled.program();
      return {
        evaluate(value) {
          const { value: found, error } = program.evaluate({ [variable]: celObject(value as Record<string, unknown>) });
          if (found === undefined) throw new Error(error);
          return plain(found);
        },
        selects: (field) => compiled.selects(variable, field),
      };
    },
  };
}

/** Texts, booleans, null and lists as they are. What is anything else must not pass for one of them: times have a text form, too. */
function plain(value: Value): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  return value instanceof ListValue ? Array.from({ length: value.size }, (_, at) => plain(value.at(at))) : {};
}
