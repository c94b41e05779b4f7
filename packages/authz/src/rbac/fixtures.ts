/** Rules and requests for properties: of few words, so that they meet often. */
import fc from 'fast-check';
import type { Attributes } from '../authorizer.js';
import { attributes, pathAttributes } from '../fixtures.js';
import type { PolicyRule } from './policy.js';

const list = (words: readonly string[]) => fc.option(fc.array(fc.constantFrom(...words), { maxLength: 3 }), { nil: null, freq: 12 });

const verbs = ['get', 'list', '*'];
const groups = ['', 'apps', '*'];
const resources = ['pods', 'pods/log', 'nodes', 'nodes/log', '*/log', '*', 'pods/*', '*/*'];
const names = ['a', 'b', '*'];
const paths = ['/', '/a', '/a/b', '/a/*', '/a*', '/a**', '*', '**', '/b', '/a*b'];

export const anyRule: fc.Arbitrary<PolicyRule> = fc.record(
  { verbs: list(verbs), apiGroups: list(groups), resources: list(resources), resourceNames: list(names), nonResourceURLs: list(paths) },
  { requiredKeys: [] },
);

export const anyRules = fc.array(anyRule, { maxLength: 4 });

export const anyRequest: fc.Arbitrary<Attributes> = fc.oneof(
  fc
    .record({
      verb: fc.constantFrom('get', 'list', 'watch'),
      apiGroup: fc.constantFrom('', 'apps', 'batch'),
      resource: fc.constantFrom('pods', 'nodes', 'log'),
      subresource: fc.constantFrom('', 'log', '*'),
      name: fc.constantFrom('', 'a', 'b', 'c'),
    })
    .map((given) => attributes(given)),
  fc
    .record({ verb: fc.constantFrom('get', 'post'), path: fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/ab', '/b', '') })
    .map(({ verb, path }) => pathAttributes(path, { verb })),
);
