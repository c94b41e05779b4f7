import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fieldErrorText, systemClock } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext } from '@apiserver-kit/pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withAudiences } from '../audiences.js';
import { startIssuer, type TestIssuer } from '../testing/issuer.js';
import type { AuthenticationConfiguration, CelEvaluator, JwtAuthenticator } from './configuration.js';
import { authenticationConfigurationFile, configuredTokens } from './configured-tokens.js';
import { loadAuthenticationConfiguration } from './load-configuration.js';
import { validateAuthenticationConfiguration } from './validate-configuration.js';

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n';

describe('a configuration file', () => {
  it('is read from YAML or JSON, of any version', () => {
    const yaml = `${head}jwt:\n- issuer: {url: https://x, audiences: [a]}\n  claimMappings: {username: {claim: sub, prefix: ""}}\n`;
    const read = loadAuthenticationConfiguration(yaml);
    expect(read.jwt![0]).toMatchObject({ issuer: { url: 'https://x', audiences: ['a'] }, claimMappings: { username: { claim: 'sub', prefix: '' } } });
    expect(loadAuthenticationConfiguration(JSON.stringify({ ...read, apiVersion: 'apiserver.config.k8s.io/v1beta1' })).jwt).toEqual(read.jwt);
    expect(loadAuthenticationConfiguration(head).jwt ?? []).toEqual([]);
  });
  it.each([
    ['', 'empty config data'],
    ['[]', 'the document is no object'],
    ['kind: AuthenticationConfiguration', "Object 'apiVersion' is missing"],
    ['apiVersion: v1', "Object 'Kind' is missing"],
    ['apiVersion: v1\nkind: Pod', 'no kind "Pod" is registered for version "v1"'],
    [`${head}jwt:\n- issuer: {urls: x}\n`, 'strict decoding error: unknown field "jwt[0].issuer.urls"'],
    [`${head}kind: AuthenticationConfiguration\n`, 'strict decoding error'],
    [`${head}jwt: 1\n`, 'cannot unmarshal number'],
  ])('is refused: %j', (text, message) => expect(() => loadAuthenticationConfiguration(text)).toThrow(message));
});

const good: JwtAuthenticator = { issuer: { url: 'https://x', audiences: ['a'] }, claimMappings: { username: { claim: 'sub', prefix: '' } } };
const cel: CelEvaluator = {
  compile(text, _variable, result) {
    if (text === 'bad') throw new Error('compilation failed: bad');
    if (text === 'text' && result === 'bool') throw new Error('must evaluate to bool');
    return { evaluate: () => '', selects: (field) => text.split(' ').includes(`claims.${field}`) };
  },
};
const errorsOf = (configuration: AuthenticationConfiguration) =>
  validateAuthenticationConfiguration(configuration, { cel, disallowedIssuers: ['https://sa'] }).map(fieldErrorText);
const issuerErrors = (issuer: object) => errorsOf({ jwt: [{ ...good, issuer: { ...good.issuer, ...issuer } }] });
const mappingErrors = (claimMappings: object) => errorsOf({ jwt: [{ ...good, claimMappings: { ...good.claimMappings, ...claimMappings } }] });
const ruleErrors = (...claimValidationRules: object[]) => errorsOf({ jwt: [{ ...good, claimValidationRules }] });

