import { type FieldError, fieldErrorText } from '@apiserver-kit/machinery';
import { type JSONSchemaProps, structuralSchema } from '@apiserver-kit/schema';
import { describe, expect, it } from 'vitest';
import {
  type CustomResourceDefinition,
  type CustomResourceDefinitionVersion,
  defaultCustomResourceDefinition,
  resolveFieldPath,
  validateCustomResourceDefinition,
  validateCustomResourceDefinitionUpdate,
} from './index.js';

const object: JSONSchemaProps = { type: 'object' };
const version = (name: string, rest: Partial<CustomResourceDefinitionVersion> = {}): CustomResourceDefinitionVersion => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: object },
  ...rest,
});

function widgets(...versions: CustomResourceDefinitionVersion[]): CustomResourceDefinition {
  const crd: CustomResourceDefinition = {
    metadata: { name: 'widgets.example.com', resourceVersion: '1' },
    spec: { group: 'example.com', names: { plural: 'widgets', kind: 'Widget' }, scope: 'Namespaced', versions },
  };
  defaultCustomResourceDefinition(crd);
  return crd;
}
const texts = (errors: readonly FieldError[]) => errors.map(fieldErrorText);

describe('the defaults of a definition', () => {
  it('follow from its kind, conversion and versions', () => {
    const crd = widgets(version('v1'), version('v2'));
    expect(crd.spec.names).toEqual({ plural: 'widgets', kind: 'Widget', singular: 'widget', listKind: 'WidgetList' });
    expect(crd.spec.conversion).toEqual({ strategy: 'None' });
    expect(crd.status).toEqual({ storedVersions: ['v1'] });
  });
  it('keep what is given', () => {
    const crd = widgets(version('v1'));
    crd.spec.conversion = { strategy: 'Webhook', webhook: { clientConfig: { service: { name: 'a', namespace: 'b' } } } };
    crd.status = { storedVersions: ['v0'] };
    defaultCustomResourceDefinition(crd);
    expect(crd.spec.conversion.webhook?.clientConfig?.service?.port).toBe(443);
    expect(crd.status.storedVersions).toEqual(['v0']);
  });
});

describe('a definition that is created', () => {
  it('is valid when it has a name, a version that is stored and a structural schema', () => {
    expect(validateCustomResourceDefinition(widgets(version('v1'), version('v2')))).toEqual([]);
  });
  it('names what all versions share where the reference does', () => {
    const schema = { openAPIV3Schema: { type: 'object', properties: { a: {} } } };
    expect(texts(validateCustomResourceDefinition(widgets(version('v1', { schema }), version('v2', { schema: structuredClone(schema) }))))).toEqual([
      'spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
    ]);
    expect(texts(validateCustomResourceDefinition(widgets(version('v1'), version('v2', { schema }))))).toEqual([
      'spec.versions[1].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
    ]);
  });
  it('needs approval in a group of the community', () => {
    const crd = widgets(version('v1'));
    crd.metadata.name = 'widgets.x.k8s.io';
    crd.spec.group = 'x.k8s.io';
    expect(texts(validateCustomResourceDefinition(crd))[0]).toContain('metadata.annotations[api-approved.kubernetes.io]: Required value');
    crd.metadata.annotations = { 'api-approved.kubernetes.io': 'https://example.com/approval' };
    expect(validateCustomResourceDefinition(crd)).toEqual([]);
  });
});

describe('a definition that is updated', () => {
  it('keeps its group, plural and, once it is established, its scope and kind', () => {
    const old = widgets(version('v1'));
    const crd = structuredClone(old);
    crd.spec.names.kind = 'Gadget';
    crd.spec.scope = 'Cluster';
    expect(validateCustomResourceDefinitionUpdate(crd, old)).toEqual([]);
    old.status!.conditions = [{ type: 'Established', status: 'True' }];
    expect(texts(validateCustomResourceDefinitionUpdate(crd, old))).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Gadget": field is immutable',
    ]);
  });
  it('keeps the versions that objects are stored in', () => {
    const old = widgets(version('v1'));
    const crd = widgets(version('v2', { storage: true }));
    crd.status = { storedVersions: ['v1', 'v2'] };
    expect(texts(validateCustomResourceDefinitionUpdate(crd, old))[0]).toContain(
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was',
    );
  });
  it('may keep what was accepted before the rules were stricter', () => {
    const list = (nullable: boolean): CustomResourceDefinitionVersion =>
      version('v1', {
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { l: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string', nullable } } },
          },
        },
      });
    const old = widgets(list(true));
    expect(validateCustomResourceDefinition(old)).toHaveLength(1);
    expect(validateCustomResourceDefinitionUpdate(structuredClone(old), old)).toEqual([]);
    expect(validateCustomResourceDefinitionUpdate(old, widgets(list(false)))).toHaveLength(1);
  });
});

describe('a path to a field', () => {
  const { schema } = structuralSchema({
    type: 'object',
    properties: { spec: { type: 'object', properties: { 'a.b': { type: 'string' }, map: { type: 'object', additionalProperties: { type: 'integer' } } } } },
  });
  it('leads through properties and maps', () => {
    expect(resolveFieldPath(".spec['a.b']", schema)).toMatchObject({ root: 'spec', text: 'spec.a.b', schema: { type: 'string' } });
    expect(resolveFieldPath('.spec.map.x', schema)).toMatchObject({ text: 'spec.map[x]', schema: { type: 'integer' } });
  });
  it('is refused where it leads to nothing', () => {
    const problem = (path: string, allowBrackets = true): string => {
      try {
        resolveFieldPath(path, schema, { allowBrackets });
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(['spec', '.spec.x', '.spec.', '.spec[0]', ".spec['map'", ".spec['a.b'].x", ".spec['\\q']"].map((path) => problem(path))).toEqual([
      'expected [ or . but got: spec',
      'does not refer to a valid field',
      'unexpected end of JSON path',
      'expected single quoted string but got 0',
      'unexpected end of JSON path',
      'does not refer to a valid field',
      'invalid string literal: invalid escape char \\q',
    ]);
    expect(problem(".spec['a.b']", false)).toBe('array notation is not allowed');
  });
});
