import { isRecord, type JsonObject, type KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { admissionChain, type AdmissionPlugin, type Attributes } from '../admission.js';
import { auditedContext, configMap, configMapAttributes } from '../fixtures.js';
import type { WebhookCall } from './caller.js';
import { mutatingWebhooks, validatingWebhooks, type Webhook, type WebhookOptions, webhookStore } from './index.js';

const hook = (choices: Partial<Webhook> = {}): Webhook => ({
  name: 'check.example.com',
  clientConfig: { url: 'https://check' },
  rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  timeoutSeconds: 10,
  failurePolicy: 'Fail',
  ...choices,
});
const configuration = (name: string, ...webhooks: Webhook[]): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name },
  webhooks,
});

type Answer = (request: JsonObject, call: WebhookCall) => JsonObject | Promise<JsonObject>;
/** Webhooks in this process, by URL. */
const optionsOf = (webhooks: readonly Webhook[], answers: Record<string, Answer>, choices: Partial<WebhookOptions> = {}): WebhookOptions => ({
  source: webhookStore([configuration('a', ...webhooks)]),
  namespaces: (name) => (name === 'team-a' ? { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { stage: 'test' } } } : undefined),
  call: async (call) => {
    const request = call.review.request as JsonObject;
    const response = await answers[call.clientConfig.url!]!(request, call);
    return { apiVersion: call.review.apiVersion, kind: 'AdmissionReview', response: { uid: request.uid, ...response } };
  },
  ...choices,
});
const patch = (...operations: JsonObject[]): JsonObject => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});
const allow: Answer = () => ({ allowed: true });

const validate = async (webhooks: readonly Webhook[], answers: Record<string, Answer>, attributes = configMapAttributes()): Promise<void> => {
  await validatingWebhooks(optionsOf(webhooks, answers)).validate!(attributes);
};
const statusOf = async (run: Promise<unknown>): Promise<unknown> => {
  try {
    await run;
  } catch (error) {
    return (error as { status: unknown }).status;
  }
  return 'no failure';
};

describe('a webhook that refuses', () => {
  it('gives code, reason and message; the message says who it was', async () => {
    const refuse = (status?: JsonObject) => statusOf(validate([hook()], { 'https://check': () => ({ allowed: false, ...(status && { status }) }) }));
    expect(await refuse({ message: 'not on a Friday', code: 403, reason: 'Forbidden' })).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'admission webhook "check.example.com" denied the request: not on a Friday',
    });
    expect(await refuse({ reason: 'Invalid' })).toMatchObject({ code: 400, message: 'admission webhook "check.example.com" denied the request: Invalid' });
    expect(await refuse()).toMatchObject({ code: 400, message: 'admission webhook "check.example.com" denied the request without explanation' });
    expect(await refuse({ code: 200 })).toMatchObject({ code: 400, status: 'Failure' });
  });
});

describe('what a webhook is asked', () => {
  it('tells who writes what, in the order of the reference', async () => {
    let asked: JsonObject = {};
    const attributes = configMapAttributes({
      user: { name: 'alice', groups: ['dev'], extra: { scope: ['a'] } },
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    });
    await validate(
      [hook()],
      {
        'https://check': (_, call) => {
          asked = call.review;
          return { allowed: true };
        },
      },
      attributes,
    );
    const { uid, ...request } = asked.request as JsonObject;
    expect(uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify({ ...asked, request })).toBe(
      JSON.stringify({
        kind: 'AdmissionReview',
        apiVersion: 'admission.k8s.io/v1',
        request: {
          kind: { group: '', version: 'v1', kind: 'ConfigMap' },
          resource: { group: '', version: 'v1', resource: 'configmaps' },
          requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
          requestResource: { group: '', version: 'v1', resource: 'configmaps' },
          name: 'x',
          namespace: 'team-a',
          operation: 'CREATE',
          userInfo: { username: 'alice', groups: ['dev'], extra: { scope: ['a'] } },
          object: configMap(),
          oldObject: null,
          dryRun: false,
          options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
        },
      }),
    );
  });

  it('is asked in the first version of the review that both know', async () => {
    const versions: unknown[] = [];
    const note: Answer = (_, { review }) => ({ allowed: versions.push(review.apiVersion) > 0 });
    await validate([hook({ admissionReviewVersions: ['v2', 'v1beta1', 'v1'] })], { 'https://check': note });
    expect(versions).toEqual(['admission.k8s.io/v1beta1']);
    await expect(validate([hook({ admissionReviewVersions: ['v2'] })], { 'https://check': note })).rejects.toThrow(
      'failed calling webhook "check.example.com": could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
    );
  });

  it('is told how long it has: its own time, or what the request has left', async () => {
    const context = auditedContext();
    context.deadline = Date.now() + 2000;
    let timeoutMs: number | undefined;
    await validate(
      [hook()],
      {
        'https://check': (_, call) => {
          timeoutMs = call.timeoutMs;
          return { allowed: true };
        },
      },
      configMapAttributes({ context }),
    );
    expect(timeoutMs).toBeLessThanOrEqual(2000);
  });
});

