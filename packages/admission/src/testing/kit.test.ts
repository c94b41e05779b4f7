import { describe, expect, it } from 'vitest';
import { alwaysPullImages } from '../plugins/index.js';
import { webhookHandler } from '../webhooks/handler.js';
import { admissionKit } from './index.js';

const policy = (kind: string, spec: string) => `
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}
metadata: { name: one }
spec:
  matchConstraints: { resourceRules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }] }
  ${spec}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}Binding
metadata: { name: one }
spec: { policyName: one, validationActions: [Deny] }
`;
const validating = (expression: string) => policy('ValidatingAdmissionPolicy', `validations: [{ expression: "${expression}" }]`);

describe('the kit', () => {
  it('tells what is refused, by whom, and in which words', async () => {
    const kit = admissionKit({ manifests: validating("request.userInfo.username == 'alice'") });
    const object = '{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}';
    expect(await kit.admit(object, { user: { name: 'alice' } })).toMatchObject({ allowed: true, status: undefined, message: '' });
    expect(await kit.admit(object, { user: { name: 'bob' } })).toMatchObject({
      allowed: false,
      object: undefined,
      refusedBy: 'ValidatingAdmissionPolicy',
      status: { code: 422, reason: 'Invalid' },
    });
  });

  it('knows deletions and updates by their old objects', async () => {
    const kit = admissionKit({ manifests: validating("request.operation != 'DELETE' || oldObject.metadata.name == 'x'") });
    const named = (name: string) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}`;
    expect((await kit.admit(named('x'), { operation: 'DELETE' })).allowed).toBe(true);
    expect((await kit.admit(named('y'), { operation: 'DELETE' })).allowed).toBe(false);
    const updates = admissionKit({ manifests: validating("request.operation == 'UPDATE' && oldObject.data.a == '1'") });
    expect((await updates.admit(named('x'), { oldObject: '{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: "1"}}' })).allowed).toBe(true);
  });

  it('names resources as definitions do, and knows which are in namespaces', async () => {
    const definition =
      '{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: x}, spec: {group: example.com, scope: Cluster, names: {plural: oxen, kind: Ox}}}';
    const kit = admissionKit({ manifests: [definition, validating("request.resource.resource == 'oxen' && !has(request.namespace)")] });
    expect((await kit.admit('{apiVersion: example.com/v1, kind: Ox, metadata: {name: x}}')).allowed).toBe(true);
  });

  it('finds parameters among the manifests', async () => {
    const spec = 'paramKind: { apiVersion: v1, kind: ConfigMap }\n  validations: [{ expression: "object.metadata.name == params.data.name" }]';
    const bound = policy('ValidatingAdmissionPolicy', spec).replace('policyName: one', 'policyName: one, paramRef: { name: p, parameterNotFoundAction: Deny }');
    const kit = admissionKit({ manifests: [bound, '{apiVersion: v1, kind: ConfigMap, metadata: {name: p}, data: {name: x}}'] });
    expect((await kit.admit('{apiVersion: v1, kind: Secret, metadata: {name: x}}')).allowed).toBe(true);
    expect((await kit.admit('{apiVersion: v1, kind: Secret, metadata: {name: y}}')).allowed).toBe(false);
  });

  it('shows what mutation has changed', async () => {
    const spec = `reinvocationPolicy: Never\n  mutations: [{ patchType: ApplyConfiguration, applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'a': 'b'}}}" } }]`;
    const { diff, changes, object } = await admissionKit({ manifests: policy('MutatingAdmissionPolicy', spec) }).admit(
      '{apiVersion: v1, kind: Secret, metadata: {name: x}}',
    );
    expect(diff).toBe('+ /metadata/labels: {"a":"b"}');
    expect(changes).toEqual([{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }]);
    expect(object!.metadata.labels).toEqual({ a: 'b' });
  });

  it('tells a bug from a refusal', async () => {
    const broken = {
      name: 'Broken',
      handles: () => true,
      validate: () => {
        throw new TypeError('oops');
      },
    };
    await expect(admissionKit({ plugins: [broken] }).admit('{apiVersion: v1, kind: Secret, metadata: {name: x}}')).rejects.toThrow('oops');
  });
});

describe('a plugin as a webhook', () => {
  const rules = '[{ operations: ["*"], apiGroups: [""], apiVersions: [v1], resources: [pods] }]';
  const configuration = (kind: string) =>
    `{apiVersion: admissionregistration.k8s.io/v1, kind: ${kind}WebhookConfiguration, metadata: {name: a}, webhooks: [{name: a.example.com, clientConfig: {url: "https://a"}, rules: ${rules}, sideEffects: None, admissionReviewVersions: [v1]}]}`;
  const kitWith = (phase: 'mutate' | 'validate') => {
    const handle = webhookHandler([alwaysPullImages()], { phase });
    const answer = async (request: object) => {
      const review = await handle({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
      return review.response as Record<string, unknown>;
    };
    return admissionKit({ manifests: configuration(phase === 'mutate' ? 'Mutating' : 'Validating'), webhooks: { 'a.example.com': answer } });
  };
  const pod = '{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {containers: [{name: a, image: a}]}}';

  it('changes what it changes in a chain', async () => {
    expect((await kitWith('mutate').admit(pod)).object!.spec).toEqual({ containers: [{ name: 'a', image: 'a', imagePullPolicy: 'Always' }] });
  });

  it('refuses with its own status', async () => {
    expect(await kitWith('validate').admit(pod)).toMatchObject({
      refusedBy: 'ValidatingAdmissionWebhook',
      message:
        'admission webhook "a.example.com" denied the request: pods "x" is forbidden: spec.containers[0].imagePullPolicy: Unsupported value: "": supported values: "Always"',
      status: { code: 403, reason: 'Forbidden' },
    });
  });
});
