import { describe, expect, it } from 'vitest';
import { selfSubjectReview } from './self-subject-review.js';

const question = { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' };
const now = Date.parse('2030-01-02T03:04:05.678Z');

describe('a SelfSubjectReview', () => {
  it('tells who asks', () => {
    expect(selfSubjectReview(question, { name: 'jane', uid: '1', groups: ['dev'], extra: { a: ['b'] } }, now)).toEqual({
      ...question,
      metadata: { creationTimestamp: '2030-01-02T03:04:05Z' },
      status: { userInfo: { username: 'jane', uid: '1', groups: ['dev'], extra: { a: ['b'] } } },
    });
  });
  it('leaves out what is empty', () => {
    expect(selfSubjectReview(question, { name: 'jane', uid: '', groups: [], extra: {} }, now).status).toEqual({ userInfo: { username: 'jane' } });
  });
  it('is refused without a user', () => expect(() => selfSubjectReview(question, undefined, now)).toThrow('no user present on request'));
});
