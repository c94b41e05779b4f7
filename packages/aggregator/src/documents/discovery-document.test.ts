import { describe, expect, it } from 'vitest';
import { isAggregated, resourcesOfAggregated, resourcesOfLegacy } from './discovery-document.js';

const gv = { group: 'g', version: 'v1' };
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('the discovery of a server', () => {
  it('is aggregated where its type says so', () => {
    expect(isAggregated('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')).toBe(true);
    expect(isAggregated('application/json')).toBe(false);
  });

  it('is taken for the group version that is asked about alone', () => {
    const list = { kind: 'APIGroupDiscoveryList', items: [{ metadata: { name: 'g' }, versions: [{ version: 'v1', resources: [{ resource: 'things' }] }] }, 7] };
    expect(resourcesOfAggregated(bytes(list), gv)).toEqual([{ resource: 'things', responseKind: { group: '', version: '', kind: '' } }]);
    expect(resourcesOfAggregated(bytes(list), { group: 'other', version: 'v1' })).toEqual([]);
    expect(() => resourcesOfAggregated(bytes({ kind: 'Other' }), gv)).toThrow('no APIGroupDiscoveryList');
  });

  it('is made of the older list where there is no other', () => {
    const rows = [
      { name: 'things', singularName: 'thing', namespaced: true, kind: 'Thing', verbs: ['get'], shortNames: ['th'] },
      { name: 'things/status', namespaced: true, kind: 'Thing', verbs: ['patch'] },
    ];
    const kind = { group: '', version: '', kind: 'Thing' };
    expect(resourcesOfLegacy(bytes({ kind: 'APIResourceList', groupVersion: 'g/v1', resources: rows }), gv)).toEqual([
      {
        resource: 'things',
        scope: 'Namespaced',
        responseKind: kind,
        singularResource: 'thing',
        verbs: ['get'],
        shortNames: ['th'],
        subresources: [{ subresource: 'status', responseKind: kind, verbs: ['patch'] }],
      },
    ]);
  });

  it('is not that of another group', () => {
    expect(() => resourcesOfLegacy(bytes({ kind: 'APIResourceList', groupVersion: 'apps/v1', resources: [] }), gv)).toThrow(
      'the answer is the APIResourceList of "apps/v1"',
    );
  });
});