describe('a webhook that fails', () => {
  const broken: Answer = () => {
    throw new Error('Post "https://check": EOF');
  };

  it('fails the request, as an internal error', async () => {
    expect(await statusOf(validate([hook()], { 'https://check': broken }))).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message: 'Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: Post "https://check": EOF',
    });
  });

  it('is passed over with failurePolicy Ignore, which the audit event says', async () => {
    const context = auditedContext();
    await validate([hook({ failurePolicy: 'Ignore' })], { 'https://check': broken }, configMapAttributes({ context }));
    expect(context.audit!.annotations).toEqual({ 'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'check.example.com' });
  });

  it.each([
    [() => ({ allowed: true, uid: 'other' }), /received invalid webhook response: expected response\.uid="[^"]+", got "other"/],
    [() => patch({ op: 'remove', path: '/data' }), /received invalid webhook response: validating webhook may not return response.patch/],
    [() => ({ allowed: true, patchType: 'JSONPatch' }), /validating webhook may not return response.patchType/],
  ] satisfies [Answer, RegExp][])('does so with answers that are none %#', async (answer, message) => {
    await expect(validate([hook()], { 'https://check': answer })).rejects.toThrow(message);
  });

  it('does so with answers of another kind', async () => {
    const call = async () => ({ response: { uid: 'id' } });
    const plugin = validatingWebhooks(optionsOf([hook()], {}, { call, uid: () => 'id' }));
    await expect(plugin.validate!(configMapAttributes())).rejects.toThrow(
      'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=',
    );
    const empty = validatingWebhooks(optionsOf([hook()], {}, { call: async () => ({}) }));
    await expect(empty.validate!(configMapAttributes())).rejects.toThrow('received invalid webhook response: webhook response was absent');
  });
});

