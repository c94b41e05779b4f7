import type { JsonObject, KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { admissionChain } from '../admission.js';
import { configMap, configMapAttributes } from '../fixtures.js';
import { mutatingPolicies, type PolicyOptions, policyObjects } from './index.js';

const rule = { operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };
const policy = (spec: JsonObject, name = 'change'): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingAdmissionPolicy',
  metadata: { name },
  spec: { failurePolicy: 'Fail', reinvocationPolicy: 'Never', matchConstraints: { matchPolicy: 'Equivalent', resourceRules: [rule] }, ...spec },
});
const binding = (policyName = 'change'): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingAdmissionPolicyBinding',
  metadata: { name: `bind-${policyName}` },
  spec: { policyName },
});
const jsonPatch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });

async function admit(policies: readonly KubeObject[], object = configMap({ a: '1' }), options: Partial<PolicyOptions> = {}): Promise<KubeObject> {
  const objects = policyObjects(
    policies,
    policies.map(({ metadata }) => binding(metadata.name)),
  );
  const namespaces = () => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } });
  const attributes = configMapAttributes({ object });
  await admissionChain([mutatingPolicies({ objects, namespaces, ...options })]).admit(attributes);
  return attributes.object!;
}
const statusOf = async (run: Promise<unknown>): Promise<unknown> => {
  try {
    await run;
  } catch (error) {
    return (error as { status: unknown }).status;
  }
  return 'admitted';
};

describe('a JSON patch', () => {
  it('is what an expression gives', async () => {
    const mutations = [
      jsonPatch(
        `[JSONPatch{op: "add", path: "/data/" + jsonpatch.escapeKey("b/c"), value: object.data.a + "!"},
          JSONPatch{op: "add", path: "/metadata/labels", value: {"kind": "made"}}]`,
      ),
    ];
    expect(await admit([policy({ mutations })])).toEqual(configMap({ a: '1', 'b/c': '1!' }, { labels: { kind: 'made' } }));
  });

  it('whose test does not hold changes nothing', async () => {
    const mutations = [jsonPatch('[JSONPatch{op: "test", path: "/data/a", value: "2"}, JSONPatch{op: "remove", path: "/data/a"}]')];
    expect(await admit([policy({ mutations })])).toEqual(configMap({ a: '1' }));
  });

  it('may hold objects', async () => {
    const mutations = [jsonPatch('[JSONPatch{op: "add", path: "/metadata", value: Object.metadata{name: "y", labels: {"a": "b"}}}]')];
    expect((await admit([policy({ mutations })])).metadata).toEqual({ name: 'y', labels: { a: 'b' } });
  });
});

describe('an apply configuration', () => {
  it('is merged into the object', async () => {
    const mutations = [apply('Object{metadata: Object.metadata{labels: {"a": "b"}}, data: Object.data{b: "2"}}')];
    expect(await admit([policy({ mutations })])).toEqual(configMap({ a: '1', b: '2' }, { labels: { a: 'b' } }));
  });

  it('is merged by the schema, where one is known', async () => {
    const interfaces: PolicyOptions['interfaces'] = {
      equivalentResources: () => [],
      kindOf: () => undefined,
      convert: (object) => object,
      complete: (object) => object,
      apply: (object, configuration, kind) => ({ ...object, applied: [configuration.kind, kind.version] }),
    };
    expect(await admit([policy({ mutations: [apply('Object{}')] })], undefined, { interfaces })).toMatchObject({ applied: ['ConfigMap', 'v1'] });
  });

  it.each([
    [
      'Object{data: Object.spec{a: "b"}}',
      'type mismatch: unexpected type name "Object.spec", expected "Object.data", which matches field name path from root Object type',
    ],
    ['Object{data: Object.data{list: ["a"]}}', 'error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .data.list'],
    ['{"a": 1}', 'must evaluate to Object but got map(string, int)'],
    ['Object{data: object.none}', "expression 'Object{data: object.none}' resulted in error: no such key: none"],
  ])('fails: %s', async (expression, why) => {
    const message = `policy 'change' with binding 'bind-change' denied request: ${why}`;
    expect(await statusOf(admit([policy({ mutations: [apply(expression)] })]))).toMatchObject({
      code: 403,
      reason: 'Invalid',
      message,
      details: { causes: [{ message }] },
    });
    expect(await statusOf(admit([policy({ mutations: [apply(expression)], failurePolicy: 'Ignore' })]))).toBe('admitted');
  });
});

describe('mutating policies', () => {
  const add = (key: string, value: string) => jsonPatch(`[JSONPatch{op: "add", path: "/data/${key}", value: ${value}}]`);

  it('see what the ones before them have changed, and so do the mutations of one', async () => {
    const first = policy({ mutations: [add('b', '"2"'), add('c', 'object.data.b + "3"')] }, 'a');
    const second = policy({ mutations: [add('d', 'object.data.c + "4"')] }, 'b');
    expect((await admit([second, first])).data).toEqual({ a: '1', b: '2', c: '23', d: '234' });
  });

  it('are asked again, if they wish, when there was a change after them', async () => {
    const count = policy({ reinvocationPolicy: 'IfNeeded', mutations: [add('count', 'string(size(object.data))')] }, 'a');
    const late = policy({ mutations: [add('late', '"x"')] }, 'b');
    expect((await admit([count, late])).data).toEqual({ a: '1', count: '3', late: 'x' });
  });

  it('have conditions and variables', async () => {
    const matchConditions = [{ name: 'has-b', expression: "'b' in object.data" }];
    const variables = [{ name: 'size', expression: 'size(object.data)' }];
    const one = policy({ matchConditions, variables, mutations: [add('size', 'string(variables.size)')] });
    expect((await admit([one])).data).toEqual({ a: '1' });
    expect((await admit([one], configMap({ a: '1', b: '2' }))).data).toEqual({ a: '1', b: '2', size: '2' });
  });
});
