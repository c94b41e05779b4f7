import { fakeClock } from '@apiserver-kit/machinery';
import { type ApiResponse, type ApiRequest, createContext, pageNotFound } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { type HealthChecks, healthCheck, healthChecks, postStartHook, shutdownCheck } from './index.js';

const request = (target: string): ApiRequest => {
  const [path = '', rawQuery = ''] = target.split('?');
  return {
    method: 'GET',
    path,
    rawQuery,
    headers: {},
    isSecure: true,
    protocol: 'HTTP/2.0',
    remoteAddress: '',
    peerCertificate: () => undefined,
    body: () => Promise.resolve(new Uint8Array()),
  };
};
const ask = ({ filter }: HealthChecks, target: string): ApiResponse | Promise<ApiResponse> => filter(pageNotFound)(createContext(request(target)));

function checks() {
  const health = healthChecks();
  health.add(healthCheck('etcd', () => {}));
  health.add(healthCheck('poststarthook/a', () => {}, 'hooks'));
  health.add(
    shutdownCheck(() => false),
    { to: ['readyz'] },
  );
  return health;
}

describe('a server that is well', () => {
  it('says ok, at once, in plain text', () => {
    for (const path of ['/healthz', '/livez', '/readyz'])
      expect(ask(checks(), path)).toEqual({
        status: 200,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
        body: 'ok',
      });
  });

  it('lists its checks when asked to, those of readyz with shutdown', () => {
    expect(ask(checks(), '/livez?verbose')).toMatchObject({
      status: 200,
      body: '[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]poststarthook/a ok\nlivez check passed\n',
    });
    expect(ask(checks(), '/readyz?verbose=false')).toMatchObject({
      body: '[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]poststarthook/a ok\n[+]shutdown ok\nreadyz check passed\n',
    });
  });

  it('leaves out what is excluded, alone or by its group, and warns of what is not there', () => {
    expect(ask(checks(), '/livez?verbose&exclude=etcd&exclude=hooks&exclude=b&exclude=a')).toMatchObject({
      status: 200,
      body:
        '[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\n[+]poststarthook/a excluded with hooks: ok\n' +
        'warn: some health checks cannot be excluded: no matches for "a","b"\nlivez check passed\n',
    });
  });

  it('answers for each check', () => {
    expect(ask(checks(), '/readyz/poststarthook/a')).toMatchObject({ status: 200, body: 'ok' });
    expect(ask(checks(), '/livez/shutdown')).toMatchObject({ status: 404 });
    expect(ask(checks(), '/livez/')).toMatchObject({ status: 404 });
    expect(ask(checks(), '/api')).toMatchObject({ status: 404 });
  });
});

describe('a server that is not well', () => {
  it('answers 500 and lists its checks, but the reason only for the single check and the log', async () => {
    const logged: unknown[] = [];
    const health = healthChecks({ log: (_, error) => logged.push((error as Error).message) });
    health.add(healthCheck('etcd', () => Promise.reject(new Error('no answer'))));
    expect(await ask(health, '/healthz')).toMatchObject({
      status: 500,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: '[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nhealthz check failed\n',
    });
    expect(logged).toEqual(['no answer']);
    expect(await ask(health, '/healthz/etcd')).toMatchObject({ status: 500, body: 'internal server error: no answer\n' });
    expect(ask(health, '/healthz?exclude=etcd')).toMatchObject({ status: 200, body: 'ok' });
  });

  it('is not ready once it stops, and not before its hooks are done', () => {
    let isStopping = false;
    let readyCalls = 0;
    const health = healthChecks({ onReady: () => readyCalls++ });
    health.add(
      shutdownCheck(() => isStopping),
      { to: ['readyz'] },
    );
    const hook = postStartHook('rbac/bootstrap-roles');
    health.add(hook.check);
    expect(ask(health, '/readyz/poststarthook/rbac/bootstrap-roles')).toMatchObject({ status: 500, body: 'internal server error: not finished\n' });
    expect(ask(health, '/readyz')).toMatchObject({ status: 500 });
    hook.done();
    expect(ask(health, '/readyz')).toMatchObject({ status: 200 });
    expect(ask(health, '/readyz')).toMatchObject({ status: 200 });
    expect(readyCalls).toBe(1);
    isStopping = true;
    expect(ask(health, '/readyz')).toMatchObject({ status: 500 });
    expect(ask(health, '/livez')).toMatchObject({ status: 200 });
  });

  it('counts as alive for the time that its start may take', () => {
    const clock = fakeClock();
    const health = healthChecks({ clock });
    health.add(
      healthCheck('slow', () => {
        throw new Error('not yet');
      }),
      { livezGraceMs: 1000 },
    );
    expect(ask(health, '/livez')).toMatchObject({ status: 200 });
    expect(ask(health, '/readyz')).toMatchObject({ status: 500 });
    clock.advance(1001);
    expect(ask(health, '/livez')).toMatchObject({ status: 500 });
  });

  it('has one check of a name', () => {
    expect(() => healthChecks().add(healthCheck('ping', () => {}))).toThrow('there is a health check ping in healthz already');
  });
});
