import { PatchError, type PatchMeta, strategicMergePatch } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../../conformance/vectors.js';
import { builtinPatchMeta } from './patch-meta.js';

const groups: Record<string, string> = { core: '', rbac: 'rbac.authorization.k8s.io' };
const metaOf = (recorded: string): PatchMeta => {
  const [label, version, kind] = recorded.split(/[/ ]/) as [string, string, string];
  return builtinPatchMeta({ group: groups[label] ?? label, version, kind })!;
};

describe('a strategic merge patch of a built-in type does what the reference does', () => {
  for (const { name, input, output, error } of vectors<{ kind: string; document: unknown; patch: unknown }>('strategic-merge-patch'))
    it(`${name}: ${JSON.stringify(input.patch)}`, () => {
      const run = (): unknown => strategicMergePatch(input.document, input.patch, metaOf(input.kind));
      if (error === undefined) expect(run()).toEqual(output);
      else expect(run).toThrow(expect.objectContaining({ name: 'PatchError', message: error }));
    });
});

describe('the patch metadata of built-in types', () => {
  const pod = metaOf('core/v1 Pod');
  it('is there for built-in kinds only', () => expect(builtinPatchMeta({ group: 'example.com', version: 'v1', kind: 'Widget' })).toBeUndefined());
  it('has the merge keys of the structs, through those that JSON inlines', () => {
    const spec = pod.object('spec').type;
    expect(spec.list('containers')).toMatchObject({ strategy: 'merge', mergeKey: 'name' });
    expect(spec.list('volumes')).toMatchObject({ strategy: 'merge', mergeKey: 'name' });
    expect(spec.list('ephemeralContainers').type.list('ports').mergeKey).toBe('containerPort');
    expect(spec.list('tolerations').strategy).toBeUndefined();
  });
  it('is found whatever the case of a field’s name', () => expect(pod.object('SPEC').type.list('Containers').mergeKey).toBe('name'));
  it('refuses what a type does not have, in the reference’s words', () => {
    expect(() => pod.object('nope')).toThrow(new PatchError('unable to find api field in struct Pod for the json field "nope"'));
    expect(() => pod.list('spec')).toThrow(new PatchError('expected slice or array type, but got: struct'));
    expect(() => pod.object('spec').type.object('nodeSelector').type.object('x')).toThrow(
      new PatchError('merging an object in json but data type is not struct, instead is: map'),
    );
  });
});
