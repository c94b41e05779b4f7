import { fieldErrorText, type JsonObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { defaultBuiltin } from '../../defaults/default-builtin.js';
import { tableRow } from '../../tables/tables.js';
import { decodeBuiltin } from '../../types/decode.js';
import { typeOf } from '../../types/type-data.js';
import { warningsOf } from '../../warnings/warnings.js';
import { builtinResource } from '../../resources.js';
import { validateBuiltin } from '../validate-builtin.js';

const group = 'admissionregistration.k8s.io';
const of = (kind: string, content: JsonObject, metadata: JsonObject = { name: 'one' }): JsonObject => {
  const gvk = { group, version: 'v1', kind };
  const { object } = decodeBuiltin(typeOf(gvk)!, { apiVersion: `${group}/v1`, kind, metadata, ...content });
  defaultBuiltin(gvk, object);
  return object;
};
const check = (object: JsonObject, old?: JsonObject): string[] =>
  validateBuiltin({ group, version: 'v1', kind: object.kind as string }, object, old).map(fieldErrorText);

const rule = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] };
const webhook = { name: 'a.example.com', clientConfig: { url: 'https://a' }, rules: [rule], sideEffects: 'None', admissionReviewVersions: ['v1'] };
const webhooks = (...changes: JsonObject[]) => of('MutatingWebhookConfiguration', { webhooks: changes.map((change) => ({ ...webhook, ...change })) });

