/** MutatingAdmissionWebhook: webhooks that may change what is written, asked one after the other (k8s.io/apiserver/pkg/admission/plugin/webhook/mutating). */
import { applyJsonPatch, cloneJson, decodeJsonPatch, goQuote, internalError, isRecord, jsonEqual, type KubeObject } from '@apiserver-kit/machinery';
import { type AdmissionPlugin, type Attributes, reinvocationOf } from '../admission.js';
import { annotate } from '../annotate.js';
import { inRequestVersion, type Versioned, versionedAs } from '../matching/versions.js';
import { requireReinvoking, roundsOf } from '../reinvocation.js';
import type { Hook } from './configuration.js';
import { asInternal, type Invocation, WebhookDispatcher, type WebhookObservation, type WebhookOptions } from './dispatcher.js';
import { CallError, callFailed, requestTimedOut } from './failure.js';
import type { ReviewAnswer } from './review.js';

const name = 'MutatingAdmissionWebhook';
const mutationPrefix = 'mutation.webhook.admission.k8s.io/';
const failedOpenPrefix = `failed-open.${mutationPrefix}`;

/** Applies the patch of an answer. @throws CallError, StatusError InternalError. */
async function patched(
  answer: ReviewAnswer,
  { hook }: Invocation,
  { object, kind }: Versioned,
  { interfaces }: WebhookDispatcher,
): Promise<KubeObject | undefined> {
  if (answer.patch === undefined) return undefined;
  const webhookName = hook.webhook.name;
  let operations: ReturnType<typeof decodeJsonPatch>;
  try {
    operations = decodeJsonPatch(answer.patch);
  } catch (error) {
    throw new CallError(webhookName, `received undecodable patch in webhook response: ${(error as Error).message}`);
  }
  if (operations.length === 0) return undefined;
  if (!object) throw internalError(`admission webhook ${goQuote(webhookName)} attempted to modify the object, which is not supported for this operation`);
  if (answer.patchType !== 'JSONPatch') throw new CallError(webhookName, `unsupported patch type ${goQuote(answer.patchType)}`);
  try {
    const changed = applyJsonPatch(object, operations);
    if (!isRecord(changed)) throw new Error("couldn't get version/kind; json parse error: the patched document is no object");
    // What a patch leaves as it is is shared with the object before it, and both may be written to.
    return await interfaces.complete(cloneJson(changed) as KubeObject, kind);
  } catch (error) {
    throw asInternal(error);
  }
}

/** Lets webhooks change a write, each what the ones before it left; then, once more, those that want to see later changes. */
export function mutatingWebhooks(options: WebhookOptions): AdmissionPlugin {
  const dispatcher = new WebhookDispatcher(options);

  /** Asks one webhook. @returns the changed object, if it was changed. */
  const askOne = async (invocation: Invocation, index: number, attributes: Attributes, versioned: Versioned): Promise<KubeObject | undefined> => {
    const { webhook, configuration } = invocation.hook;
    const round = `round_${attributes.reinvocation?.isReinvoke ? 1 : 0}_index_${index}`;
    let mutated = false;
    const startMs = dispatcher.clock.now();
    const observe = (outcome: WebhookObservation['outcome']): void => dispatcher.observe(invocation.hook, 'admit', attributes, startMs, outcome);
    try {
      const answer = await dispatcher.ask(invocation, attributes, versioned, true);
      const object = await patched(answer, invocation, versioned, dispatcher);
      mutated = object !== undefined && !jsonEqual(object, versioned.object);
      observe('allowed');
      return object;
    } catch (error) {
      const isCallError = error instanceof CallError;
      observe(!isCallError ? 'refused' : webhook.failurePolicy === 'Ignore' ? 'failedOpen' : 'failed');
      if (!isCallError) throw error;
      if (webhook.failurePolicy !== 'Ignore') throw callFailed(error);
      annotate(attributes, `${failedOpenPrefix}${round}`, webhook.name);
      if (attributes.context?.signal.aborted) throw requestTimedOut();
      return undefined;
    } finally {
      annotate(attributes, `${mutationPrefix}${round}`, JSON.stringify({ configuration, webhook: webhook.name, mutated }));
    }
  };

  const dispatch = async (hooks: readonly Hook[], attributes: Attributes): Promise<void> => {
    const reinvocation = reinvocationOf(attributes);
    const rounds = roundsOf(reinvocation, name);
    if (reinvocation.isReinvoke && !jsonEqual(rounds.lastOutput, attributes.object)) requireReinvoking(rounds);
    try {
      for (const [index, hook] of hooks.entries()) {
        const matched = dispatcher.matched(hook, attributes);
        if (!matched) continue;
        const versions = (kind: Versioned['kind']): Versioned | Promise<Versioned> => versionedAs(attributes, kind, dispatcher.interfaces);
        if (!(await dispatcher.isConcerned(hook, matched, attributes, versions))) continue;
        // Nobody is asked for the first time in the second round.
        if (reinvocation.isReinvoke && !rounds.toReinvoke.has(hook.id)) continue;
        const invocation = { hook, ...matched };
        const before = await versions(matched.kind);
        const object = await askOne(invocation, index, attributes, before);
        if (object) {
          if (!jsonEqual(object, before.object)) {
            requireReinvoking(rounds);
            reinvocation.shouldReinvoke = true;
          }
          attributes.object = await inRequestVersion(object, attributes, dispatcher.interfaces);
        }
        if (hook.webhook.reinvocationPolicy === 'IfNeeded') rounds.reinvocable.add(hook.id);
      }
    } finally {
      rounds.lastOutput = attributes.object && cloneJson(attributes.object);
    }
  };

  return {
    name,
    handles: () => true,
    admit(attributes) {
      const hooks = dispatcher.candidates(attributes);
      // In the second round too: what is not asked in the first is not asked at all, so only rules count here.
      if (hooks.some((hook) => dispatcher.matched(hook, attributes))) return dispatch(hooks, attributes);
    },
  };
}
