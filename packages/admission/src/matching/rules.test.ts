import { describe, expect, it } from 'vitest';
import { vectors } from '../../../../conformance/vectors.js';
import { type Rule, type RuleAttributes, ruleMatches } from './rules.js';

type Flat = Omit<RuleAttributes, 'resource'> & { group: string; version: string; resource: string };

describe('rules mean the requests that the reference says they mean', () => {
  for (const { name, input, output } of vectors<{ rule: Rule; attributes: Flat }, { matches: boolean }>('webhook-rules'))
    it(name, () => {
      const { group, version, resource, ...attributes } = input.attributes;
      expect(ruleMatches(input.rule, { ...attributes, resource: { group, version, resource } })).toBe(output!.matches);
    });
});
