/** Admission without a server: policies, webhooks and plugins, tried on YAML. */
import { asStatusError, cloneJson, type JsonObject, type KubeObject, type Status, stringifyJson } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext, type UserInfo } from '@apiserver-kit/pipeline';
import { type AdmissionChain, admissionChain, type AdmissionPlugin, type Attributes, type Operation } from '../admission.js';
import { type JsonChange, jsonDiff } from '../json-diff.js';
import { type ExpressionAuthorizer, mutatingPolicies, type ParamReader, policyObjects, validatingPolicies } from '../policies/index.js';
import { celConditions } from '../policies/conditions.js';
import type { WebhookCaller } from '../webhooks/caller.js';
import { webhookStore } from '../webhooks/configuration.js';
import { mutatingWebhooks } from '../webhooks/mutating.js';
import { validatingWebhooks } from '../webhooks/validating.js';
import { kindNames, type Manifests, objectsOf, resourceOf } from './manifests.js';

/** Answers in a webhook's place: gives the `response` of an AdmissionReview, of which only `allowed` is needed. */
export type FakeWebhook = (request: JsonObject) => JsonObject | Promise<JsonObject>;

export interface AdmissionKitOptions {
  /** Policies, bindings, parameters, configurations of webhooks, namespaces, definitions: all in one. */
  readonly manifests?: Manifests;
  /** Run before policies and webhooks. */
  readonly plugins?: readonly AdmissionPlugin[];
  /** By the names of webhooks. A webhook without an answer fails, as one that cannot be reached does. */
  readonly webhooks?: Readonly<Record<string, FakeWebhook>>;
  /** Whom expressions ask. Default: nobody is allowed anything. */
  readonly authorizer?: ExpressionAuthorizer;
}

export interface AdmitOptions {
  /** Default: CREATE, or UPDATE where there is an old object. */
  readonly operation?: Operation;
  /** What is there. Of a deletion, what is to be deleted. */
  readonly oldObject?: string | KubeObject;
  readonly user?: Partial<UserInfo>;
  /** Default: that of the object, or `default`. */
  readonly namespace?: string;
  readonly subresource?: string;
  readonly isDryRun?: boolean;
}

