/** Reads the file of `--authorization-config`, strictly (k8s.io/apiserver/pkg/apis/apiserver). */
import { duplicateFields, isRecord } from '@apiserver-kit/machinery';
import { type StructField, structDecoder } from '@apiserver-kit/machinery/structs';
import { decodeYaml } from '@apiserver-kit/machinery/yaml';
import { parseDuration } from '@apiserver-kit/pipeline';

export interface AuthorizationConfiguration {
  /** Asked in this order. */
  readonly authorizers: readonly AuthorizerConfiguration[];
}

export interface AuthorizerConfiguration {
  /** A mode of `--authorization-mode`. */
  readonly type: string;
  readonly name: string;
  /** Of the type Webhook, and only of that. */
  readonly webhook?: WebhookConfiguration;
}

/** With its defaults. Durations are in ms. */
export interface WebhookConfiguration {
  readonly timeoutMs: number;
  readonly authorizedTtlMs: number;
  readonly unauthorizedTtlMs: number;
  readonly cacheAuthorizedRequests: boolean;
  readonly cacheUnauthorizedRequests: boolean;
  readonly subjectAccessReviewVersion: string;
  readonly matchConditionSubjectAccessReviewVersion: string;
  readonly failurePolicy: string;
  readonly connectionInfo: { readonly type: string; readonly kubeConfigFile?: string };
  readonly matchConditions: readonly { readonly expression: string }[];
}

const text = (...names: string[]): StructField[] => names.map((name) => ({ name, type: 'string' }));
const flag = (name: string): StructField => ({ name, type: 'boolean', pointer: true, optional: true });
const duration = (name: string): StructField => ({ name, type: 'duration' });
const list = (name: string, type: string): StructField => ({ name, type: { list: { ref: `apiserver.v1.${type}` } } });

const structs: Readonly<Record<string, readonly StructField[]>> = {
  AuthorizationConfiguration: [...text('kind', 'apiVersion'), list('authorizers', 'AuthorizerConfiguration')],
  AuthorizerConfiguration: [...text('type', 'name'), { name: 'webhook', type: { ref: 'apiserver.v1.WebhookConfiguration' }, pointer: true, optional: true }],
  WebhookConfiguration: [
    duration('authorizedTTL'),
    flag('cacheAuthorizedRequests'),
    duration('unauthorizedTTL'),
    flag('cacheUnauthorizedRequests'),
    duration('timeout'),
    ...text('subjectAccessReviewVersion', 'matchConditionSubjectAccessReviewVersion', 'failurePolicy'),
    { name: 'connectionInfo', type: { ref: 'apiserver.v1.WebhookConnectionInfo' } },
    list('matchConditions', 'WebhookMatchCondition'),
  ],
  WebhookConnectionInfo: [...text('type'), { name: 'kubeConfigFile', type: 'string', pointer: true }],
  WebhookMatchCondition: text('expression'),
};

const decode = structDecoder({ fields: (name) => structs[name.slice('apiserver.v1.'.length)]! });
const versions = new Set(['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`));

/** As it stands in a file that was decoded. */
interface RawWebhook extends Partial<Record<string, unknown>> {
  readonly connectionInfo?: { readonly type?: string; readonly kubeConfigFile?: string };
  readonly matchConditions?: readonly { readonly expression: string }[] | null;
}

/**
 * Reads a configuration from YAML or JSON, and fills in what it leaves out. Empty text is one without authorizers.
 * @throws Error when it is none, has fields that nobody knows, or fields twice.
 */
export function loadAuthorizationConfiguration(data: string): AuthorizationConfiguration {
  if (data === '') return { authorizers: [] };
  const { value, strictError } = decodeYaml(data);
  if (!isRecord(value)) throw new Error("couldn't get version/kind; json parse error: the document is no object");
  const { kind, apiVersion } = value;
  if (typeof kind !== 'string' || kind === '') throw new Error("Object 'Kind' is missing");
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new Error("Object 'apiVersion' is missing");
  if (kind !== 'AuthorizationConfiguration' || !versions.has(apiVersion)) throw new Error(`no kind "${kind}" is registered for version "${apiVersion}"`);
  const { object, unknownFields } = decode('apiserver.v1.AuthorizationConfiguration', value);
  const strict = [
    ...(strictError === undefined ? [] : [strictError]),
    ...(data.trimStart().startsWith('{') ? duplicateFields(data, value).map((path) => `duplicate field "${path}"`) : []),
    ...unknownFields.map((path) => `unknown field "${path}"`),
  ];
  if (strict.length > 0) throw new Error(`strict decoding error: ${strict.join(', ')}`);
  const { authorizers } = object as { authorizers?: readonly { type?: string; name?: string; webhook?: RawWebhook }[] | null };
  return {
    authorizers: (authorizers ?? []).map(({ type = '', name = '', webhook }) => ({ type, name, ...(webhook && { webhook: withDefaults(webhook) }) })),
  };
}

function withDefaults(webhook: RawWebhook): WebhookConfiguration {
  const { connectionInfo, matchConditions } = webhook;
  const said = (name: string): string => (typeof webhook[name] === 'string' ? webhook[name] : '');
  return {
    timeoutMs: milliseconds(said('timeout')),
    authorizedTtlMs: milliseconds(said('authorizedTTL')) || 300_000,
    unauthorizedTtlMs: milliseconds(said('unauthorizedTTL')) || 30_000,
    cacheAuthorizedRequests: webhook.cacheAuthorizedRequests !== false,
    cacheUnauthorizedRequests: webhook.cacheUnauthorizedRequests !== false,
    subjectAccessReviewVersion: said('subjectAccessReviewVersion'),
    matchConditionSubjectAccessReviewVersion: said('matchConditionSubjectAccessReviewVersion'),
    failurePolicy: said('failurePolicy'),
    connectionInfo: { type: connectionInfo?.type ?? '', ...(connectionInfo?.kubeConfigFile != null && { kubeConfigFile: connectionInfo.kubeConfigFile }) },
    matchConditions: matchConditions ?? [],
  };
}

/** @throws Error for what is no duration of Go. */
function milliseconds(value: string): number {
  if (value === '') return 0;
  const ms = parseDuration(value);
  if (ms === undefined) throw new Error(`time: invalid duration ${JSON.stringify(value)}`);
  return ms;
}
