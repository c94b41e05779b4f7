import { describe, expect, it } from 'vitest';
import { builtinResources } from '../resources.js';
import { openapiV2Definitions, openapiV3Schemas } from './openapi.js';
import { type OpenApiSchema, refsIn } from './schema.js';

const refs = (schemas: Record<string, OpenApiSchema>) => new Set(Object.values(schemas).flatMap((schema) => [...refsIn(schema)]));

describe('the OpenAPI v3 schemas of a group-version', () => {
  it.each(['v1', 'apps/v1', 'batch/v1', 'rbac.authorization.k8s.io/v1', 'coordination.k8s.io/v1', 'events.k8s.io/v1', 'authorization.k8s.io/v1'])(
    'have all that they refer to: %s',
    (groupVersion) => {
      const schemas = openapiV3Schemas(groupVersion);
      for (const name of refs(schemas)) expect(schemas).toHaveProperty([name]);
    },
  );
  it('have the merge keys of lists', () => {
    const { properties } = openapiV3Schemas('v1')['io.k8s.api.core.v1.PodSpec']!;
    expect(properties!.containers).toMatchObject({
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
  });
  it('wrap references that have something beside them', () => {
    const { properties } = openapiV3Schemas('apps/v1')['io.k8s.api.apps.v1.Deployment']!;
    expect(properties!.spec).toEqual({
      description: 'The state that is wished for.',
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec' }],
      default: {},
    });
  });
  it('name the kinds, their lists, and what is shared', () => {
    const schemas = openapiV3Schemas('v1');
    const kinds = (name: string) => schemas[name]!['x-kubernetes-group-version-kind'];
    expect(kinds('io.k8s.api.core.v1.PodList')).toEqual([{ group: '', version: 'v1', kind: 'PodList' }]);
    expect(kinds('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')).toEqual([{ group: '', version: 'v1', kind: 'DeleteOptions' }]);
  });
  it('of a group without built-in kinds are those that custom resources refer to', () => {
    const prefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
    const schemas = openapiV3Schemas('example.com/v1');
    for (const name of ['ObjectMeta', 'ListMeta', 'Status', 'Patch', 'DeleteOptions']) expect(schemas).toHaveProperty([`${prefix}${name}`]);
    for (const name of refs(schemas)) expect(schemas).toHaveProperty([name]);
  });
});

describe('the OpenAPI v2 definitions', () => {
  const definitions = openapiV2Definitions();
  it('have every kind and all that they refer to', () => {
    for (const name of refs(definitions)) expect(definitions).toHaveProperty([name]);
    const kinds = Object.values(definitions).flatMap((schema) => schema['x-kubernetes-group-version-kind'] ?? []);
    for (const { group, version, kind } of builtinResources) expect(kinds).toContainEqual({ group, version, kind });
  });
  it('tell no defaults', () => {
    expect(definitions['io.k8s.api.core.v1.ContainerPort']!.properties!.protocol).toEqual({ type: 'string' });
  });
});
