import { describe, expect, it } from 'vitest';
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../validation/custom-resource-definition.js';
import { findCondition } from './condition.js';
import { withNames } from './names.js';

const crd = (
  names: Partial<CustomResourceDefinitionNames>,
  acceptedNames: Partial<CustomResourceDefinitionNames> = { plural: '', kind: '' },
): CustomResourceDefinition =>
  ({
    metadata: { name: `${names.plural}.example.com` },
    spec: { group: 'example.com', names, scope: 'Namespaced', versions: [] },
    status: { acceptedNames },
  }) as CustomResourceDefinition;
const asked = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
const now = Date.UTC(2026, 0, 1);

describe('the names of a definition', () => {
  it('are all accepted where nobody has them', () => {
    const next = withNames(crd({ ...asked, categories: ['all'] }), [], now);
    expect(next.status?.acceptedNames).toEqual({ ...asked, categories: ['all'] });
    expect(findCondition(next, 'NamesAccepted')).toEqual({
      type: 'NamesAccepted',
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'NoConflicts',
      message: 'no conflicts found',
    });
  });

  it('need nothing done where they are accepted already', () => {
    const done = crd(asked, asked);
    expect(withNames(done, [done], now)).toBe(done);
  });

  it.each([
    ['plural', { plural: 'widgets', kind: 'Other' }, 'PluralConflict', '"widgets" is already in use'],
    ['singular', { plural: 'others', singular: 'widget', kind: 'Other' }, 'SingularConflict', '"widget" is already in use'],
    ['kind', { plural: 'others', kind: 'Widget' }, 'KindConflict', '"Widget" is already in use'],
    ['listKind', { plural: 'others', kind: 'Other', listKind: 'WidgetList' }, 'ListKindConflict', '"WidgetList" is already in use'],
    [
      'shortNames',
      { plural: 'others', kind: 'Other', shortNames: ['widget', 'widgets', 'x'] },
      'ShortNamesConflict',
      '["widget" is already in use, "widgets" is already in use]',
    ],
  ])('conflict by their %s', (_, names, reason, message) => {
    const holder = crd(asked, asked);
    const next = withNames(crd(names as Partial<CustomResourceDefinitionNames>), [holder], now);
    expect(findCondition(next, 'NamesAccepted')).toMatchObject({ status: 'False', reason, message });
    expect(findCondition(next, 'Established')).toMatchObject({ status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' });
  });

  it('stay what they were where the new ones conflict', () => {
    const holder = crd(asked, asked);
    const own = { plural: 'others', singular: 'other', kind: 'Other', listKind: 'OtherList' };
    const next = withNames(crd({ ...own, singular: 'widget' }, own), [holder], now);
    expect(next.status?.acceptedNames).toEqual(own);
  });

  it('keep the time of a condition that says the same', () => {
    const holder = crd(asked, asked);
    const once = withNames(crd({ plural: 'others', kind: 'Widget' }), [holder], now);
    expect(withNames(once, [holder], now + 1000)).toBe(once);
  });
});