describe('the validation of a configuration', () => {
  it('has nothing against good ones', () => {
    expect(errorsOf({})).toEqual([]);
    expect(errorsOf({ jwt: [good], anonymous: { enabled: true, conditions: [{ path: '/livez' }] } })).toEqual([]);
  });
  it.each([
    [{ url: '' }, 'url: Required value'],
    [{ url: 'http://x' }, 'url: Invalid value: "http://x": URL scheme must be https'],
    [{ url: 'https://a:b@x' }, 'url: Invalid value: "https://a:b@x": URL must not contain a username or password'],
    [{ url: 'https://x?a' }, 'url: Invalid value: "https://x?a": URL must not contain a query'],
    [{ url: 'https://x#a?b' }, 'url: Invalid value: "https://x#a?b": URL must not contain a fragment'],
    [{ url: 'https://sa' }, 'url: Invalid value: "https://sa": URL must not overlap with disallowed issuers: [https://sa]'],
    [{ discoveryURL: 'https://x/' }, 'discoveryURL: Invalid value: "https://x/": discoveryURL must be different from URL'],
    [{ audiences: [] }, 'audiences: Required value: at least one jwt[0].issuer.audiences is required'],
    [{ audiences: [''] }, 'audiences[0]: Required value'],
    [{ audiences: ['a', 'a'], audienceMatchPolicy: 'MatchAny' }, 'audiences[1]: Duplicate value: "a"'],
    [{ audiences: ['a', 'b'] }, 'audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences'],
    [{ audienceMatchPolicy: 'All' }, 'audienceMatchPolicy: Invalid value: "All": audienceMatchPolicy must be empty or MatchAny for single audience'],
    [{ certificateAuthority: 'x' }, 'certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates'],
    [{ egressSelectorType: 'etcd' }, 'egressSelectorType: Invalid value: "etcd": egress selector must be either controlplane or cluster'],
  ])('finds fault with an issuer: %j', (issuer, message) => expect(issuerErrors(issuer)).toEqual([`jwt[0].issuer.${message}`]));
  it.each([
    [{ username: {} }, 'username: Required value: claim or expression is required'],
    [{ username: { claim: 'a', expression: 'b' } }, `username: Invalid value: "": claim and expression can't both be set`],
    [
      { username: { claim: 'a' } },
      'username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    ],
    [{ username: { expression: 'x', prefix: '' } }, 'username.prefix: Invalid value: "": may not be specified when expression is set'],
    [{ groups: { expression: 'bad' } }, 'groups.expression: Invalid value: "bad": compilation failed: bad'],
    [{ uid: { claim: 'a', expression: 'b' } }, `uid: Invalid value: "": claim and expression can't both be set`],
    [{ extra: [{ key: '', valueExpression: 'x' }] }, 'extra[0].key: Required value'],
    [{ extra: [{ key: 'a', valueExpression: 'x' }] }, 'extra[0].key: Invalid value: "a": must be a domain-prefixed path (such as "acme.io/foo")'],
    [{ extra: [{ key: 'a.b/C', valueExpression: 'x' }] }, 'extra[0].key: Invalid value: "a.b/C": must be lowercase'],
    [
      { extra: [{ key: 'a.k8s.io/c', valueExpression: 'x' }] },
      'extra[0].key: Invalid value: "a.k8s.io/c": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
    ],
    [{ extra: [{ key: 'a.b/c' }] }, 'extra[0].valueExpression: Required value'],
    [
      {
        extra: [
          { key: 'a.b/c', valueExpression: 'x' },
          { key: 'a.b/c', valueExpression: 'y' },
        ],
      },
      'extra[1].key: Duplicate value: "a.b/c"',
    ],
    [
      { username: { expression: 'claims.email' } },
      'username.expression: Invalid value: "claims.email": claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
    ],
  ])('finds fault with what claims mean: %j', (mappings, message) => expect(mappingErrors(mappings)).toEqual([`jwt[0].claimMappings.${message}`]));
  it('knows where an address is verified', () => {
    expect(mappingErrors({ username: { expression: 'claims.email claims.email_verified' } })).toEqual([]);
    expect(
      errorsOf({
        jwt: [{ ...good, claimMappings: { username: { expression: 'claims.email' } }, claimValidationRules: [{ expression: 'claims.email_verified' }] }],
      }),
    ).toEqual([]);
  });
  it.each<[object[], string]>([
    [[{}], '[0]: Required value: claim or expression is required'],
    [[{ claim: 'a', expression: 'b' }], `[0]: Invalid value: "a": claim and expression can't both be set`],
    [[{ claim: 'a', message: 'm' }], '[0].message: Invalid value: "m": may not be specified when claim is set'],
    [[{ claim: 'a' }, { claim: 'a' }], '[1].claim: Duplicate value: "a"'],
    [[{ expression: 'a', requiredValue: 'b' }], '[0].requiredValue: Invalid value: "b": may not be specified when expression is set'],
    [[{ expression: 'a' }, { expression: 'a' }], '[1].expression: Duplicate value: "a"'],
    [[{ expression: 'text' }], '[0].expression: Invalid value: "text": must evaluate to bool'],
  ])('finds fault with rules: %j', (rules, message) => expect(ruleErrors(...rules)).toEqual([`jwt[0].claimValidationRules${message}`]));
  it('finds fault with the whole', () => {
    expect(errorsOf({ jwt: [good, good] })).toEqual(['jwt[1].issuer.url: Duplicate value: "https://x"']);
    expect(errorsOf({ jwt: Array(65).fill(good) })).toEqual(['jwt: Too many: 65: must have at most 64 items']);
    expect(errorsOf({ anonymous: { enabled: false, conditions: [{ path: '/a' }] } })[0]).toContain('enabled should be set to true when conditions are defined');
    expect(errorsOf({ jwt: [{ ...good, userValidationRules: [{}, { expression: 'x' }, { expression: 'x' }] }] })).toEqual([
      'jwt[0].userValidationRules[0].expression: Required value',
      'jwt[0].userValidationRules[2].expression: Duplicate value: "x"',
    ]);
  });
});

describe('configured issuers', () => {
  const now = () => systemClock.now();
  let one: TestIssuer;
  let two: TestIssuer;
  beforeAll(async () => {
    [one, two] = await Promise.all([startIssuer(now), startIssuer(now)]);
  });
  afterAll(() => Promise.all([one.close(), two.close()]));
  const entry = ({ url, caPem }: TestIssuer, prefix = ''): JwtAuthenticator => ({
    issuer: { url, audiences: ['kubernetes'], certificateAuthority: caPem },
    claimMappings: { username: { claim: 'sub', prefix } },
  });
  const contextOf = (audiences?: string[]) => {
    const ctx = createContext({} as ApiRequest);
    return audiences ? withAudiences(ctx, audiences) : ctx;
  };

  it('are asked by who issued the token; their tokens count as made for the server', async () => {
    await using tokens = configuredTokens({ jwt: [entry(one, '1:'), entry(two, '2:')] }, { audiences: ['api'] });
    await tokens.ready;
    expect(await tokens.authenticateToken(await two.token(), contextOf(['api', 'x']))).toMatchObject({ user: { name: '2:jane' }, audiences: ['api'] });
    expect(await tokens.authenticateToken(await one.token(), contextOf())).toMatchObject({ user: { name: '1:jane' } });
    expect(await tokens.authenticateToken(await one.token(), contextOf(['x']))).toBeUndefined();
    await expect(tokens.authenticateToken(await one.token({ aud: 'x' }), contextOf())).rejects.toThrow('expected audience');
  });

  it('change with their file, unless it is no good', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'apiserver-kit-authn-'));
    const path = join(directory, 'config.yaml');
    const write = (...jwt: JwtAuthenticator[]) =>
      writeFileSync(path, JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt }));
    write(entry(one));
    let reloaded!: (outcome: string) => void;
    const directoryWatch = { changed: () => {} };
    const logged: unknown[] = [];
    const options = {
      disallowedIssuers: ['https://sa'],
      watchDirectory: (_: string, change: () => void) => {
        directoryWatch.changed = change;
        return { close() {} };
      },
      observeReload: (outcome: string) => reloaded(outcome),
      log: (_: string, error: unknown) => logged.push(error),
    };
    const change = (...jwt: JwtAuthenticator[]) =>
      new Promise<string>((resolve) => {
        reloaded = resolve;
        write(...jwt);
        directoryWatch.changed();
      });
    await using file = authenticationConfigurationFile(path, options);
    await file.tokens.ready;
    expect(await file.tokens.authenticateToken(await one.token(), contextOf())).toBeDefined();
    expect(await file.tokens.authenticateToken(await two.token(), contextOf())).toBeUndefined();
    expect(await change(entry(two))).toBe('success');
    expect(await file.tokens.authenticateToken(await one.token(), contextOf())).toBeUndefined();
    expect(await file.tokens.authenticateToken(await two.token(), contextOf())).toBeDefined();
    expect(await change({ ...entry(one), issuer: { url: 'https://sa', audiences: ['x'] } })).toBe('failure');
    expect(String(logged.at(-1))).toContain('URL must not overlap with disallowed issuers: [https://sa]');
    expect(await file.tokens.authenticateToken(await two.token(), contextOf())).toBeDefined();
    expect(file.anonymous).toBeUndefined();
    rmSync(directory, { recursive: true });
  });
});
