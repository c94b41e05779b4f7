import { forbidden } from '@apiserver-kit/machinery';
import {
  type ApiRequest,
  type ApiResponse,
  createContext,
  type Handler,
  json,
  pageNotFound,
  requestInfo,
  type RequestContext,
  text,
  type WatchStream,
} from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { createMetrics, metricsFilter, metricsHandler, processMetrics } from './index.js';

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  then?: (ctx: RequestContext) => void;
}

const contextOf = (target: string, { method = 'GET', headers = {} }: Asked = {}): RequestContext => {
  const [path = '', rawQuery = ''] = target.split('?');
  return createContext({ method, path, rawQuery, headers, isSecure: true, protocol: 'HTTP/2.0', remoteAddress: '' } as unknown as ApiRequest);
};

/** A server with metrics, on a clock that stands still until it is moved. */
function server(handler: Handler) {
  let now = 0;
  const metrics = createMetrics({ now: () => now });
  const handle = metricsFilter(metrics)(requestInfo()(handler));
  const lines = (name: string): string[] =>
    metrics
      .text()
      .split('\n')
      .filter((line) => line.startsWith(name));
  return {
    metrics,
    ask: (target: string, asked?: Asked) => handle(contextOf(target, asked)),
    advance: (ms: number) => {
      now += ms;
    },
    lines,
    labels: () => lines('apiserver_request_total').map((line) => line.slice('apiserver_request_total'.length)),
  };
}

const series = (fields: Partial<Record<'code' | 'dry' | 'group' | 'resource' | 'scope' | 'sub' | 'verb' | 'version', string>>, count = 1): string => {
  const { code = '200', dry = '', group = '', resource = '', scope = '', sub = '', verb = 'GET', version = '' } = fields;
  return `{code="${code}",component="apiserver",dry_run="${dry}",group="${group}",resource="${resource}",scope="${scope}",subresource="${sub}",verb="${verb}",version="${version}"} ${count}`;
};

describe('apiserver_request_total', () => {
  const pods = { resource: 'pods', version: 'v1' };
  const cases: [target: string, asked: Asked, expected: Parameters<typeof series>[0]][] = [
    ['/api/v1/pods', {}, { ...pods, verb: 'LIST', scope: 'cluster' }],
    ['/api/v1/namespaces/a/pods', {}, { ...pods, verb: 'LIST', scope: 'namespace' }],
    ['/api/v1/namespaces/a/pods', { method: 'HEAD' }, { ...pods, verb: 'LIST', scope: 'namespace' }],
    ['/api/v1/namespaces/a/pods/b', {}, { ...pods, scope: 'resource' }],
    ['/api/v1/namespaces/a/pods?watch=1', {}, { ...pods, verb: 'WATCH', scope: 'namespace' }],
    ['/api/v1/namespaces/a/pods?watch=False', {}, { ...pods, verb: 'LIST', scope: 'namespace' }],
    ['/api/v1/watch/namespaces/a/pods', {}, { ...pods, verb: 'WATCH', scope: 'namespace' }],
    ['/api/v1/namespaces/a/pods?dryRun=All', { method: 'POST' }, { ...pods, verb: 'POST', scope: 'resource', dry: 'All' }],
    ['/api/v1/namespaces/a/pods?dryRun=x', { method: 'POST' }, { ...pods, verb: 'POST', scope: 'resource', dry: 'invalid' }],
    ['/api/v1/namespaces/a/pods', { method: 'DELETE' }, { ...pods, verb: 'DELETE', scope: 'namespace' }],
    ['/api/v1/namespaces/a/pods/b/log', {}, { ...pods, verb: 'CONNECT', scope: 'resource', sub: 'log' }],
    ['/api/v1/namespaces/a/pods/b/status', { method: 'PATCH' }, { ...pods, verb: 'PATCH', scope: 'resource', sub: 'status' }],
    [
      '/apis/apps/v1/namespaces/a/deployments/b',
      { method: 'PATCH', headers: { 'content-type': 'application/apply-patch+yaml' } },
      { group: 'apps', version: 'v1', resource: 'deployments', verb: 'APPLY', scope: 'resource' },
    ],
    ['/api/v1/pods', { method: 'BREW' }, { ...pods, verb: 'other', scope: 'cluster' }],
    ['/livez', {}, { sub: '/livez' }],
    ['/apis', {}, {}],
  ];
  it.each(cases)('%s %j', async (target, asked, expected) => {
    const it = server(() => json(200, {}));
    await it.ask(target, asked);
    expect(it.labels()).toEqual([series(expected)]);
  });

  it('counts per code, whether the handler answers, throws or rejects', async () => {
    let answer: () => ApiResponse | Promise<ApiResponse> = () => json(200, {});
    const it = server(() => answer());
    const path = '/api/v1/namespaces/a/pods/b';
    it.ask(path);
    it.ask(path);
    answer = () => json(404, {});
    it.ask(path);
    answer = () => Promise.reject(new Error('x'));
    await expect(it.ask(path)).rejects.toThrow('x');
    answer = () => {
      throw new Error('y');
    };
    expect(() => it.ask(path)).toThrow('y');
    expect(it.labels().map((line) => [/code="(\d+)"/.exec(line)![1], line.split(' ').at(-1)])).toEqual([
      ['200', '2'],
      ['404', '1'],
      ['500', '2'],
    ]);
  });

  it('leaves out what clients could make up: paths that nobody serves, and requests that are not allowed', async () => {
    const answers: ApiResponse[] = [pageNotFound(), json(401, {}), json(403, {}), json(429, {}), text(503, '')];
    for (const answer of answers) {
      const it = server(() => answer);
      it.ask('/apis/made.up/v1/things');
      it.ask('/made/up');
      expect(it.labels()).toEqual([]);
    }
    const denied = server((ctx) => {
      ctx.authorization = { decision: 'deny', reason: '' };
      throw forbidden({ group: '', resource: 'pods' }, '', 'no');
    });
    expect(() => denied.ask('/api/v1/pods')).toThrow();
    expect(denied.labels()).toEqual([]);
  });

  it('counts what is refused of a resource that is known', () => {
    let answer = json(200, {});
    const it = server(() => answer);
    it.ask('/api/v1/pods');
    answer = json(429, {});
    it.ask('/api/v1/pods');
    expect(it.labels()).toEqual([series({ ...pods, verb: 'LIST', scope: 'cluster' }), series({ ...pods, verb: 'LIST', scope: 'cluster', code: '429' })]);
  });
});

