/** The authorizers of an AuthorizationConfiguration, and of the ones that come after it (pkg/kubeapiserver/authorizer). */
import type { Backoff } from '@apiserver-kit/client';
import type { Clock } from '@apiserver-kit/machinery';
import { type Authorizer, union } from '../authorizer.js';
import { alwaysAllow, alwaysDeny, privilegedGroups } from '../fixed.js';
import { type MatchConditionCompiler, webhookAuthorizerFromFile, type WebhookCall } from '../webhook/index.js';
import type { AuthorizationConfiguration, AuthorizerConfiguration } from './load.js';
import { loadAuthorizationConfiguration } from './load.js';
import { checkAuthorizationConfiguration } from './validate.js';

export { type AuthorizationConfiguration, type AuthorizerConfiguration, loadAuthorizationConfiguration, type WebhookConfiguration } from './load.js';
export {
  type AuthorizationModeName,
  authorizationModes,
  checkAuthorizationConfiguration,
  type ValidateAuthorizationOptions,
  validateAuthorizationConfiguration,
} from './validate.js';

export interface ConfiguredAuthorizerOptions {
  /** The authorizers that last: they are the same whatever the configuration becomes. A mode without one cannot be configured. */
  readonly modes: { readonly Node?: Authorizer; readonly RBAC?: Authorizer; readonly ABAC?: Authorizer };
  /** Compiles the conditions of webhooks. Default: none can be. */
  readonly compileCondition?: MatchConditionCompiler;
  /** Between attempts to ask a webhook. */
  readonly backoff?: Backoff;
  readonly clock?: Clock;
  /** Makes the authorizer of a webhook. Default: of its kubeconfig. */
  readonly webhook?: (configuration: AuthorizerConfiguration) => Authorizer;
  readonly observeWebhook?: (call: WebhookCall) => void;
  readonly log?: (message: string, error: unknown) => void;
}

/** Asks the authorizers that are configured now; `system:masters` may do everything. */
export interface ConfiguredAuthorizer extends Authorizer {
  /**
   * Goes over to another configuration. The modes of the first have to be in it.
   * @throws Error when it is no good: nothing changes.
   */
  update(configuration: AuthorizationConfiguration): void;
  /**
   * The same from the text of a file (`--authorization-config`), for whoever watches it.
   * @throws Error when it cannot be read, too.
   */
  updateFromText(text: string): void;
}

/** @throws Error for what is wrong with the configuration. */
export function configuredAuthorizer(configuration: AuthorizationConfiguration, options: ConfiguredAuthorizerOptions): ConfiguredAuthorizer {
  const { compileCondition } = options;
  let requiredTypes: readonly string[] = [];
  const make = (next: AuthorizationConfiguration): Authorizer => {
    checkAuthorizationConfiguration(next, { compileCondition, requiredTypes });
    return union([privilegedGroups(), ...next.authorizers.map((one) => authorizerOf(one, options))]);
  };
  let current = make(configuration);
  requiredTypes = configuration.authorizers.map(({ type }) => type).filter((type) => type !== 'Webhook');
  const update = (next: AuthorizationConfiguration): void => {
    current = make(next);
  };
  return {
    name: 'configured',
    authorize: (attributes) => current.authorize(attributes),
    rulesFor: (user, namespace) => current.rulesFor!(user, namespace),
    update,
    updateFromText: (text) => update(loadAuthorizationConfiguration(text)),
  };
}

/** An authorizer under the name that it has in the configuration: what reasons are told with. */
const named = (name: string, authorizer: Authorizer): Authorizer => ({
  name,
  authorize: (attributes) => authorizer.authorize(attributes),
  ...(authorizer.rulesFor !== undefined && { rulesFor: (user, namespace) => authorizer.rulesFor!(user, namespace) }),
});

function authorizerOf(configuration: AuthorizerConfiguration, options: ConfiguredAuthorizerOptions): Authorizer {
  const { type, name } = configuration;
  switch (type) {
    case 'AlwaysAllow':
      return named(name, alwaysAllow());
    case 'AlwaysDeny':
      return named(name, alwaysDeny());
    case 'Webhook':
      return options.webhook?.(configuration) ?? webhookOf(configuration, options);
    case 'Node':
    case 'RBAC':
    case 'ABAC': {
      const lasting = options.modes[type];
      if (lasting === undefined) throw new Error(`authorizer type ${type} is not allowed if it was not enabled at initial server startup`);
      return named(name, lasting);
    }
    default:
      throw new Error(`unknown authorization mode ${type} specified`);
  }
}

function webhookOf({ name, webhook }: AuthorizerConfiguration, options: ConfiguredAuthorizerOptions): Authorizer {
  const { compileCondition, backoff, clock, observeWebhook: observe, log } = options;
  const { connectionInfo, timeoutMs, authorizedTtlMs, unauthorizedTtlMs, cacheAuthorizedRequests, cacheUnauthorizedRequests, matchConditions } = webhook!;
  if (connectionInfo.type !== 'KubeConfigFile') throw new Error(`connectionInfo of type ${connectionInfo.type} is not allowed for an API server`);
  return webhookAuthorizerFromFile(connectionInfo.kubeConfigFile!, {
    name,
    version: webhook!.subjectAccessReviewVersion,
    timeoutMs,
    authorizedTtlMs: cacheAuthorizedRequests ? authorizedTtlMs : 0,
    unauthorizedTtlMs: cacheUnauthorizedRequests ? unauthorizedTtlMs : 0,
    failurePolicy: webhook!.failurePolicy === 'Deny' ? 'Deny' : 'NoOpinion',
    matchConditions: matchConditions.map(({ expression }) => expression),
    compileCondition,
    backoff,
    clock,
    observe,
    log,
  });
}
