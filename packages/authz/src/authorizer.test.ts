import { describe, expect, it } from 'vitest';
import { allowed, type Authorizer, failedVerdict, noOpinion, type RuleSet, union, type Verdict } from './authorizer.js';
import { attributes, user } from './fixtures.js';

const says = (name: string, verdict: Verdict): Authorizer => ({ name, authorize: () => verdict });
const later = (authorizer: Authorizer): Authorizer => ({ name: authorizer.name, authorize: async (asked) => authorizer.authorize(asked) });
const throws = (name: string, message: string): Authorizer => ({
  name,
  authorize() {
    throw new Error(message);
  },
});
const denies = (name: string): Authorizer => says(name, { decision: 'deny', reason: 'no' });
const shrugs = (name: string, reason = ''): Authorizer => says(name, { decision: 'noOpinion', reason });
const never: Authorizer = throws('never', 'asked');

describe('a union of authorizers', () => {
  it('takes the first that allows or denies, with its own reason', () => {
    expect(union([shrugs('a', 'x'), says('b', { decision: 'allow', reason: 'y' }), never]).authorize(attributes())).toEqual({ decision: 'allow', reason: 'y' });
    expect(union([shrugs('a'), denies('b'), never]).authorize(attributes())).toEqual({ decision: 'deny', reason: 'no' });
  });
  it('tells the reasons of all, by name, when none decides', () => {
    expect(union([shrugs('a', 'x'), shrugs('b'), shrugs('c', 'y')]).authorize(attributes())).toEqual({ decision: 'noOpinion', reason: 'a: x\nc: y' });
    expect(union([shrugs('a'), shrugs('b')]).authorize(attributes())).toBe(noOpinion);
    expect(union([]).authorize(attributes())).toBe(noOpinion);
  });
  it('goes on after one that throws, and tells the errors when none decides', () => {
    expect(union([throws('a', 'x'), says('b', allowed)]).authorize(attributes())).toBe(allowed);
    expect(union([throws('a', 'x'), throws('b', 'y'), throws('c', 'x')]).authorize(attributes())).toMatchObject({
      decision: 'noOpinion',
      error: { message: '[x, y]' },
    });
  });
  it('does the same where one has to wait, and only there gives a promise', async () => {
    expect(union([shrugs('a'), later(says('b', allowed))]).authorize(attributes())).toBeInstanceOf(Promise);
    expect(await union([later(shrugs('a', 'x')), later(throws('b', 'y')), shrugs('c', 'z')]).authorize(attributes())).toMatchObject({
      decision: 'noOpinion',
      reason: 'a: x\nc: z',
      error: { message: 'y' },
    });
    expect(await union([later(shrugs('a')), denies('b'), never]).authorize(attributes())).toMatchObject({ decision: 'deny' });
  });
  it('has no two of one name', () => {
    expect(() => union([shrugs('a'), shrugs('a')])).toThrow('two authorizers are named "a"');
  });
});

describe('the rules of a union', () => {
  const lists = (name: string, rules: Partial<RuleSet>): Authorizer => ({
    ...shrugs(name),
    rulesFor: () => ({ resourceRules: [], nonResourceRules: [], isIncomplete: false, ...rules }),
  });
  it('are those of all that can list them', () => {
    const [one, two] = [{ verbs: ['get'] }, { verbs: ['list'] }];
    expect(union([lists('a', { resourceRules: [one] }), shrugs('b'), lists('c', { resourceRules: [two] })]).rulesFor!(user('x'), 'ns')).toEqual({
      resourceRules: [one, two],
      nonResourceRules: [],
      isIncomplete: false,
    });
  });
  it('are incomplete where those of one are, and tell the errors', async () => {
    const slow: Authorizer = { ...shrugs('b'), rulesFor: async () => ({ resourceRules: [], nonResourceRules: [], isIncomplete: true, error: new Error('x') }) };
    expect(await union([lists('a', {}), slow]).rulesFor!(user('x'), 'ns')).toMatchObject({ isIncomplete: true, error: { message: 'x' } });
  });
});

describe('an authorizer that fails', () => {
  it('allows nothing', () => expect(failedVerdict('x')).toMatchObject({ decision: 'noOpinion', error: { message: 'x' } }));
});
