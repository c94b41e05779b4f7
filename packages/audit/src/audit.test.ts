import { fakeClock, notFound, stringifyJson } from '@apiserver-kit/machinery';
import { type ApiResponse, type Handler, json, type RequestContext, statusResponse, type WatchStream } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { type AuditOptions, audit, auditFailedAuthentication } from './audit.js';
import { auditInit } from './audit-init.js';
import { ignoringErrors } from './backend.js';
import { eventLine, legacyLine } from './event.js';
import { contextOf, memoryBackend } from './fixtures.js';
import { type AuditLevel, type AuditPolicyRule, auditPolicy } from './policy.js';

const at = (level: AuditLevel, rule: Partial<AuditPolicyRule> = {}) => auditPolicy({ rules: [{ level, ...rule }] });
const served = (): ApiResponse => json(200, { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web', managedFields: [1] } });
/** A handler that reads what it is sent. */
const reading: Handler = async (ctx) => {
  await ctx.request.body(1000);
  return served();
};

async function eventsOf(policy: AuditOptions['policy'], ctx: RequestContext, handler: Handler = served) {
  const backend = memoryBackend();
  await audit({ policy, backends: [backend], clock: fakeClock(Date.UTC(2026, 0, 1) + 7) })(handler)(ctx);
  return backend.events;
}

describe('a request', () => {
  it('that the policy does not want is not written, and passes without a promise', () => {
    const backend = memoryBackend();
    expect(audit({ policy: at('None'), backends: [backend] })(served)(contextOf('/api'))).toMatchObject({ status: 200 });
    expect(backend.events).toEqual([]);
  });
  it('is written when it is there and when it is answered, with the fields and in the order of the reference', async () => {
    const ctx = contextOf('/api/v1/namespaces/a/pods/web?pretty=1', { headers: { 'user-agent': 'kubectl', 'x-forwarded-for': '1.2.3.4, nonsense' } });
    ctx.audit!.annotations.z = '<1>';
    ctx.audit!.annotations.a = '2';
    const [received, complete] = await eventsOf(at('Metadata'), ctx);
    const head =
      '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"id-1","stage":"STAGE","requestURI":"/api/v1/namespaces/a/pods/web?pretty=1","verb":"get","user":{"username":"jane","groups":["dev"],"extra":{"a":["1"],"b":["2"]}},"sourceIPs":["1.2.3.4","10.0.0.1"],"userAgent":"kubectl","objectRef":{"resource":"pods","namespace":"a","name":"web","apiVersion":"v1"}';
    const tail = '"annotations":{"a":"2","z":"\\u003c1\\u003e"}}\n';
    const time = '"requestReceivedTimestamp":"2026-01-01T00:00:00.000000Z"';
    expect(eventLine(received!)).toBe(`${head.replace('STAGE', 'RequestReceived')},${time},"stageTimestamp":"2026-01-01T00:00:00.000000Z",${tail}`);
    expect(eventLine(complete!)).toBe(
      `${head.replace('STAGE', 'ResponseComplete')},"responseStatus":{"metadata":{},"code":200},${time},"stageTimestamp":"2026-01-01T00:00:00.007000Z",${tail}`,
    );
  });
  it('has no objects at the level Metadata, but the name of what is made', async () => {
    const body = '{"kind":"Pod","metadata":{"name":"web","uid":"u"}}';
    const [, complete] = await eventsOf(at('Metadata'), contextOf('/api/v1/namespaces/a/pods', { method: 'POST', body }), reading);
    expect(complete?.requestObject).toBeUndefined();
    expect(complete!.objectRef).toEqual({ resource: 'pods', namespace: 'a', name: 'web', uid: 'u', apiVersion: 'v1' });
  });
  it('has what was sent at the level Request', async () => {
    const body = '{"kind":"Pod","big":12345678901234567890123}';
    const [received, complete] = await eventsOf(at('Request'), contextOf('/api/v1/namespaces/a/pods', { method: 'POST', body }), reading);
    expect(received?.requestObject).toBeUndefined();
    expect(complete).toMatchObject({ requestObject: { kind: 'Pod' } });
    expect(complete?.responseObject).toBeUndefined();
  });
  it('has what was answered at the level RequestResponse, without managed fields where the policy says so', async () => {
    const [, complete] = await eventsOf(at('RequestResponse'), contextOf('/api/v1/namespaces/a/pods/web'));
    expect(complete!.responseObject).toMatchObject({ metadata: { name: 'web', managedFields: [1] } });
    const list = () => json(200, { kind: 'PodList', items: [{ metadata: { name: 'web', managedFields: [1] } }] });
    const [, bare] = await eventsOf(at('RequestResponse', { omitManagedFields: true }), contextOf('/api/v1/pods'), list);
    expect(bare!.responseObject).toEqual({ kind: 'PodList', items: [{ metadata: { name: 'web' } }] });
  });
  it('whose body nobody read has none in its events', async () => {
    const [, complete] = await eventsOf(at('Request'), contextOf('/api/v1/namespaces/a/pods', { method: 'POST', body: '{}' }));
    expect(complete?.requestObject).toBeUndefined();
  });
  it('whose body is no object is written all the same', async () => {
    expect(await eventsOf(at('Request'), contextOf('/api/v1/namespaces/a/pods', { method: 'POST', body: '{nonsense' }), reading)).toHaveLength(2);
  });
  it('that acts as another says so', async () => {
    const [, complete] = await eventsOf(at('Metadata'), contextOf('/api'), (ctx) => {
      ctx.impersonator = ctx.user;
      ctx.user = { name: 'bob', groups: [] };
      ctx.audit!.impersonationConstraint = 'impersonate:user-info';
      return served();
    });
    expect(complete).toMatchObject({
      user: { username: 'jane' },
      impersonatedUser: { username: 'bob' },
      authenticationMetadata: { impersonationConstraint: 'impersonate:user-info' },
    });
  });
  it('has an event of each stage but those that are omitted', async () => {
    const events = await eventsOf(at('Metadata', { omitStages: ['RequestReceived'] }), contextOf('/api'));
    expect(events.map(({ stage }) => stage)).toEqual(['ResponseComplete']);
  });
  it('with a long name of its client has it shortened', async () => {
    const [received] = await eventsOf(at('Metadata'), contextOf('/api', { headers: { 'user-agent': 'x'.repeat(2000) } }));
    expect(received!.userAgent).toBe(`${'x'.repeat(1024)}...TRUNCATED`);
  });
});

describe('a failure', () => {
  const missing = notFound({ group: '', resource: 'pods' }, 'web');
  const expected = { metadata: {}, status: 'Failure', message: 'pods "web" not found', reason: 'NotFound', details: { name: 'web', kind: 'pods' }, code: 404 };
  it('is in the event at all levels', async () => {
    const [, complete] = await eventsOf(at('Metadata'), contextOf('/api/v1/namespaces/a/pods/web'), () => statusResponse(missing));
    expect(complete!.responseStatus).toEqual(expected);
  });
  it('that is thrown is one like another', async () => {
    const backend = memoryBackend();
    const filter = audit({ policy: at('Metadata'), backends: [backend] })(() => {
      throw missing;
    });
    await expect(filter(contextOf('/api/v1/namespaces/a/pods/web'))).rejects.toBe(missing);
    expect(backend.events.at(-1)).toMatchObject({ stage: 'ResponseComplete', responseStatus: expected });
  });
  it('of the server has a stage of its own', async () => {
    const backend = memoryBackend();
    const filter = audit({ policy: at('Metadata'), backends: [backend] })(async () => {
      throw new Error('broken');
    });
    await expect(filter(contextOf('/api'))).rejects.toThrow('broken');
    expect(backend.events.at(-1)).toMatchObject({
      stage: 'Panic',
      responseStatus: { status: 'Failure', message: "APIServer panic'd: broken", reason: 'InternalError', code: 500 },
    });
  });
});

describe('a watch', () => {
  it('is written when it begins, and when it ends, once', async () => {
    const backend = memoryBackend();
    const stream: WatchStream = { start: (sink) => sink.end(), stop() {} };
    const filter = audit({ policy: at('Metadata'), backends: [backend] })(() => ({ status: 200, headers: {}, body: stream }));
    const { body } = (await filter(contextOf('/api/v1/pods?watch=1'))) as { body: WatchStream };
    const stages = () => backend.events.map(({ stage }) => stage);
    expect(stages()).toEqual(['RequestReceived', 'ResponseStarted']);
    body.start({ write() {}, end() {}, bufferedBytes: 0 });
    body.stop();
    expect(stages()).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
  });
});

describe('a backend that cannot keep an event', () => {
  const failing = memoryBackend(async () => false);
  it('stops the request where it insists', async () => {
    let rejected = 0;
    const filter = audit({ policy: at('Metadata'), backends: [failing], observer: { rejected: () => rejected++ } })(served);
    expect(await filter(contextOf('/api?x=1'))).toMatchObject({ status: 500, body: 'Internal Server Error: "/api?x=1": failed to store audit event\n' });
    expect(rejected).toBe(1);
  });
  it('stops nothing otherwise', async () => {
    expect(await audit({ policy: at('Metadata'), backends: [ignoringErrors(failing)] })(served)(contextOf('/api'))).toMatchObject({ status: 200 });
  });
});

describe('somebody who could not be authenticated', () => {
  it('is written with what they were answered', async () => {
    const backend = memoryBackend();
    const ctx = contextOf('/api/v1/pods');
    ctx.user = undefined;
    const failed = auditFailedAuthentication({ policy: at('Metadata'), backends: [backend] })(() =>
      json(401, { kind: 'Status', status: 'Failure', code: 401 }),
    );
    expect(await failed(ctx)).toMatchObject({ status: 401 });
    expect(backend.events).toMatchObject([{ stage: 'ResponseStarted', user: {}, responseStatus: { status: 'Failure', code: 401 } }]);
  });
});

describe('the id of a request', () => {
  const through = async (headers: Record<string, string>) => {
    const ctx = contextOf('/api', { headers });
    const { headers: answered } = await auditInit({ uid: () => 'new' })(served)(ctx);
    return [ctx.audit!.id, answered['audit-id']];
  };
  it('is made, and told', async () => {
    expect(await through({})).toEqual(['new', 'new']);
  });
  it('is the one that the client sent', async () => {
    expect(await through({ 'audit-id': 'mine' })).toEqual(['mine', 'mine']);
  });
});

describe('the legacy format', () => {
  it('is a line of text', async () => {
    const [, complete] = await eventsOf(at('Metadata'), contextOf('/api/v1/namespaces/a/pods/web'));
    expect(legacyLine(complete!)).toBe(
      '2026-01-01T00:00:00Z AUDIT: id="id-1" stage="ResponseComplete" ip="10.0.0.1" method="get" user="jane" groups="\\"dev\\"" as="<self>" asgroups="<lookup>" user-agent="" namespace="a" uri="/api/v1/namespaces/a/pods/web" response="200"\n',
    );
    expect(stringifyJson(complete)).not.toContain('undefined');
  });
});
