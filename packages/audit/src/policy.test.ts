import type { RequestInfo, UserInfo } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { parseAuditPolicy } from './parse-policy.js';
import { type AuditPolicy, auditPolicy } from './policy.js';

interface Input {
  readonly policy: unknown;
  readonly user: { readonly username: string; readonly groups: readonly string[] | null } | null;
  readonly attributes: RequestInfo & { readonly resourceRequest: boolean };
}

/** The recorded policies are the library's own structures, whose fields have Go's names. */
function asInFile(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asInFile);
  if (value === null || typeof value !== 'object') return value ?? undefined;
  const named = (field: string): string => (field === 'NonResourceURLs' ? 'nonResourceURLs' : `${field[0]!.toLowerCase()}${field.slice(1)}`);
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [named(field), asInFile(inner)]));
}

describe('a policy decides as the reference', () => {
  for (const { name, input, output } of vectors('audit-policy')) {
    const { policy, user, attributes } = input as Input;
    const by: UserInfo | undefined = user === null ? undefined : { name: user.username, groups: user.groups ?? [] };
    it(name, () => {
      const decided = auditPolicy(asInFile(policy) as AuditPolicy)({ ...attributes, isResourceRequest: attributes.resourceRequest }, by);
      expect({ ...decided, omitStages: [...decided.omitStages].sort() }).toEqual(output);
    });
  }
});

const parse = (text: string) => parseAuditPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${text}`);

describe('the file of a policy', () => {
  it('is read, and decides', () => {
    const decide = auditPolicy(parse('rules: [{level: Metadata, resources: [{group: "", resources: [pods]}]}]\nomitStages: [RequestReceived]'));
    const info = { isResourceRequest: true, apiGroup: '', resource: 'pods', subresource: '', name: '', namespace: '', verb: 'get' } as RequestInfo;
    expect(decide(info, undefined)).toEqual({ level: 'Metadata', omitStages: ['RequestReceived'], omitManagedFields: false });
    expect(decide({ ...info, resource: 'nodes' }, undefined).level).toBe('None');
  });
  it('has rules', () => {
    expect(() => parse('rules: []')).toThrow('loaded illegal policy with 0 rules');
  });
  it('is of the one version that there is', () => {
    expect(() => parseAuditPolicy('apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: None}]')).toThrow(/no kind "Policy" is registered/);
    expect(() => parseAuditPolicy('[]')).toThrow(/a policy is an object/);
    expect(() => parseAuditPolicy('a: [')).toThrow(/^failed decoding: /);
    expect(() => parse('rules: [{level: None, users: 5}]')).toThrow('failed decoding: rules[0].users is no list of strings');
  });
  it.each([
    ['rules: [{users: [a]}]', 'rules[0].level: Required value'],
    ['rules: [{level: All}]', 'rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"'],
    ['rules: [{level: None, nonResourceURLs: [a]}]', `rules[0].nonResourceURLs[0]: Invalid value: "a": non-resource URL rules must begin with a '/' character`],
    [
      'rules: [{level: None, nonResourceURLs: ["/a*b"]}]',
      `rules[0].nonResourceURLs[0]: Invalid value: "/a*b": non-resource URL wildcards '*' must be the final character of the rule`,
    ],
    [
      'rules: [{level: None}]\nomitStages: [Foo]',
      'omitStages[0]: Invalid value: "Foo": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
    ],
    [
      'rules: [{level: None, resources: [{group: "", resourceNames: [a]}]}]',
      'rules[0].resources.resourceNames: Invalid value: ["a"]: using resourceNames requires at least one resource',
    ],
  ])('that says %j is refused', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
  it('may have fields that nobody knows, and somebody is told', () => {
    const warnings: string[] = [];
    parseAuditPolicy('apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None, user: [a]}]', { warn: (message) => warnings.push(message) });
    expect(warnings).toEqual(['Audit policy contains errors, falling back to lenient decoding: unknown field "rules[0].user"']);
  });
});
