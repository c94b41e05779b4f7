import type { JsonObject, KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../admission.js';
import { auditedContext, configMap, configMapAttributes } from '../fixtures.js';
import { type ParamReader, type PolicyOptions, policyObjects, validatingPolicies } from './index.js';

const rule = { operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };
const selectors = { namespaceSelector: {}, objectSelector: {}, matchPolicy: 'Equivalent' };
const policy = (spec: JsonObject, name = 'limits'): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: { failurePolicy: 'Fail', matchConstraints: { ...selectors, resourceRules: [rule] }, ...spec },
});
const binding = (spec: JsonObject = {}, name = 'everywhere'): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name },
  spec: { policyName: 'limits', validationActions: ['Deny'], ...spec },
});
const namespaces: PolicyOptions['namespaces'] = (name) =>
  name === 'team-a' ? { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { stage: 'test' } } } : undefined;

const paramsOf = (...objects: KubeObject[]): ParamReader => ({
  isNamespaced: ({ kind }) => (kind === 'ConfigMap' ? true : kind === 'Limit' ? false : undefined),
  get: (_, namespace, name) => objects.find(({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === namespace),
  list: (_, namespace) => objects.filter(({ metadata }) => (metadata.namespace ?? '') === namespace),
});

const check = async (spec: JsonObject, attributes = configMapAttributes(), bindings = [binding()], options: Partial<PolicyOptions> = {}): Promise<void> => {
  await validatingPolicies({ objects: policyObjects([policy(spec)], bindings), namespaces, ...options }).validate!(attributes);
};
const statusOf = async (run: Promise<unknown>): Promise<unknown> => {
  try {
    await run;
  } catch (error) {
    return (error as { status: unknown }).status;
  }
  return 'admitted';
};
const withData = (data: Record<string, string>, choices: Partial<Attributes> = {}) => configMapAttributes({ object: configMap(data), ...choices });
const few = { validations: [{ expression: 'size(object.data) <= 1' }] };

describe('a validation', () => {
  it('refuses what its expression says no to', async () => {
    expect(await statusOf(check(few, withData({ a: '1', b: '2' })))).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message:
        "configmaps \"x\" is forbidden: ValidatingAdmissionPolicy 'limits' with binding 'everywhere' denied request: failed expression: size(object.data) <= 1",
      details: {
        name: 'x',
        kind: 'configmaps',
        causes: [{ message: "ValidatingAdmissionPolicy 'limits' with binding 'everywhere' denied request: failed expression: size(object.data) <= 1" }],
      },
    });
    expect(await statusOf(check(few, withData({ a: '1' })))).toBe('admitted');
  });

  it('has a message, a reason, and may make the message', async () => {
    const refusal = (validation: JsonObject) => statusOf(check({ validations: [{ expression: 'false', ...validation }] }));
    expect(await refusal({ message: ' too many ', reason: 'Forbidden' })).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: expect.stringMatching(/: too many$/),
    });
    expect(await refusal({ message: 'no', messageExpression: "'not ' + object.metadata.name" })).toMatchObject({ message: expect.stringMatching(/: not x$/) });
    expect(await refusal({ message: 'no', messageExpression: "'two\\nlines'" })).toMatchObject({ message: expect.stringMatching(/: no$/) });
    expect(await refusal({ message: 'no', messageExpression: 'object.nothing.here' })).toMatchObject({ message: expect.stringMatching(/: no$/) });
  });

  it('sees the request, its namespace, who asks, and what was there', async () => {
    const expressions = [
      "request.operation == 'UPDATE' && request.resource.resource == 'configmaps' && request.kind.kind == 'ConfigMap'",
      "request.userInfo.username == 'alice' && 'dev' in request.userInfo.groups && !request.dryRun",
      "namespaceObject.metadata.labels.stage == 'test'",
      "oldObject.data.a == '0' && object.data.a == '1'",
      '!has(request.subResource)',
    ];
    const attributes = withData({ a: '1' }, { operation: 'UPDATE', oldObject: configMap({ a: '0' }), user: { name: 'alice', groups: ['dev'] } });
    expect(await statusOf(check({ validations: expressions.map((expression) => ({ expression })) }, attributes))).toBe('admitted');
    expect(await statusOf(check({ validations: [{ expression: 'oldObject == null' }] }))).toBe('admitted');
  });

  it('may use variables, which may use those before them', async () => {
    const variables = [
      { name: 'count', expression: 'size(object.data)' },
      { name: 'isFew', expression: 'variables.count < 2' },
    ];
    const spec = { variables, validations: [{ expression: 'variables.isFew', messageExpression: "'has ' + string(variables.count)" }] };
    expect(await statusOf(check(spec, withData({ a: '1' })))).toBe('admitted');
    expect(await statusOf(check(spec, withData({ a: '1', b: '2' })))).toMatchObject({ message: expect.stringMatching(/: has 2$/) });
  });

  it('may ask what the user may do, of whoever takes time to answer', async () => {
    const asked: unknown[] = [];
    const authorizer: PolicyOptions['authorizer'] = async (question) => {
      asked.push(question);
      return { isAllowed: question.verb === 'approve' };
    };
    const ask = (verb: string) =>
      check({ validations: [{ expression: `authorizer.requestResource.check('${verb}').allowed()` }] }, configMapAttributes(), undefined, { authorizer });
    expect(await statusOf(ask('approve'))).toBe('admitted');
    expect(await statusOf(ask('other'))).toMatchObject({ code: 422 });
    expect(asked[0]).toMatchObject({ verb: 'approve', apiGroup: '', resource: 'configmaps', namespace: 'team-a', name: 'x' });
  });
});