describe('webhook configurations', () => {
  it('have defaults', () => {
    expect((webhooks({ clientConfig: { service: { name: 'a', namespace: 'b' } } }).webhooks as JsonObject[])[0]).toMatchObject({
      clientConfig: { service: { port: 443 } },
      rules: [{ scope: '*' }],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      reinvocationPolicy: 'Never',
    });
  });

  it('may be right', () => expect(check(webhooks({}))).toEqual([]));

  it.each([
    [{ name: 'a' }, 'webhooks[0].name: Invalid value: "a": should be a domain with at least three segments separated by dots'],
    [{ name: '' }, 'webhooks[0].name: Required value'],
    [{ sideEffects: undefined }, 'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun'],
    [{ sideEffects: 'Some' }, 'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    [{ timeoutSeconds: 31 }, 'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    [{ failurePolicy: 'Maybe' }, 'webhooks[0].failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"'],
    [{ reinvocationPolicy: 'Often' }, 'webhooks[0].reinvocationPolicy: Unsupported value: "Often": supported values: "IfNeeded", "Never"'],
    [{ admissionReviewVersions: [] }, 'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1'],
    [{ admissionReviewVersions: ['v1', 'v1'] }, 'webhooks[0].admissionReviewVersions[1]: Invalid value: "v1": duplicate version'],
    [{ admissionReviewVersions: ['v2'] }, 'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1'],
    [{ clientConfig: {} }, 'webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
    [
      { clientConfig: { url: 'http://a' } },
      'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    ],
    [{ clientConfig: { url: 'https://a?b' } }, 'webhooks[0].clientConfig.url: Invalid value: "b": query parameters are not permitted in the URL'],
    [
      { clientConfig: { url: 'https://a:b' } },
      'webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "https://a:b": invalid port ":b" after host; desired format: https://host[/path]',
    ],
    [{ clientConfig: { service: { name: 'a', namespace: '' } } }, 'webhooks[0].clientConfig.service.name: Required value'],
    [
      { clientConfig: { service: { name: 'a', namespace: 'b', path: '/a//b' } } },
      'webhooks[0].clientConfig.service.path: Invalid value: "/a//b": segment[1] may not be empty',
    ],
    [
      { rules: [{ ...rule, operations: ['*', 'CREATE'] }] },
      'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
    ],
    [
      { rules: [{ ...rule, resources: ['pods/*', 'pods/log'] }] },
      'webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if \'pods/*\' is present, must not specify pods/log',
    ],
    [{ rules: [{ ...rule, scope: 'All' }] }, 'webhooks[0].rules[0].scope: Unsupported value: "All": supported values: "*", "Cluster", "Namespaced"'],
    [{ matchConditions: [{ name: 'a b', expression: ' ' }] }, 'webhooks[0].matchConditions[0].expression: Required value'],
  ] as [JsonObject, string][])('%j is refused', (change, message) => {
    expect(check(webhooks(change))).toContain(message);
  });

  it('name each webhook once', () => {
    expect(check(webhooks({}, {}))).toEqual(['webhooks[1].name: Duplicate value: "a.example.com"']);
  });

  it('may keep what older versions have let in', () => {
    const old = webhooks({ sideEffects: 'Some' }, { sideEffects: 'Some' });
    expect(check(old, old)).toEqual([]);
  });

  it('are warned of rules that mean nothing', () => {
    const warnings = warningsOf(builtinResource({ group, version: 'v1', kind: 'MutatingWebhookConfiguration' })!)!;
    const reviews = { ...rule, apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'] };
    expect(warnings(webhooks({ rules: [reviews] }) as never, undefined)).toEqual([
      'webhooks[0].rules[0]: subjectaccessreviews.authorization.k8s.io is excluded from admission webhooks; this rule will have no effect',
    ]);
  });
});

const matchConstraints = { resourceRules: [rule] };
const policy = (spec: JsonObject) => of('ValidatingAdmissionPolicy', { spec: { matchConstraints, validations: [{ expression: 'true' }], ...spec } });

describe('validating policies', () => {
  it('may be right', () => expect(check(policy({}))).toEqual([]));

  it.each([
    [{ validations: [] }, 'spec.validations: Required value: validations or auditAnnotations must contain at least one item'],
    [{ matchConstraints: undefined }, 'spec.matchConstraints: Required value'],
    [{ matchConstraints: {} }, 'spec.matchConstraints.resourceRules: Required value'],
    [{ paramKind: { kind: 'A' } }, 'spec.paramKind.apiVersion: Required value'],
    [{ paramKind: { apiVersion: 'a/b/c', kind: 'A' } }, 'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
    [{ variables: [{ name: 'a-b', expression: '1' }] }, 'spec.variables[0].name: Invalid value: "a-b": must be a valid CEL identifier'],
    [{ validations: [{ expression: 'true', message: 'a\nb' }] }, 'spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks'],
    [
      { validations: [{ expression: 'true', reason: 'Gone' }] },
      'spec.validations[0].reason: Unsupported value: "Gone": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
    [
      {
        auditAnnotations: [
          { key: 'a', valueExpression: "'x'" },
          { key: 'a', valueExpression: "'x'" },
        ],
      },
      'spec.auditAnnotations[1].key: Duplicate value: "a"',
    ],
    [
      { matchConstraints: { resourceRules: [{ ...rule, resourceNames: ['a', 'a'] }] } },
      'spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"',
    ],
  ] as [JsonObject, string][])('%j is refused', (change, message) => {
    expect(check(policy(change))).toContain(message);
  });
});

describe('mutating policies', () => {
  const mutating = (spec: JsonObject) =>
    of('MutatingAdmissionPolicy', {
      spec: { matchConstraints, reinvocationPolicy: 'Never', mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }], ...spec },
    });

  it.each([
    [{ mutations: [] }, 'spec.mutations: Required value: mutations must contain at least one item'],
    [{ reinvocationPolicy: undefined }, 'spec.reinvocationPolicy: Required value'],
    [{ mutations: [{ patchType: 'JSONPatch' }] }, 'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch'],
    [{ mutations: [{ patchType: 'Merge' }] }, 'spec.mutations[0].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"'],
    [
      { matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] } },
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ],
  ] as [JsonObject, string][])('%j is refused', (change, message) => {
    expect(check(mutating(change))).toContain(message);
  });
});

describe('bindings', () => {
  const binding = (spec: JsonObject) => of('ValidatingAdmissionPolicyBinding', { spec: { policyName: 'one', validationActions: ['Deny'], ...spec } });

  it.each([
    [{ policyName: '' }, 'spec.policyName: Required value'],
    [{ validationActions: [] }, 'spec.validationActions: Required value: at least one validation action is required'],
    [{ validationActions: ['Deny', 'Deny'] }, 'spec.validationActions[1]: Duplicate value: "Deny"'],
    [
      { validationActions: ['Deny', 'Warn'] },
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
    [{ paramRef: {} }, 'spec.paramRef: Required value: one of name or selector must be specified'],
    [{ paramRef: { name: 'a', selector: {}, parameterNotFoundAction: 'Deny' } }, 'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive'],
    [{ paramRef: { name: 'a' } }, 'spec.paramRef.parameterNotFoundAction: Required value'],
  ] as [JsonObject, string][])('%j is refused', (change, message) => {
    expect(check(binding(change))).toContain(message);
  });

  it('show their parameters in tables', () => {
    const cell = (spec: JsonObject) => tableRow({ group, version: 'v1', kind: 'ValidatingAdmissionPolicyBinding' }, binding(spec), 0)[2];
    expect(cell({})).toBe('<unset>');
    expect(cell({ paramRef: { name: 'a' } })).toBe('*/a');
    expect(cell({ paramRef: { selector: { matchLabels: { a: 'b' } } } })).toBe(
      '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}',
    );
  });
});

describe('names that files have for themselves', () => {
  it('are refused in new objects', () => {
    expect(check(of('ValidatingWebhookConfiguration', {}, { name: 'a.static.k8s.io' }))).toEqual([
      'metadata.name: Invalid value: "a.static.k8s.io": names ending with ".static.k8s.io" are reserved for static manifest-based configurations and cannot be managed via the API',
    ]);
  });
});

describe('expressions', () => {
  it('must compile, and give what is asked for', async () => {
    (await import('./cel.js')).checkExpressions();
    expect(check(policy({ validations: [{ expression: '1 + 1' }] }))).toEqual([
      'spec.validations[0].expression: Invalid value: "1 + 1": must evaluate to bool but got int',
    ]);
    expect(check(policy({ validations: [{ expression: 'none' }] }))).toEqual([
      "spec.validations[0].expression: Invalid value: \"none\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'none' (in container '')\n | none\n | ^",
    ]);
    expect(check(policy({ variables: [{ name: 'a', expression: '1' }], validations: [{ expression: 'variables.a == 1 && variables.b' }] }))).toEqual([
      expect.stringContaining("undefined field 'b'"),
    ]);
    expect(check(policy({ validations: [{ expression: "authorizer.group('').resource('pods').check('get').allowed()" }] }))).toEqual([]);
    expect(check(webhooks({ matchConditions: [{ name: 'a', expression: 'params.a' }] }))).toEqual([
      expect.stringContaining(
        'webhooks[0].matchConditions[0].expression: Invalid value: "params.a": compilation failed: ERROR: <input>:1:1: undeclared reference to \'params\'',
      ),
    ]);
  });
});