export interface AdmissionResult {
  readonly allowed: boolean;
  /** As it would be stored; undefined where it was refused, and of deletions. */
  readonly object: KubeObject | undefined;
  /** What mutation has changed. */
  readonly changes: readonly JsonChange[];
  /** The changes for people, a line each: `+ /data/a: "b"`. */
  readonly diff: string;
  /** What the client would be told; undefined where it was admitted. */
  readonly status: Status | undefined;
  /** Of the status; empty where it was admitted. */
  readonly message: string;
  /** The plugin that refused; undefined where it was admitted. */
  readonly refusedBy: string | undefined;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

export interface AdmissionKit {
  readonly chain: AdmissionChain;
  /** Tries a write: YAML, JSON or an object. @throws Error where it is no object, or a plugin has a bug. */
  admit(object: string | KubeObject, options?: AdmitOptions): Promise<AdmissionResult>;
}

const only = (manifest: string | KubeObject): KubeObject => {
  const [object, ...more] = objectsOf(manifest);
  if (!object || more.length > 0) throw new Error(`one object is expected, not ${more.length === 0 ? 'none' : more.length + 1}`);
  return cloneJson(object);
};

const signs = { add: '+', remove: '-', replace: '~' } as const;
const diffText = (changes: readonly JsonChange[]): string =>
  changes.map(({ op, path, value }) => `${signs[op]} ${path}${op === 'remove' ? '' : `: ${stringifyJson(value)}`}`).join('\n');

/** Remembers which plugin has thrown. */
function watched(plugin: AdmissionPlugin, onThrow: (name: string) => void): AdmissionPlugin {
  const { name } = plugin;
  const around = (phase: 'admit' | 'validate') => (attributes: Attributes) => {
    const noted = (error: unknown): never => {
      onThrow(name);
      throw error;
    };
    try {
      const waiting = plugin[phase]!(attributes);
      return waiting instanceof Promise ? waiting.catch(noted) : waiting;
    } catch (error) {
      return noted(error);
    }
  };
  return {
    name,
    handles: (operation) => plugin.handles(operation),
    ...(plugin.admit && { admit: around('admit') }),
    ...(plugin.validate && { validate: around('validate') }),
  };
}

function paramsOf(objects: readonly KubeObject[], names: ReturnType<typeof kindNames>): ParamReader {
  const all = (kind: { apiVersion: string; kind: string }, namespace: string): KubeObject[] =>
    objects.filter((one) => one.kind === kind.kind && one.apiVersion === kind.apiVersion && namespaceOf(one) === namespace);
  const namespaceOf = (object: KubeObject): string => (resourceOf(object, names).namespaced ? (object.metadata.namespace ?? 'default') : '');
  return {
    isNamespaced: ({ apiVersion, kind }) => resourceOf({ apiVersion, kind, metadata: {} }, names).namespaced,
    get: (kind, namespace, name) => all(kind, namespace).find(({ metadata }) => metadata.name === name),
    list: all,
  };
}

/** Webhooks that are functions. */
const callerOf =
  (webhooks: Readonly<Record<string, FakeWebhook>>): WebhookCaller =>
  async ({ webhook, review }) => {
    const answer = Object.hasOwn(webhooks, webhook) ? webhooks[webhook] : undefined;
    if (!answer) throw new Error('the test has no answer for it');
    const request = review.request as JsonObject;
    return { ...review, response: { uid: request.uid, ...(await answer(request)) } };
  };

const ofKind = (objects: readonly KubeObject[], kind: string): KubeObject[] => objects.filter((object) => object.kind === kind);

/**
 * Sets up admission as a server would, from manifests.
 *
 * @example
 * const kit = admissionKit({ manifests: readFileSync('policy.yaml', 'utf8') });
 * const { allowed, message } = await kit.admit('{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}');
 */
export function admissionKit({ manifests, plugins = [], webhooks = {}, authorizer }: AdmissionKitOptions = {}): AdmissionKit {
  const objects = objectsOf(manifests);
  const names = kindNames(objects);
  const params = paramsOf(objects, names);
  // A namespace that nobody has described is there nevertheless.
  const namespaces = (name: string): KubeObject =>
    ofKind(objects, 'Namespace').find(({ metadata }) => metadata.name === name) ?? {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    };
  const policies = (kind: string) => ({
    objects: policyObjects(ofKind(objects, kind), ofKind(objects, `${kind}Binding`)),
    namespaces,
    params,
    ...(authorizer && { authorizer }),
  });
  const hooks = (kind: string) => ({
    source: webhookStore(ofKind(objects, kind)),
    call: callerOf(webhooks),
    namespaces,
    conditions: celConditions(authorizer && atOnce(authorizer)),
  });
  let refusedBy: string | undefined;
  const chain = admissionChain(
    [
      ...plugins,
      mutatingPolicies(policies('MutatingAdmissionPolicy')),
      mutatingWebhooks(hooks('MutatingWebhookConfiguration')),
      validatingPolicies(policies('ValidatingAdmissionPolicy')),
      validatingWebhooks(hooks('ValidatingWebhookConfiguration')),
    ].map((plugin) =>
      watched(plugin, (name) => {
        refusedBy = name;
      }),
    ),
  );

  return {
    chain,
    async admit(manifest, options = {}) {
      refusedBy = undefined;
      const attributes = attributesOf(only(manifest), options, names);
      const before = attributes.object && cloneJson(attributes.object);
      let status: Status | undefined;
      try {
        await chain.admit(attributes);
        await chain.validate(attributes);
      } catch (error) {
        status = asStatusError(error)?.status;
        if (!status) throw error;
      }
      const changes = attributes.object ? jsonDiff(before, attributes.object) : [];
      return {
        allowed: !status,
        object: status ? undefined : attributes.object,
        changes,
        diff: diffText(changes),
        status,
        message: status?.message ?? '',
        refusedBy,
        warnings: attributes.context!.warnings ?? [],
        auditAnnotations: attributes.context!.audit!.annotations,
      };
    },
  };
}

const atOnce = (authorizer: ExpressionAuthorizer) => ({
  authorize: (question: Parameters<ExpressionAuthorizer>[0]) => {
    const decision = authorizer(question);
    if (decision instanceof Promise) throw new Error('conditions of webhooks need an authorizer that answers at once');
    return decision;
  },
});

function attributesOf(object: KubeObject, options: AdmitOptions, names: ReturnType<typeof kindNames>): Attributes {
  const { subresource = '', isDryRun = false, user } = options;
  const oldObject = options.oldObject === undefined ? undefined : only(options.oldObject);
  const operation = options.operation ?? (oldObject ? 'UPDATE' : 'CREATE');
  const { group, version, resource, namespaced } = resourceOf(object, names);
  const { name = '' } = object.metadata ?? {};
  const isNamespace = group === '' && resource === 'namespaces';
  const namespace = namespaced ? (options.namespace ?? object.metadata?.namespace ?? 'default') : isNamespace ? name : '';
  const meta = { ...object.metadata, ...(namespaced && { namespace }) };
  const context = createContext({ method: 'POST', path: '/', rawQuery: '', headers: {} } as unknown as ApiRequest);
  context.audit = { id: '', annotations: {} } as typeof context.audit;
  return {
    operation,
    resource: { group, version, resource },
    kind: { group, version, kind: object.kind },
    subresource,
    namespace,
    name,
    object: operation === 'DELETE' ? undefined : { ...object, metadata: meta },
    oldObject: operation === 'DELETE' ? (oldObject ?? { ...object, metadata: meta }) : oldObject,
    options: undefined,
    isDryRun,
    user: { name: user?.name ?? 'system:admin', groups: user?.groups ?? ['system:authenticated'], ...(user?.extra && { extra: user.extra }) },
    context,
  };
}