describe('a policy that fails', () => {
  const broken = { validations: [{ expression: 'object.nothing == 1' }] };

  it('refuses, unless it is to be ignored', async () => {
    expect(await statusOf(check(broken))).toMatchObject({
      code: 422,
      message: expect.stringMatching(/denied request: expression 'object.nothing == 1' resulted in error: no such key: nothing$/),
    });
    expect(await statusOf(check({ ...broken, failurePolicy: 'Ignore' }))).toBe('admitted');
  });

  it('tells why it does not compile', async () => {
    expect(await statusOf(check({ validations: [{ expression: 'object.' }] }))).toMatchObject({
      message: expect.stringContaining('compilation error: compilation failed: ERROR: <input>:1:'),
    });
    expect(await statusOf(check({ validations: [{ expression: '1' }] }))).toMatchObject({
      message: expect.stringMatching(/compilation error: must evaluate to bool but got int$/),
    });
  });

  it('ends when it has cost too much', async () => {
    const expression = `[${Array.from({ length: 60 }, (_, at) => at).join()}].all(a, [${Array.from({ length: 60 }, (_, at) => at).join()}].all(b, [1,2,3,4,5,6,7,8,9].all(c, a + b + c >= 0)))`;
    const validations = Array.from({ length: 40 }, () => ({ expression }));
    expect(await statusOf(check({ validations }))).toMatchObject({ message: expect.stringContaining('running out of cost budget') });
  });
});

