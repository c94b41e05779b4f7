import { describe, expect, it } from 'vitest';
import { type CelAuthorizationAttributes, authorizerType, authorizerValue, celEnvironment } from '../index.js';

function ask(expression: string): { value: unknown; asked: CelAuthorizationAttributes[] } {
  const asked: CelAuthorizationAttributes[] = [];
  const authorizer = authorizerValue(
    { name: 'jane' },
    {
      authorize(attributes) {
        asked.push(attributes);
        return { isAllowed: attributes.verb === 'get', reason: 'because' };
      },
    },
  );
  const compiled = celEnvironment({ variables: { authorizer: authorizerType } }).compile(expression);
  expect(compiled.errorText).toBe('');
  return { value: compiled.program().evaluate({ authorizer }).value, asked };
}

describe('the authorizer', () => {
  it('is asked about resources', () => {
    const { value, asked } = ask("authorizer.group('apps').resource('deployments').namespace('a').name('b').check('get').allowed()");
    expect(value).toBe(true);
    expect(asked).toMatchObject([
      { user: { name: 'jane' }, verb: 'get', isResourceRequest: true, apiGroup: 'apps', resource: 'deployments', namespace: 'a', name: 'b' },
    ]);
  });

  it('is asked about paths', () => {
    const { value, asked } = ask("authorizer.path('/healthz').check('put').allowed()");
    expect(value).toBe(false);
    expect(asked).toMatchObject([{ verb: 'put', isResourceRequest: false, path: '/healthz' }]);
  });

  it('gives its reason', () => expect(ask("authorizer.path('/x').check('get').reason()").value).toBe('because'));
});