describe('apiserver_request_duration_seconds', () => {
  it('has the buckets of the reference, each with all that is below', async () => {
    let wait = 4;
    const it = server(async () => {
      it.advance(wait);
      return json(200, {});
    });
    await it.ask('/api/v1/pods');
    wait = 5;
    await it.ask('/api/v1/pods');
    wait = 70_000;
    await it.ask('/api/v1/pods');
    const bucket = (le: string) =>
      it
        .lines('apiserver_request_duration_seconds_bucket')
        .find((line) => line.includes(`le="${le}"`))
        ?.split(' ')[1];
    expect([bucket('0.005'), bucket('0.025'), bucket('1'), bucket('60'), bucket('+Inf')]).toEqual(['2', '2', '2', '2', '3']);
    expect(it.lines('apiserver_request_duration_seconds_bucket')).toHaveLength(24);
    expect(it.lines('apiserver_request_duration_seconds_count')[0]).toMatch(/\} 3$/);
    expect(it.lines('apiserver_request_duration_seconds_sum')[0]).toMatch(/\} 70\.009$/);
    expect(it.lines('apiserver_request_duration_seconds_sum')[0]).not.toContain('code=');
  });
});

describe('a watch', () => {
  it('is a long-running request while it is open, and is counted when it ends', async () => {
    const stream = { start: () => {}, stop: () => {} };
    const it = server(() => ({ status: 200, headers: {}, body: stream }));
    const first = (await it.ask('/api/v1/pods?watch=1')).body as WatchStream;
    const second = (await it.ask('/api/v1/pods?watch=1')).body as WatchStream;
    first.start({ write: () => {}, end: () => {}, bufferedBytes: 0 });
    expect(it.lines('apiserver_longrunning_requests')).toEqual([
      'apiserver_longrunning_requests{component="apiserver",group="",resource="pods",scope="cluster",subresource="",verb="WATCH",version="v1"} 2',
    ]);
    expect(it.labels()).toEqual([]);
    it.advance(3500);
    first.stop();
    first.stop();
    expect(it.labels()).toHaveLength(1);
    expect(it.lines('apiserver_longrunning_requests')[0]).toMatch(/ 1$/);
    second.stop();
    expect(it.lines('apiserver_request_duration_seconds_sum')[0]).toMatch(/ 7$/);
    expect(it.lines('apiserver_longrunning_requests')).toEqual([]);
  });
});

describe('apiserver_current_inflight_requests', () => {
  it('is the most of the last second, reading and writing apart', async () => {
    const answers: ((response: ApiResponse) => void)[] = [];
    const it = server(() => new Promise((resolve) => answers.push(resolve)));
    it.advance(10_000);
    const asked = [it.ask('/api/v1/pods'), it.ask('/api/v1/pods'), it.ask('/api/v1/pods', { method: 'POST' })];
    for (const answer of answers) answer(json(200, {}));
    await Promise.all(asked);
    it.advance(1000);
    expect(it.lines('apiserver_current_inflight_requests')).toEqual([
      'apiserver_current_inflight_requests{request_kind="mutating"} 1',
      'apiserver_current_inflight_requests{request_kind="readOnly"} 2',
    ]);
    it.advance(1000);
    expect(it.lines('apiserver_current_inflight_requests')[1]).toMatch(/ 0$/);
  });
});

describe('a scrape', () => {
  it('has the metrics of the process, too, counted from its start', async () => {
    const response = await metricsHandler(createMetrics(), [processMetrics(), () => 'mine 1'])(contextOf('/metrics'));
    expect(response).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
    const body = String(response.body);
    expect(body).toMatch(/^# TYPE apiserver_request_total counter$/m);
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(Number(/^process_cpu_seconds_total (\S+)$/m.exec(body)![1])).toBeGreaterThan(0.1);
    expect(body.endsWith('mine 1\n')).toBe(true);
  });

  it('escapes the values of labels', () => {
    const it = server(() => json(200, {}));
    it.ask('/api/v1/a"b\\c\n');
    expect(it.labels()[0]).toContain('resource="a\\"b\\\\c\\n"');
  });
});
