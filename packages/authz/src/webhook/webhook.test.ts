import { fakeClock, internalError, type KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../authorizer.js';
import { authorizationCel } from '../cel/index.js';
import { attributes, pathAttributes, user } from '../fixtures.js';
import { webhookAuthorizer, type WebhookAuthorizerOptions } from './index.js';

const jane = { ...user('jane', 'dev'), uid: '7', extra: { a: ['b'] } };
const pods = attributes({ user: jane, verb: 'list', namespace: 'shop', fieldSelector: 'spec.nodeName=n1', labelSelector: 'app in (a),!b' });

function webhook(status: unknown, options: WebhookAuthorizerOptions = {}) {
  const reviews: KubeObject[] = [];
  const authorizer = webhookAuthorizer(async (review) => {
    reviews.push(review);
    if (status instanceof Error) throw status;
    return { ...review, status } as KubeObject;
  }, options);
  return { reviews, ask: async (asked = pods): Promise<Verdict> => authorizer.authorize(asked), authorizer };
}

describe('a webhook', () => {
  it('is told who wants what', async () => {
    const { reviews, ask } = webhook({ allowed: true });
    await ask();
    expect(JSON.stringify(reviews[0])).toBe(
      '{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","metadata":{},"spec":{"resourceAttributes":{"namespace":"shop","verb":"list","version":"v1","resource":"pods","fieldSelector":{"requirements":[{"key":"spec.nodeName","operator":"In","values":["n1"]}]},"labelSelector":{"requirements":[{"key":"app","operator":"In","values":["a"]},{"key":"b","operator":"DoesNotExist"}]}},"user":"jane","groups":["dev"],"extra":{"a":["b"]},"uid":"7"},"status":{"allowed":false}}',
    );
  });
  it('is told of paths', async () => {
    const { reviews, ask } = webhook({ allowed: true });
    await ask(pathAttributes('/version', { user: jane }));
    expect(reviews[0]!.spec).toMatchObject({ nonResourceAttributes: { path: '/version', verb: 'get' } });
  });
  it('of the older version is told of groups as it knows them', async () => {
    const { reviews, ask } = webhook({ allowed: true }, { version: 'v1beta1' });
    await ask();
    expect(reviews[0]).toMatchObject({ apiVersion: 'authorization.k8s.io/v1beta1', spec: { group: ['dev'] } });
    expect(reviews[0]!.spec).not.toHaveProperty('groups');
  });
  it.each([
    [
      { allowed: true, reason: 'yes' },
      { decision: 'allow', reason: 'yes' },
    ],
    [
      { allowed: false, reason: 'no idea' },
      { decision: 'noOpinion', reason: 'no idea' },
    ],
    [
      { allowed: false, denied: true, reason: 'no' },
      { decision: 'deny', reason: 'no' },
    ],
    [
      { allowed: true, denied: true },
      { decision: 'deny', reason: '', error: new Error('webhook subject access review returned both allow and deny response') },
    ],
  ])('that says %j means it', async (status, verdict) => {
    expect(await webhook(status).ask()).toEqual(verdict);
  });
  it('that says nonsense allows nothing', async () => {
    expect(await webhook({ allowed: 'true' }).ask()).toMatchObject({ decision: 'noOpinion', error: expect.any(Error) });
  });
  it('that fails has no opinion, or denies where it is to', async () => {
    const broken = new Error('broken');
    expect(await webhook(broken).ask()).toEqual({ decision: 'noOpinion', reason: '', error: broken });
    expect(await webhook(broken, { failurePolicy: 'Deny' }).ask()).toEqual({ decision: 'deny', reason: '', error: broken });
  });
  it('that may be well again soon is asked again', async () => {
    const impatient = (_: number, run: () => void) => {
      queueMicrotask(run);
      return () => {};
    };
    const clock = { ...fakeClock(), after: impatient };
    const { reviews, ask } = webhook(internalError('wait'), { clock });
    await ask();
    expect(reviews).toHaveLength(5);
  });
  it('cannot list what it allows', () => {
    expect(webhook({}).authorizer.rulesFor!(jane, '')).toMatchObject({ isIncomplete: true });
  });
  it('speaks one of two versions', () => {
    expect(() => webhookAuthorizer(async (review) => review, { version: 'v2' })).toThrow(
      'unsupported webhook authorizer version "v2", supported versions are "v1", "v1beta1"',
    );
  });
});

describe('an answer', () => {
  it('is remembered, an allow for longer, without a promise then', async () => {
    const clock = fakeClock();
    const { reviews, ask, authorizer } = webhook({ allowed: true }, { clock });
    await ask();
    clock.advance(299_999);
    expect(authorizer.authorize(pods)).toEqual({ decision: 'allow', reason: '' });
    expect(reviews).toHaveLength(1);
    clock.advance(1);
    await ask();
    expect(reviews).toHaveLength(2);
    const refusing = webhook({ allowed: false }, { clock });
    await refusing.ask();
    clock.advance(30_000);
    await refusing.ask();
    expect(refusing.reviews).toHaveLength(2);
  });
  it('to another question is another', async () => {
    const { reviews, ask } = webhook({ allowed: true });
    await ask();
    await ask({ ...pods, user: user('bob') });
    expect(reviews).toHaveLength(2);
  });
  it('to a very long question is not remembered', async () => {
    const { reviews, ask } = webhook({ allowed: true });
    const long = { ...pods, name: 'x'.repeat(10_000) };
    await ask(long);
    await ask(long);
    expect(reviews).toHaveLength(2);
  });
});

describe('match conditions', () => {
  const compileCondition = authorizationCel();
  const with_ = (matchConditions: string[], more: WebhookAuthorizerOptions = {}) => webhook({ allowed: true }, { matchConditions, compileCondition, ...more });

  it.each([
    ["request.user == 'jane'", true],
    ["has(request.resourceAttributes) && request.resourceAttributes.namespace == 'shop'", true],
    ['has(request.nonResourceAttributes)', false],
    ["'dev' in request.groups && request.extra['a'] == ['b'] && request.uid == '7'", true],
    ["request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'spec.nodeName')", true],
    ["request.resourceAttributes.subresource == ''", true],
  ])('%s says whether the webhook is asked', async (expression, isAsked) => {
    const { reviews, ask } = with_([expression]);
    expect((await ask()).decision).toBe(isAsked ? 'allow' : 'noOpinion');
    expect(reviews).toHaveLength(isAsked ? 1 : 0);
  });
  it('that fail count as the policy says, unless one is false', async () => {
    const failing = "request.extra['none'] == ['x']";
    expect(await with_([failing]).ask()).toMatchObject({
      decision: 'noOpinion',
      error: { message: `cel evaluation error: expression '${failing}' resulted in error: no such key: none` },
    });
    expect((await with_([failing], { failurePolicy: 'Deny' }).ask()).decision).toBe('deny');
    expect(await with_([failing, 'false'], { failurePolicy: 'Deny' }).ask()).toEqual({ decision: 'noOpinion', reason: '' });
  });
  it('that are none are refused', () => {
    expect(() => with_(['request.none == 1'])).toThrow(/matchConditions\[0\]\.expression: Invalid value: .*compilation failed: .*undefined field 'none'/s);
    expect(() => with_(['1'])).toThrow('must evaluate to bool but got int');
    expect(() => with_([' '])).toThrow('matchConditions[0].expression: Required value');
    expect(() => with_(['true', 'true'])).toThrow('matchConditions[1].expression: Duplicate value: "true"');
    expect(() => with_(Array.from({ length: 65 }, (_, at) => `${at} == 0`))).toThrow('matchConditions: Too many: 65: must have at most 64 items');
  });
});
