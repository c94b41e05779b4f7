/** The webhooks of a server: from their configurations to plugins. What calls them is loaded when there is one. */
import { type AdmissionPlugin, type NamespaceReader, type ObjectInterfaces, type WebhookStore, webhookStore } from '@apiserver-kit/admission';
import type { ExpressionAuthorizer } from '@apiserver-kit/admission/policies';
import { clusterIPResolver } from '@apiserver-kit/aggregator';
import type { Authorizer } from '@apiserver-kit/authz';
import type { Clock } from '@apiserver-kit/machinery';
import type { ResourceStore } from '@apiserver-kit/rest';
import type { Following } from '@apiserver-kit/watch-cache';
import { followStore } from './followed.js';
import { expressionAuthorizer } from './policies.js';

export interface WebhookParts {
  /** Where the two kinds of configuration are. */
  readonly mutating: ResourceStore;
  readonly validating: ResourceStore;
  readonly services: ResourceStore;
  readonly namespaces: NamespaceReader;
  readonly interfaces: ObjectInterfaces;
  /** Whom conditions may ask. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly uid: () => string;
}

export interface ServerWebhooks {
  readonly plugins: readonly [mutating: AdmissionPlugin, validating: AdmissionPlugin];
  readonly followings: readonly Following[];
  /** Ends the connections to webhooks. */
  close(): Promise<void>;
}

type Decision = Exclude<ReturnType<ExpressionAuthorizer>, Promise<unknown>>;

/** Conditions of webhooks do not wait: what has to be asked elsewhere is not known to them. */
const atOnce =
  (authorize: ExpressionAuthorizer) =>
  (attributes: Parameters<ExpressionAuthorizer>[0]): Decision => {
    const decision = authorize(attributes);
    return decision instanceof Promise ? { isAllowed: false, error: 'the authorizer does not answer at once' } : decision;
  };

type Loaded = Awaited<ReturnType<typeof load>>;

const load = async (
  { services, namespaces, interfaces, authorizer, clock, uid }: WebhookParts,
  sources: { mutating: WebhookStore; validating: WebhookStore },
) => {
  const [{ httpWebhookCaller, mutatingWebhooks, validatingWebhooks }, { celConditions }] = await Promise.all([
    import('@apiserver-kit/admission/webhooks'),
    import('@apiserver-kit/admission/policies'),
  ]);
  const resolveService = clusterIPResolver({ service: async (namespace, name) => (await services.get(namespace, name))?.object() });
  const caller = httpWebhookCaller({ resolveService });
  const options = { call: caller.call, namespaces, interfaces, clock, uid, conditions: celConditions({ authorize: atOnce(expressionAuthorizer(authorizer)) }) };
  return {
    caller,
    mutating: mutatingWebhooks({ ...options, source: sources.mutating }),
    validating: validatingWebhooks({ ...options, source: sources.validating }),
  };
};

/** Follows the configurations. */
export function serverWebhooks(parts: WebhookParts): ServerWebhooks {
  const sources = { mutating: webhookStore(), validating: webhookStore() };
  let loading: Promise<Loaded> | undefined;
  let loaded: Loaded | undefined;
  const loadOnce = (): Promise<Loaded> => {
    loading ??= load(parts, sources).then((all) => {
      loaded = all;
      return all;
    });
    return loading;
  };
  return {
    plugins: [
      {
        name: 'MutatingAdmissionWebhook',
        handles: () => sources.mutating.hooks().length > 0,
        admit: (attributes) => (loaded ? loaded.mutating.admit!(attributes) : loadOnce().then(({ mutating }) => mutating.admit!(attributes))),
      },
      {
        name: 'ValidatingAdmissionWebhook',
        handles: () => sources.validating.hooks().length > 0,
        validate: (attributes) => (loaded ? loaded.validating.validate!(attributes) : loadOnce().then(({ validating }) => validating.validate!(attributes))),
      },
    ],
    followings: [followStore(parts.mutating, sources.mutating, parts.clock), followStore(parts.validating, sources.validating, parts.clock)],
    close: async () => (await loading)?.caller.close(),
  };
}
