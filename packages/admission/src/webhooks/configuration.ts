/** Webhooks as MutatingWebhookConfiguration and ValidatingWebhookConfiguration tell of them (admissionregistration.k8s.io/v1). */
import { everyLabel, type KubeObject, type LabelSelector, labelSelectorFrom, type LabelSelectorObject, noLabel } from '@apiserver-kit/machinery';
import type { Rule } from '../matching/rules.js';

export interface MatchCondition {
  readonly name: string;
  /** CEL. */
  readonly expression: string;
}

export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly path?: string;
  readonly port?: number;
}

/** Where a webhook is: `service` or `url`. */
export interface WebhookClientConfig {
  readonly url?: string;
  readonly service?: ServiceReference;
  /** PEM in base64: the authorities of the webhook. */
  readonly caBundle?: string;
}

/** One webhook, with the defaults that the API gives it. */
export interface Webhook {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly Rule[];
  readonly failurePolicy?: string;
  readonly matchPolicy?: string;
  readonly namespaceSelector?: LabelSelectorObject;
  readonly objectSelector?: LabelSelectorObject;
  readonly sideEffects?: string;
  readonly timeoutSeconds?: number;
  readonly admissionReviewVersions?: readonly string[];
  readonly matchConditions?: readonly MatchCondition[];
  /** Of mutating ones only. */
  readonly reinvocationPolicy?: string;
}

/** A webhook made ready to be asked. */
export interface Hook {
  readonly webhook: Webhook;
  /** The name of its configuration. */
  readonly configuration: string;
  /** Tells it from all others: names may come twice. */
  readonly id: string;
  readonly rules: readonly Rule[];
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
}

/** A selector that cannot be read selects nothing: validation keeps such ones out. */
function selectorOf(selector: LabelSelectorObject | undefined): LabelSelector {
  if (selector === undefined) return everyLabel;
  try {
    return labelSelectorFrom(selector);
  } catch {
    return noLabel;
  }
}

/** The webhooks of a configuration, in its order. */
export function hooksOf(configuration: KubeObject): Hook[] {
  const { name = '' } = configuration.metadata;
  const sameNames = new Map<string, number>();
  return ((configuration.webhooks ?? []) as readonly Webhook[]).map((webhook) => {
    const count = sameNames.get(webhook.name) ?? 0;
    sameNames.set(webhook.name, count + 1);
    return {
      webhook,
      configuration: name,
      id: `${name}/${webhook.name}/${count}`,
      rules: webhook.rules ?? [],
      namespaceSelector: selectorOf(webhook.namespaceSelector),
      objectSelector: selectorOf(webhook.objectSelector),
    };
  });
}

/** The webhooks that there are now: kept up to date by who follows their configurations. */
export interface WebhookSource {
  /** In the order in which they are asked: by the names of their configurations. */
  hooks(): readonly Hook[];
}

/** A {@link WebhookSource} that is told of each change. */
export interface WebhookStore extends WebhookSource {
  replace(configurations: readonly KubeObject[]): void;
  apply(configuration: KubeObject): void;
  remove(name: string): void;
}

/** @param configurations all of one kind. */
export function webhookStore(configurations: readonly KubeObject[] = []): WebhookStore {
  const byName = new Map<string, readonly Hook[]>();
  let sorted: readonly Hook[] | undefined;
  const apply = (configuration: KubeObject): void => {
    byName.set(configuration.metadata.name ?? '', hooksOf(configuration));
    sorted = undefined;
  };
  configurations.forEach(apply);
  return {
    hooks: () => (sorted ??= [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, hooks]) => hooks)),
    replace(all) {
      byName.clear();
      sorted = undefined;
      all.forEach(apply);
    },
    apply,
    remove(name) {
      byName.delete(name);
      sorted = undefined;
    },
  };
}
