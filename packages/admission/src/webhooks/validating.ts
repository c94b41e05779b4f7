/** ValidatingAdmissionWebhook: webhooks that may refuse, asked all at once (k8s.io/apiserver/pkg/admission/plugin/webhook/validating). */
import type { AdmissionPlugin, Attributes } from '../admission.js';
import { annotate } from '../annotate.js';
import { type Versioned, versionedAs } from '../matching/versions.js';
import type { Hook } from './configuration.js';
import { type Invocation, WebhookDispatcher, type WebhookOptions } from './dispatcher.js';
import { CallError, callFailed, requestTimedOut } from './failure.js';

const failedOpenPrefix = 'failed-open.validating.webhook.admission.k8s.io/';

/** Each kind of object is converted once. */
function versionsOf(attributes: Attributes, { interfaces }: WebhookDispatcher) {
  const made = new Map<string, Versioned | Promise<Versioned>>();
  return (kind: Versioned['kind']): Versioned | Promise<Versioned> => {
    const id = `${kind.group}/${kind.version}/${kind.kind}`;
    let versioned = made.get(id);
    if (!versioned) {
      versioned = versionedAs(attributes, kind, interfaces);
      made.set(id, versioned);
    }
    return versioned;
  };
}

/** Asks every webhook that a write concerns; the first refusal, in the order of the configurations, is the answer. */
export function validatingWebhooks(options: WebhookOptions): AdmissionPlugin {
  const dispatcher = new WebhookDispatcher(options);

  const askOne = async (invocation: Invocation, index: number, attributes: Attributes, versioned: Versioned): Promise<void> => {
    const { hook } = invocation;
    const startMs = dispatcher.clock.now();
    const observe = (outcome: 'allowed' | 'refused' | 'failed' | 'failedOpen'): void => dispatcher.observe(hook, 'validating', attributes, startMs, outcome);
    try {
      await dispatcher.ask(invocation, attributes, versioned, false);
      observe('allowed');
    } catch (error) {
      if (!(error instanceof CallError)) {
        observe('refused');
        throw error;
      }
      if (hook.webhook.failurePolicy !== 'Ignore') {
        observe('failed');
        throw callFailed(error);
      }
      observe('failedOpen');
      annotate(attributes, `${failedOpenPrefix}round_0_index_${index}`, hook.webhook.name);
    }
  };

  const dispatch = async (matches: readonly (readonly [Hook, Omit<Invocation, 'hook'>])[], attributes: Attributes): Promise<void> => {
    const versions = versionsOf(attributes, dispatcher);
    const concerned: [Invocation, Versioned][] = [];
    for (const [hook, matched] of matches)
      if (await dispatcher.isConcerned(hook, matched, attributes, versions)) concerned.push([{ hook, ...matched }, await versions(matched.kind)]);
    if (concerned.length === 0) return;
    if (attributes.context?.signal.aborted) throw requestTimedOut();
    const outcomes = await Promise.allSettled(concerned.map(([invocation, versioned], index) => askOne(invocation, index, attributes, versioned)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  };

  return {
    name: 'ValidatingAdmissionWebhook',
    handles: () => true,
    validate(attributes) {
      const matches: [Hook, Omit<Invocation, 'hook'>][] = [];
      for (const hook of dispatcher.candidates(attributes)) {
        const matched = dispatcher.matched(hook, attributes);
        if (matched) matches.push([hook, matched]);
      }
      if (matches.length > 0) return dispatch(matches, attributes);
    },
  };
}
