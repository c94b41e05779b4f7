import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rule } from '../fixtures.js';
import { rulesCover, simpleRules, uncoveredRules } from './covers.js';
import { anyRequest, anyRule, anyRules } from './fixtures.js';
import type { PolicyRule } from './policy.js';
import { ruleAllows } from './rule-match.js';

const urls = (verbs: string, paths: string): PolicyRule => ({ verbs: verbs.split(','), nonResourceURLs: paths.split(',') });

describe('rules cover', () => {
  it('what they say themselves, in any split', () => {
    expect(rulesCover([rule('get', 'pods,nodes'), rule('list', 'pods,nodes')], [rule('get,list', 'pods,nodes')])).toBe(true);
    expect(rulesCover([rule('get', 'pods'), rule('list', 'nodes')], [rule('get,list', 'pods,nodes')])).toBe(false);
  });
  it('all with a star, where a star is wanted only with a star', () => {
    expect(rulesCover([rule('*', '*', '*')], [rule('get', 'pods/log', 'x', 'a'), rule('*', '*', '*')])).toBe(true);
    expect(rulesCover([rule('get,list', 'pods')], [rule('*', 'pods')])).toBe(false);
    expect(rulesCover([rule('get', '*')], [rule('get', '*', '*')])).toBe(false);
  });
  it('a subresource with a star for its resource, and not the other way round', () => {
    expect(rulesCover([rule('get', '*/scale')], [rule('get', 'deployments/scale')])).toBe(true);
    expect(rulesCover([rule('get', 'deployments/scale')], [rule('get', '*/scale')])).toBe(false);
    expect(rulesCover([rule('get', '*/scale')], [rule('get', 'scale')])).toBe(false);
  });
  it('names with all names, and all names with nothing else', () => {
    expect(rulesCover([rule('get', 'pods')], [rule('get', 'pods', '', 'a')])).toBe(true);
    expect(rulesCover([rule('get', 'pods', '', 'a'), rule('get', 'pods', '', 'b')], [rule('get', 'pods', '', 'a,b')])).toBe(true);
    expect(rulesCover([rule('get', 'pods', '', 'a')], [rule('get', 'pods')])).toBe(false);
    expect(rulesCover([rule('get', 'pods', '', '*')], [rule('get', 'pods', '', 'a')])).toBe(false);
  });
  it('paths with what begins them', () => {
    expect(rulesCover([urls('get', '/apis/*')], [urls('get', '/apis/apps,/apis/x/*')])).toBe(true);
    expect(rulesCover([urls('get', '/apis/*')], [urls('get', '/apis')])).toBe(false);
    expect(rulesCover([urls('get', '/apis/a')], [urls('get', '/apis/*')])).toBe(false);
  });
});

describe('what is not covered', () => {
  it('is told thing by thing, in order', () => {
    expect(uncoveredRules([rule('get', 'pods')], [rule('get,list', 'pods,nodes'), urls('get', '/x')])).toEqual([
      rule('list', 'pods'),
      rule('get', 'nodes'),
      rule('list', 'nodes'),
      urls('get', '/x'),
    ]);
    expect(uncoveredRules([], [rule('get', 'pods', 'apps', 'a,b')])).toEqual([rule('get', 'pods', 'apps', 'a'), rule('get', 'pods', 'apps', 'b')]);
  });
  it('is told at once where it stands for too much to be told', () => {
    const many = Array.from({ length: 500 }, (_, at) => `x${at}`);
    const huge: PolicyRule = { verbs: many, apiGroups: many, resources: many, resourceNames: many };
    expect(uncoveredRules([rule('get', 'pods')], [huge])).toEqual([huge]);
    expect(uncoveredRules([rule('*', '*', '*')], [huge])).toEqual([]);
  });
});

describe('any rules', () => {
  it('that cover others allow all that those allow', () => {
    fc.assert(
      fc.property(anyRules, anyRules, anyRequest, (owner, wanted, asked) => {
        const given = wanted.filter((each) => rulesCover(owner, [each]));
        if (given.some((each) => ruleAllows(each, asked))) expect(owner.some((each) => ruleAllows(each, asked))).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
  it('cover themselves, and others with what those lack added', () => {
    // Names beside paths, which validation refuses, keep the reference's rule from covering even itself.
    const isValid = ({ resourceNames, nonResourceURLs }: PolicyRule): boolean => !(resourceNames?.length && nonResourceURLs?.length);
    fc.assert(
      fc.property(anyRules, anyRules, (owner, all) => {
        const wanted = all.filter(isValid);
        expect(rulesCover(wanted, wanted)).toBe(true);
        expect(rulesCover([...owner, ...uncoveredRules(owner, wanted)], wanted)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
  it('lack exactly the simple rules that none of theirs covers', () => {
    fc.assert(
      fc.property(anyRules, anyRules, (owner, wanted) => {
        const simple = wanted.flatMap((each) => [...simpleRules(each)]);
        expect(uncoveredRules(owner, wanted)).toEqual(simple.filter((each) => !rulesCover(owner, [each])));
      }),
      { numRuns: 3_000 },
    );
  });
  it('mean the same as the simple rules they are made of', () => {
    fc.assert(
      fc.property(anyRule, anyRequest, (given, asked) => [...simpleRules(given)].some((each) => ruleAllows(each, asked)) === ruleAllows(given, asked)),
      { numRuns: 5_000 },
    );
  });
});