describe('which writes a policy judges', () => {
  const no = { validations: [{ expression: 'false' }] };
  const judged = async (spec: JsonObject, attributes?: Attributes, bindings?: KubeObject[]) =>
    (await statusOf(check({ ...no, ...spec }, attributes, bindings))) !== 'admitted';

  it('is told by rules, and by those that exclude', async () => {
    expect(await judged({}, configMapAttributes({ operation: 'DELETE' }))).toBe(false);
    const resourceRules = [{ ...rule, resourceNames: ['y'] }];
    expect(await judged({ matchConstraints: { ...selectors, resourceRules } })).toBe(false);
    expect(await judged({ matchConstraints: { ...selectors, resourceRules: [rule], excludeResourceRules: [rule] } })).toBe(false);
  });

  it('is told by selectors, of the policy and of its binding', async () => {
    expect(await judged({ matchConstraints: { ...selectors, resourceRules: [rule], objectSelector: { matchLabels: { a: 'b' } } } })).toBe(false);
    const ofBinding = (namespaceSelector: JsonObject) => [binding({ matchResources: { ...selectors, namespaceSelector } })];
    expect(await judged({}, undefined, ofBinding({ matchLabels: { stage: 'live' } }))).toBe(false);
    expect(await judged({}, undefined, ofBinding({ matchLabels: { stage: 'test' } }))).toBe(true);
  });

  it('is told by conditions', async () => {
    const matchConditions = [{ name: 'not-x', expression: "object.metadata.name != 'x'" }];
    expect(await judged({ matchConditions })).toBe(false);
    expect(await statusOf(check({ ...no, matchConditions: [{ name: 'a', expression: 'object.a == 1' }] }))).toMatchObject({
      message: expect.stringMatching(/denied request: expression 'object.a == 1' resulted in error: no such key: a$/),
    });
  });

  it('is none without a binding', () => {
    const plugin = validatingPolicies({ objects: policyObjects([policy(no)]), namespaces });
    expect(plugin.handles('CREATE')).toBe(false);
  });
});

describe('parameters', () => {
  const spec = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'size(object.data) <= int(params.data.max)' }] };
  const limit = (name: string, max: string, labels = {}) => configMap({ max }, { name, labels });
  const judge = (paramRef: JsonObject, ...params: KubeObject[]) =>
    statusOf(
      check(spec, withData({ a: '1', b: '2' }), [binding({ paramRef: { parameterNotFoundAction: 'Deny', ...paramRef } })], { params: paramsOf(...params) }),
    );

  it('are found by name, in the namespace of the object', async () => {
    expect(await judge({ name: 'large' }, limit('large', '2'))).toBe('admitted');
    expect(await judge({ name: 'small' }, limit('small', '1'))).toMatchObject({ code: 422 });
  });

  it('are found by labels: all must be content', async () => {
    const selector = { matchLabels: { use: 'limit' } };
    expect(await judge({ selector }, limit('a', '2', selector.matchLabels), limit('b', '1', selector.matchLabels))).toMatchObject({ code: 422 });
    expect(await judge({ selector }, limit('a', '2', selector.matchLabels), limit('b', '1'))).toBe('admitted');
  });

  it('that are not there refuse, or not, as the binding says', async () => {
    expect(await judge({ name: 'none' })).toMatchObject({
      message: expect.stringMatching(
        /ValidatingAdmissionPolicy 'limits' with binding 'everywhere' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
      ),
    });
    expect(await judge({ name: 'none', parameterNotFoundAction: 'Allow' })).toBe('admitted');
  });

  it('of a kind that is not known refuse', async () => {
    expect(
      await statusOf(check({ ...spec, paramKind: { apiVersion: 'example.com/v1', kind: 'None' } }, undefined, undefined, { params: paramsOf() })),
    ).toMatchObject({
      message: expect.stringMatching(
        /ValidatingAdmissionPolicy 'limits' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com\/v1, Kind=None'$/,
      ),
    });
  });
});

describe('what a binding does with a refusal', () => {
  const no = { validations: [{ expression: 'true' }, { expression: 'false', message: 'no' }] };

  it('may be to warn, and to note it for the audit event', async () => {
    const context = auditedContext();
    await check(no, configMapAttributes({ context }), [binding({ validationActions: ['Warn', 'Audit'] })]);
    expect(context.warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'limits' with binding 'everywhere': no"]);
    expect(JSON.parse(context.audit!.annotations['validation.policy.admission.k8s.io/validation_failure']!)).toEqual([
      { message: 'no', policy: 'limits', binding: 'everywhere', expressionIndex: 1, validationActions: ['Warn', 'Audit'] },
    ]);
  });

  it('is told with annotations of the policy', async () => {
    const context = auditedContext();
    const auditAnnotations = [
      { key: 'name', valueExpression: "'is ' + object.metadata.name" },
      { key: 'none', valueExpression: 'null' },
    ];
    await check({ auditAnnotations }, configMapAttributes({ context }));
    expect(context.audit!.annotations).toEqual({ 'limits/name': 'is x' });
  });
});
