/** Reads the file of `--authentication-config`, strictly. */
import { duplicateFields, isRecord, type JsonObject } from '@apiserver-kit/machinery';
import { type StructField, structDecoder } from '@apiserver-kit/machinery/structs';
import { decodeYaml } from '@apiserver-kit/machinery/yaml';
import type { AuthenticationConfiguration } from './configuration.js';

const text = (...names: string[]): StructField[] => names.map((name) => ({ name, type: 'string', optional: true }));
const struct = (name: string, type: string): StructField => ({ name, type: { ref: `apiserver.v1.${type}` } });
const list = (name: string, type: string, more: Partial<StructField> = {}): StructField => ({
  name,
  type: { list: { ref: `apiserver.v1.${type}` } },
  optional: true,
  ...more,
});

const structs: Readonly<Record<string, readonly StructField[]>> = {
  AuthenticationConfiguration: [
    ...text('kind', 'apiVersion'),
    list('jwt', 'JWTAuthenticator', { optional: false }),
    { ...struct('anonymous', 'AnonymousAuthConfig'), pointer: true, optional: true },
  ],
  AnonymousAuthConfig: [{ name: 'enabled', type: 'boolean' }, list('conditions', 'AnonymousAuthCondition')],
  AnonymousAuthCondition: text('path'),
  JWTAuthenticator: [
    struct('issuer', 'Issuer'),
    list('claimValidationRules', 'ClaimValidationRule'),
    struct('claimMappings', 'ClaimMappings'),
    list('userValidationRules', 'UserValidationRule'),
  ],
  Issuer: [
    ...text('url'),
    { name: 'discoveryURL', type: 'string', pointer: true, optional: true },
    ...text('certificateAuthority'),
    { name: 'audiences', type: { list: 'string' } },
    ...text('audienceMatchPolicy', 'egressSelectorType'),
  ],
  ClaimValidationRule: text('claim', 'requiredValue', 'expression', 'message'),
  ClaimMappings: [
    struct('username', 'PrefixedClaimOrExpression'),
    struct('groups', 'PrefixedClaimOrExpression'),
    struct('uid', 'ClaimOrExpression'),
    list('extra', 'ExtraMapping'),
  ],
  PrefixedClaimOrExpression: [...text('claim'), { name: 'prefix', type: 'string', pointer: true, optional: true }, ...text('expression')],
  ClaimOrExpression: text('claim', 'expression'),
  ExtraMapping: text('key', 'valueExpression'),
  UserValidationRule: text('expression', 'message'),
};

const decode = structDecoder({ fields: (name) => structs[name.slice('apiserver.v1.'.length)]! });
const versions = new Set(['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`));

/**
 * Reads a configuration from YAML or JSON.
 * @throws Error when it is none, has fields that nobody knows, or fields twice.
 */
export function loadAuthenticationConfiguration(data: string): AuthenticationConfiguration {
  if (data === '') throw new Error('empty config data');
  const { value, strictError } = decodeYaml(data);
  if (!isRecord(value)) throw new Error("couldn't get version/kind; json parse error: the document is no object");
  judgeKind(value);
  const { object, unknownFields } = decode('apiserver.v1.AuthenticationConfiguration', value);
  const strict = [
    ...(strictError === undefined ? [] : [strictError]),
    ...(data.trimStart().startsWith('{') ? duplicateFields(data, value).map((path) => `duplicate field "${path}"`) : []),
    ...unknownFields.map((path) => `unknown field "${path}"`),
  ];
  if (strict.length > 0) throw new Error(`strict decoding error: ${strict.join(', ')}`);
  return object as AuthenticationConfiguration;
}

function judgeKind({ kind, apiVersion }: JsonObject): void {
  if (typeof kind !== 'string' || kind === '') throw new Error("Object 'Kind' is missing");
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new Error("Object 'apiVersion' is missing");
  if (kind !== 'AuthenticationConfiguration' || !versions.has(apiVersion)) throw new Error(`no kind "${kind}" is registered for version "${apiVersion}"`);
}
