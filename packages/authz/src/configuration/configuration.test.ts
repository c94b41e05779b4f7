import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Authorizer, Verdict } from '../authorizer.js';
import { authorizationCel } from '../cel/index.js';
import { attributes, user } from '../fixtures.js';
import { checkAuthorizationConfiguration, configuredAuthorizer, loadAuthorizationConfiguration } from './index.js';

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n';
const load = (text: string) => loadAuthorizationConfiguration(`${head}${text}`);
const webhook = `
- type: Webhook
  name: guard.example.com
  webhook:
    timeout: 3s
    subjectAccessReviewVersion: v1
    matchConditionSubjectAccessReviewVersion: v1
    failurePolicy: Deny
    connectionInfo: {type: KubeConfigFile, kubeConfigFile: /dev/null}
    matchConditions: [{expression: "request.user != 'x'"}]
`;
const compileCondition = authorizationCel();
const aFile = fileURLToPath(import.meta.url);

describe('a configuration', () => {
  it('is read with its defaults', () => {
    const { authorizers } = load(`authorizers:${webhook}- {type: RBAC, name: rbac}\n`);
    expect(authorizers).toEqual([
      {
        type: 'Webhook',
        name: 'guard.example.com',
        webhook: {
          timeoutMs: 3000,
          authorizedTtlMs: 300_000,
          unauthorizedTtlMs: 30_000,
          cacheAuthorizedRequests: true,
          cacheUnauthorizedRequests: true,
          subjectAccessReviewVersion: 'v1',
          matchConditionSubjectAccessReviewVersion: 'v1',
          failurePolicy: 'Deny',
          connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/dev/null' },
          matchConditions: [{ expression: "request.user != 'x'" }],
        },
      },
      { type: 'RBAC', name: 'rbac' },
    ]);
  });
  it('is read strictly', () => {
    expect(() => load('authorizers: []\nother: 1')).toThrow('strict decoding error: unknown field "other"');
    expect(() => loadAuthorizationConfiguration('kind: Other\napiVersion: v1')).toThrow('no kind "Other" is registered for version "v1"');
    expect(() => load(`authorizers:${webhook.replace('3s', 'soon')}`)).toThrow('time: invalid duration "soon"');
  });
  const check = (text: string, requiredTypes?: string[]) => () => checkAuthorizationConfiguration(load(text), { compileCondition, requiredTypes });
  it.each([
    ['authorizers: []', 'authorizers: Required value: at least one authorization mode must be defined'],
    [
      'authorizers: [{type: Foo, name: foo}]',
      'authorizers[0].type: Unsupported value: "Foo": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
    ],
    ['authorizers: [{type: RBAC, name: rbac}, {type: RBAC, name: b}]', 'authorizers[1].type: Duplicate value: "RBAC"'],
    ['authorizers: [{type: RBAC}]', 'authorizers[0].name: Required value'],
    ['authorizers: [{type: RBAC, name: other}]', 'expected name rbac for authorizer RBAC instead of other'],
    ['authorizers: [{type: RBAC, name: rbac, webhook: {}}]', 'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook'],
    ['authorizers: [{type: Webhook, name: a}]', 'authorizers[0].webhook: Required value: required when type=Webhook'],
    [`authorizers:${webhook.replace('3s', '1m')}`, 'authorizers[0].timeout: Invalid value: "1m0s": must be > 0s and <= 30s'],
    [`authorizers:${webhook.replace('Deny', 'Maybe')}`, 'authorizers[0].failurePolicy: Unsupported value: "Maybe": supported values: "NoOpinion", "Deny"'],
    [`authorizers:${webhook.replace('request.user', 'request.foo')}`, 'authorizers[0].matchConditions[0].expression: Invalid value: '],
  ])('that says %j is refused', (text, message) => {
    expect(check(text)).toThrow(message);
  });
  it('that is right is not', () => {
    expect(check(`authorizers:${webhook.replace('/dev/null', aFile)}- {type: RBAC, name: rbac}`)).not.toThrow();
  });
  it('may not leave out what the server started with', () => {
    expect(check('authorizers: [{type: RBAC, name: rbac}]', ['Node', 'RBAC'])).toThrow('missing required types: [Node]');
  });
});

describe('a configured authorizer', () => {
  const rbac: Authorizer = { name: 'x', authorize: ({ user: by }) => ({ decision: by?.name === 'jane' ? 'allow' : 'noOpinion', reason: 'because' }) };
  const make = (text: string) =>
    configuredAuthorizer(load(text), {
      modes: { RBAC: rbac },
      webhook: () => ({ name: 'hook', authorize: () => ({ decision: 'deny', reason: 'hook' }) }),
      compileCondition,
    });
  const ask = (authorizer: Authorizer, by: string, ...groups: string[]) => authorizer.authorize(attributes({ user: user(by, ...groups) })) as Verdict;

  it('asks in order, and lets masters do everything', () => {
    const authorizer = make('authorizers: [{type: RBAC, name: rbac}, {type: AlwaysDeny, name: alwaysdeny}]');
    expect(ask(authorizer, 'jane').decision).toBe('allow');
    expect(ask(authorizer, 'bob')).toMatchObject({ decision: 'noOpinion', reason: 'rbac: because\nalwaysdeny: Everything is forbidden.' });
    expect(ask(authorizer, 'root', 'system:masters').decision).toBe('allow');
  });
  it('goes over to another configuration, and stays as it was when that is no good', () => {
    const authorizer = make('authorizers: [{type: RBAC, name: rbac}]');
    const hook = webhook.replace('/dev/null', aFile);
    authorizer.updateFromText(`${head}authorizers:${hook}- {type: RBAC, name: rbac}\n`);
    expect(ask(authorizer, 'jane').decision).toBe('deny');
    expect(() => authorizer.updateFromText(`${head}authorizers: []`)).toThrow('at least one authorization mode must be defined');
    expect(() => authorizer.updateFromText(`${head}authorizers: [{type: AlwaysAllow, name: alwaysallow}]`)).toThrow('missing required types: [RBAC]');
    expect(() => authorizer.updateFromText(`${head}authorizers: [{type: RBAC, name: rbac}, {type: Node, name: node}]`)).toThrow(
      'authorizer type Node is not allowed if it was not enabled at initial server startup',
    );
    expect(ask(authorizer, 'jane').decision).toBe('deny');
  });
});