describe('whom a write concerns', () => {
  const counting = (webhook: Partial<Webhook>, attributes: Partial<Attributes> = {}, choices: Partial<WebhookOptions> = {}) => {
    let count = 0;
    const answer: Answer = () => ({ allowed: ++count > 0 });
    const plugin = validatingWebhooks(optionsOf([hook(webhook)], { 'https://check': answer }, choices));
    return Promise.resolve(plugin.validate!(configMapAttributes(attributes))).then(() => count);
  };

  it('makes nobody wait where no rule matches', () => {
    const plugin = validatingWebhooks(optionsOf([hook({ rules: [] })], {}));
    expect(plugin.validate!(configMapAttributes())).toBeUndefined();
  });

  it('is told by the labels of the namespace', async () => {
    expect(await counting({ namespaceSelector: { matchLabels: { stage: 'test' } } })).toBe(1);
    expect(await counting({ namespaceSelector: { matchLabels: { stage: 'live' } } })).toBe(0);
    await expect(counting({ namespaceSelector: { matchLabels: { stage: 'live' } } }, { namespace: 'gone' })).rejects.toThrow('namespaces "gone" not found');
    // Cluster-scoped objects are in no namespace that could be left out.
    expect(await counting({ namespaceSelector: { matchLabels: { stage: 'live' } } }, { namespace: '' })).toBe(1);
  });

  it('is told by the labels of the object, or of what it replaces', async () => {
    const objectSelector = { matchLabels: { app: 'web' } };
    expect(await counting({ objectSelector })).toBe(0);
    expect(await counting({ objectSelector }, { object: configMap({}, { labels: { app: 'web' } }) })).toBe(1);
    expect(await counting({ objectSelector }, { oldObject: configMap({}, { labels: { app: 'web' } }) })).toBe(1);
  });

  it('is told by conditions', async () => {
    const matchConditions = [{ name: 'one', expression: 'x' }];
    const conditions = (result: boolean | Error) => ({ conditions: () => () => [result] });
    expect(await counting({ matchConditions }, {}, conditions(true))).toBe(1);
    expect(await counting({ matchConditions }, {}, conditions(false))).toBe(0);
    expect(await counting({ matchConditions, failurePolicy: 'Ignore' }, {}, conditions(new Error('no such key: x')))).toBe(0);
    await expect(counting({ matchConditions }, {}, conditions(new Error('no such key: x')))).rejects.toThrow('configmaps "x" is forbidden: no such key: x');
  });

  it('is never the configuration of admission, nor the question who may do what', async () => {
    const kind = { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingWebhookConfiguration' };
    expect(await counting({}, { kind })).toBe(0);
    expect(await counting({}, { resource: { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' } })).toBe(0);
  });

  it('is told by another version of the object, which is shown then, with matchPolicy Equivalent', async () => {
    const rules = [{ operations: ['CREATE'], apiGroups: ['example.com'], apiVersions: ['v1'], resources: ['widgets'] }];
    const resource = { group: 'example.com', version: 'v2', resource: 'widgets' };
    const attributes: Partial<Attributes> = {
      resource,
      kind: { group: 'example.com', version: 'v2', kind: 'Widget' },
      object: { apiVersion: 'example.com/v2', kind: 'Widget', metadata: { name: 'x' } },
    };
    const interfaces: WebhookOptions['interfaces'] = {
      equivalentResources: () => [{ ...resource, version: 'v1' }, resource],
      kindOf: ({ group, version }) => ({ group, version, kind: 'Widget' }),
      convert: (object, { group, version }) => ({ ...object, apiVersion: `${group}/${version}`, converted: true }),
      complete: (object) => object,
    };
    expect(await counting({ rules, matchPolicy: 'Exact' }, attributes, { interfaces })).toBe(0);
    let asked: JsonObject = {};
    const answer: Answer = (request) => {
      asked = request;
      return patch({ op: 'add', path: '/touched', value: true });
    };
    const plugin = mutatingWebhooks(optionsOf([hook({ rules, matchPolicy: 'Equivalent' })], { 'https://check': answer }, { interfaces }));
    const written = configMapAttributes(attributes);
    await plugin.admit!(written);
    expect(asked).toMatchObject({ kind: { version: 'v1' }, requestKind: { version: 'v2' }, object: { apiVersion: 'example.com/v1' } });
    expect(written.object).toMatchObject({ apiVersion: 'example.com/v2', touched: true });
  });
});

describe('validating webhooks', () => {
  it('are asked all at once; the first refusal in their order is the answer', async () => {
    let arrived = 0;
    let release = (): void => {};
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    const meet =
      (message: string): Answer =>
      async () => {
        if (++arrived === 2) release();
        await all;
        return { allowed: false, status: { message } };
      };
    const webhooks = [hook({ name: 'a', clientConfig: { url: 'a' } }), hook({ name: 'b', clientConfig: { url: 'b' } })];
    await expect(validate(webhooks, { a: meet('first'), b: meet('second') })).rejects.toThrow('admission webhook "a" denied the request: first');
  });

  it('refuse dry runs that they are not prepared for', async () => {
    const attributes = configMapAttributes({ isDryRun: true });
    await expect(validate([hook({ sideEffects: 'Some' })], { 'https://check': allow }, attributes)).rejects.toThrow(
      'admission webhook "check.example.com" does not support dry run',
    );
    await validate([hook({ sideEffects: 'NoneOnDryRun' })], { 'https://check': allow }, attributes);
  });

  it('add warnings and audit annotations', async () => {
    const context = auditedContext();
    const answer: Answer = () => ({ allowed: true, warnings: ['old field'], auditAnnotations: { checked: 'yes' } });
    await validate([hook()], { 'https://check': answer }, configMapAttributes({ context }));
    expect(context.warnings).toEqual(['old field']);
    expect(context.audit!.annotations).toEqual({ 'check.example.com/checked': 'yes' });
  });

  it('are asked in the order of the names of their configurations', () => {
    const store = webhookStore([configuration('b', hook({ name: 'second' })), configuration('a', hook({ name: 'first' }), hook({ name: 'first' }))]);
    expect(store.hooks().map(({ id }) => id)).toEqual(['a/first/0', 'a/first/1', 'b/second/0']);
    store.remove('a');
    store.apply(configuration('c', hook({ name: 'third' })));
    expect(store.hooks().map(({ id }) => id)).toEqual(['b/second/0', 'c/third/0']);
  });
});

describe('what befalls webhooks', () => {
  it('is told to who counts', async () => {
    const seen: string[] = [];
    const answers: Record<string, Answer> = {
      a: allow,
      b: () => {
        throw new Error('EOF');
      },
      c: () => ({ allowed: false }),
    };
    const hooks = Object.keys(answers).map((url) => hook({ name: url, clientConfig: { url }, failurePolicy: 'Ignore' }));
    const options = optionsOf(hooks, answers, { observe: ({ webhook, type, outcome }) => seen.push(`${type} ${webhook} ${outcome}`) });
    for (const [plugin, phase] of [
      [mutatingWebhooks(options), 'admit'],
      [validatingWebhooks(options), 'validate'],
    ] as const)
      await expect(plugin[phase]!(configMapAttributes())).rejects.toThrow('denied the request');
    const outcomes = (type: string) => [`${type} a allowed`, `${type} b failedOpen`, `${type} c refused`];
    expect(seen.sort()).toEqual([...outcomes('admit'), ...outcomes('validating')]);
  });
});

describe('mutating webhooks', () => {
  const admit = async (
    webhooks: readonly Webhook[],
    answers: Record<string, Answer>,
    attributes = configMapAttributes(),
    choices: Partial<WebhookOptions> = {},
  ) => {
    await admissionChain([mutatingWebhooks(optionsOf(webhooks, answers, choices))]).admit(attributes);
    return attributes.object;
  };

  it('see what the ones before them have changed', async () => {
    const webhooks = [hook({ name: 'a', clientConfig: { url: 'a' } }), hook({ name: 'b', clientConfig: { url: 'b' } })];
    const object = await admit(webhooks, {
      a: () => patch({ op: 'add', path: '/data/seen', value: 'by a' }),
      b: (request) => {
        const { data } = request.object as JsonObject;
        return patch({ op: 'replace', path: '/data/seen', value: `${(data as JsonObject).seen} and b` });
      },
    });
    expect(object).toEqual(configMap({ seen: 'by a and b' }));
  });

  it('never write to the object before', async () => {
    const before = configMap({ a: '1' });
    await admit([hook()], { 'https://check': () => patch({ op: 'add', path: '/data/b', value: '2' }) }, configMapAttributes({ object: before }));
    expect(before).toEqual(configMap({ a: '1' }));
  });

  it('are asked again, if they wish, when there was a change after them', async () => {
    const heard: string[] = [];
    const noting =
      (name: string, answer: Answer): Answer =>
      (request, call) => {
        heard.push(name);
        return answer(request, call);
      };
    const webhooks = [
      hook({ name: 'early', clientConfig: { url: 'early' }, reinvocationPolicy: 'IfNeeded' }),
      hook({ name: 'once', clientConfig: { url: 'once' }, reinvocationPolicy: 'Never' }),
      hook({ name: 'late', clientConfig: { url: 'late' }, reinvocationPolicy: 'IfNeeded' }),
    ];
    const grow = noting('late', () => patch({ op: 'add', path: '/data/late', value: 'x' }));
    await admit(webhooks, { early: noting('early', allow), once: noting('once', allow), late: grow });
    expect(heard).toEqual(['early', 'once', 'late', 'early']);
  });

  it('are asked again when a plugin has changed what they left', async () => {
    const heard: string[] = [];
    const answer: Answer = () => (heard.push('webhook') === 1 ? patch({ op: 'add', path: '/data/a', value: '1' }) : { allowed: true });
    const restless: AdmissionPlugin = {
      name: 'Restless',
      handles: () => true,
      admit: (attributes) => {
        (attributes.object!.data as JsonObject).round = String(attributes.reinvocation?.isReinvoke ?? false);
      },
    };
    const chain = admissionChain([restless, mutatingWebhooks(optionsOf([hook({ reinvocationPolicy: 'IfNeeded' })], { 'https://check': answer }))]);
    const attributes = configMapAttributes();
    await chain.admit(attributes);
    expect(heard).toHaveLength(2);
    expect(attributes.object!.data).toEqual({ a: '1', round: 'true' });
  });

  it('are told of what is wrong with their patches', async () => {
    const answering = (answer: JsonObject, attributes?: Attributes) => statusOf(admit([hook()], { 'https://check': () => answer }, attributes));
    expect(await answering({ ...patch(), patch: Buffer.from('{').toString('base64') })).toMatchObject({
      code: 500,
      message: expect.stringContaining('received undecodable patch in webhook response: unexpected end of JSON input'),
    });
    expect(await answering({ ...patch({ op: 'remove', path: '/data' }), patchType: 'Merge' })).toMatchObject({
      message: expect.stringContaining('unsupported patch type "Merge"'),
    });
    expect(await answering(patch({ op: 'remove', path: '/spec' }))).toMatchObject({ code: 500, message: expect.stringContaining('Internal error occurred: ') });
    expect(await answering({ allowed: true, patch: 'e30=' })).toMatchObject({
      message: expect.stringContaining('webhook returned response.patch but not response.patchType'),
    });
    const deletion = configMapAttributes({ operation: 'DELETE', object: undefined, oldObject: configMap() });
    expect(await answering(patch({ op: 'remove', path: '/data' }), deletion)).toMatchObject({
      message: expect.stringContaining('attempted to modify the object, which is not supported for this operation'),
    });
  });

  it('have what they made of an object made to fit its kind', async () => {
    const complete = (object: KubeObject): KubeObject => {
      if (!isRecord(object.data)) throw new Error('json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string');
      return { ...object, data: { ...object.data, defaulted: 'yes' } };
    };
    const interfaces = { equivalentResources: () => [], kindOf: () => undefined, convert: (object: KubeObject) => object, complete };
    const answers = { 'https://check': () => patch({ op: 'add', path: '/data/a', value: 'b' }) };
    expect(await admit([hook()], answers, configMapAttributes(), { interfaces })).toMatchObject({ data: { a: 'b', defaulted: 'yes' } });
    const wrong = { 'https://check': () => patch({ op: 'replace', path: '/data', value: 'text' }) };
    await expect(admit([hook()], wrong, configMapAttributes(), { interfaces })).rejects.toThrow('Internal error occurred: json: cannot unmarshal string');
  });

  it('are noted in the audit event', async () => {
    const context = auditedContext();
    await admit([hook()], { 'https://check': () => patch({ op: 'add', path: '/data/a', value: 'b' }) }, configMapAttributes({ context }));
    expect(context.audit!.annotations).toEqual({
      'mutation.webhook.admission.k8s.io/round_0_index_0': '{"configuration":"a","webhook":"check.example.com","mutated":true}',
    });
  });
});
