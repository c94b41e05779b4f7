/** The other side: admission plugins that answer as a webhook does, for kube-apiserver or any other server. */
import { asStatusError, cloneJson, isRecord, type JsonObject, type KubeObject } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext, type UserInfo } from '@apiserver-kit/pipeline';
import { admissionChain, type AdmissionPlugin, type Attributes, type Operation } from '../admission.js';
import { jsonDiff } from '../json-diff.js';

/** Answers an AdmissionReview with one. @throws Error where it is given something else. */
export type WebhookHandler = (review: JsonObject) => Promise<JsonObject>;

export interface WebhookHandlerOptions {
  /** `mutate`: plugins change, and the answer has a patch. `validate`: plugins judge. */
  readonly phase: 'mutate' | 'validate';
}

const record = (value: unknown): JsonObject => (isRecord(value) ? value : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function userOf({ username, uid, groups, extra }: JsonObject): UserInfo {
  return {
    name: text(username),
    ...(uid !== undefined && { uid: text(uid) }),
    groups: (groups ?? []) as string[],
    ...(extra !== undefined && { extra: extra as Record<string, string[]> }),
  };
}

/** What plugins see of a request that another server has had. */
function attributesOf(request: JsonObject): Attributes {
  const [kind, resource] = [record(request.kind), record(request.resource)];
  const context = createContext({ method: 'POST', path: '/', rawQuery: '', headers: {} } as unknown as ApiRequest);
  context.audit = { id: text(request.uid), annotations: {} } as typeof context.audit;
  return {
    operation: text(request.operation) as Operation,
    resource: { group: text(resource.group), version: text(resource.version), resource: text(resource.resource) },
    kind: { group: text(kind.group), version: text(kind.version), kind: text(kind.kind) },
    subresource: text(request.subResource),
    namespace: text(request.namespace),
    name: text(request.name),
    object: isRecord(request.object) ? (cloneJson(request.object) as KubeObject) : undefined,
    oldObject: isRecord(request.oldObject) ? (request.oldObject as KubeObject) : undefined,
    options: isRecord(request.options) ? request.options : undefined,
    isDryRun: request.dryRun === true,
    user: userOf(record(request.userInfo)),
    context,
  };
}

/**
 * Makes a webhook of plugins: write one once, test it, run it in a server of your own or behind another.
 *
 * @example const handle = webhookHandler([myPlugin], { phase: 'validate' }); response.end(JSON.stringify(await handle(JSON.parse(body))));
 */
export function webhookHandler(plugins: readonly AdmissionPlugin[], { phase }: WebhookHandlerOptions): WebhookHandler {
  const chain = admissionChain(plugins);
  return async ({ apiVersion, kind, request }) => {
    if (kind !== 'AdmissionReview' || !isRecord(request)) throw new Error('the body is no AdmissionReview with a request');
    const attributes = attributesOf(request);
    const answered = (response: JsonObject): JsonObject => ({ apiVersion, kind, response: { uid: request.uid, ...response, ...said(attributes) } });
    try {
      await (phase === 'mutate' ? chain.admit(attributes) : chain.validate(attributes));
    } catch (error) {
      const refusal = asStatusError(error);
      if (!refusal) throw error;
      const { status, message, reason, code } = refusal.status;
      return answered({ allowed: false, status: { status, message, ...(reason && { reason }), code } });
    }
    const changes = phase === 'mutate' && isRecord(request.object) ? jsonDiff(request.object, attributes.object) : [];
    if (changes.length === 0) return answered({ allowed: true });
    return answered({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(changes)).toString('base64') });
  };
}

/** Warnings, and annotations under their own names: the server puts the webhook's name before them. */
function said({ context }: Attributes): JsonObject {
  const annotations = Object.entries(context?.audit?.annotations ?? {}).map(([key, value]) => [key.slice(key.indexOf('/') + 1), value]);
  return {
    ...(context?.warnings && { warnings: context.warnings }),
    ...(annotations.length > 0 && { auditAnnotations: Object.fromEntries(annotations) }),
  };
}
