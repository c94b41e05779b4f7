import type { KubeObject } from '@apiserver-kit/machinery';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cluster, ownedBy } from './fixtures.js';

const configMaps = '/api/v1/namespaces/default/configmaps';
const policies = ['Background', 'Foreground', 'Orphan'] as const;

/** Objects in the order in which they are made: each is owned by some that came before. */
const families = fc.array(fc.array(fc.record({ owner: fc.nat(), blocks: fc.boolean() }), { maxLength: 3 }), { minLength: 1, maxLength: 10 });
const deletions = fc.array(fc.record({ which: fc.nat(), policy: fc.constantFrom(...policies) }), { maxLength: 4 });

interface Member {
  readonly object: KubeObject;
  owners: Set<number>;
  isGone: boolean;
}

/** What is to be left: who has gone, and who owns whom then. */
function expected(members: readonly Member[]): Map<string, string[]> {
  const left = members.filter(({ isGone }) => !isGone);
  return new Map(left.map(({ object, owners }) => [object.metadata.name!, [...owners].map((at) => members[at]!.object.metadata.name!).sort()]));
}

function remove(members: readonly Member[], at: number, policy: string): void {
  members[at]!.isGone = true;
  for (const [other, member] of members.entries()) {
    if (member.isGone || !member.owners.delete(at)) continue;
    // Without an owner that is left, what was owned goes too; unless the references were taken first.
    if (member.owners.size === 0 && policy !== 'Orphan') remove(members, other, 'Background');
  }
}

describe('whatever owns what', () => {
  it('deletions leave what has an owner left, or never had one, with references to nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(families, deletions, fc.boolean(), async (family, asked, isEarly) => {
        await using api = cluster();
        const early = isEarly ? api.collect() : undefined;
        const members: Member[] = [];
        for (const [at, parents] of family.entries()) {
          const owners = new Map(at === 0 ? [] : parents.map(({ owner, blocks }) => [owner % at, blocks]));
          const ownerReferences = [...owners].map(([owner, blocks]) => ownedBy(members[owner]!.object, blocks ? { blockOwnerDeletion: true } : {}));
          const object = await api.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `o${at}`, ownerReferences } });
          members.push({ object, owners: new Set(owners.keys()), isGone: false });
        }
        const collector = early ?? api.collect();
        for (const { which, policy } of asked) {
          const at = which % members.length;
          if (members[at]!.isGone) continue;
          await api.request('DELETE', `${configMaps}/o${at}`, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: policy });
          await collector.settled();
          remove(members, at, policy);
        }
        await collector.settled();
        const { items } = (await api.request('GET', configMaps)) as unknown as { items: KubeObject[] };
        const found = items.map(({ metadata }) => [metadata.name!, (metadata.ownerReferences ?? []).map(({ name }) => name).sort()] as const);
        expect(api.failures).toEqual([]);
        expect(new Map(found)).toEqual(expected(members));
      }),
      { numRuns: 60 },
    );
  });
});
