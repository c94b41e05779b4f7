import { type FakeClock, fakeClock } from '@apiserver-kit/machinery';
import type { ApiResponse, FrameSink, RequestContext, UserInfo, WatchStream } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { contextOf, type LevelShape, level, schema, user } from './fixtures.js';
import { FlowControl } from './levels/flow-control.js';
import { priorityAndFairness } from './priority-and-fairness.js';

const served = (): ApiResponse => ({ status: 200, headers: {}, body: 'served' });

interface Busy {
  readonly clock: FakeClock;
  readonly flowControl: FlowControl;
  /** Requests under way, in the order in which they were let in. */
  readonly running: { readonly ctx: RequestContext; end(): void }[];
  send(by?: UserInfo, target?: string, method?: string): { readonly ctx: RequestContext; readonly answer: Promise<ApiResponse> };
}

/** A server of one level, where requests stay until they are told to end. */
function busyServer(serverSeats: number, shape: LevelShape = {}): Busy {
  const clock = fakeClock();
  const flowControl = new FlowControl({ serverSeats, clock });
  flowControl.configure([schema('all', 'work', 100, 'system:authenticated')], [level('work', { shares: 10_000, ...shape })]);
  const running: Busy['running'] = [];
  const filter = priorityAndFairness({ flowControl })((ctx) => new Promise((resolve) => running.push({ ctx, end: () => resolve(served()) })));
  return {
    clock,
    flowControl,
    running,
    send(by = user('jane'), target = '/api/v1/pods', method = 'GET') {
      const ctx = contextOf(target, method, by);
      ctx.receivedAt = clock.now();
      return { ctx, answer: Promise.resolve(filter(ctx)) };
    },
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a request', () => {
  it('that need not wait is answered at once, without a promise', () => {
    const flowControl = new FlowControl();
    const answer = priorityAndFairness({ flowControl })(served)(contextOf('/api/v1/pods'));
    expect(answer).toMatchObject({ status: 200, headers: { 'x-kubernetes-pf-flowschema-uid': '', 'x-kubernetes-pf-prioritylevel-uid': '' } });
  });
  it('is told the uids of where it belongs, and carries its level on', async () => {
    const { send, running } = busyServer(10);
    const { ctx, answer } = send();
    running[0]!.end();
    expect((await answer).headers).toMatchObject({ 'x-kubernetes-pf-flowschema-uid': 'uid-of-all', 'x-kubernetes-pf-prioritylevel-uid': 'uid-of-work' });
    expect(ctx.priority).toBe('work');
  });
  it('waits while all seats are taken, and runs when one is free', async () => {
    const { send, running } = busyServer(1);
    send();
    const second = send();
    expect(running).toHaveLength(1);
    running[0]!.end();
    await settled();
    expect(running).toHaveLength(2);
    running[1]!.end();
    expect((await second.answer).status).toBe(200);
  });
  it('is refused when its queue is full', async () => {
    const { send } = busyServer(1, { length: 1 });
    send();
    send();
    const refused = await send().answer;
    expect(refused).toMatchObject({ status: 429, body: 'Too many requests, please try again later.\n' });
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'x-kubernetes-pf-prioritylevel-uid': 'uid-of-work' });
  });
  it('is refused at once where its level has no queues', async () => {
    const { send } = busyServer(1, { queues: 0 });
    send();
    expect((await send().answer).status).toBe(429);
  });
  it('is refused when it has waited for a quarter of its time', async () => {
    const { send, clock, flowControl } = busyServer(1);
    send();
    const second = send();
    const third = send();
    third.ctx.deadline = clock.now() + 80_000;
    clock.advance(14_999);
    await settled();
    expect(flowControl.levels.get('work')!.queues.state.waiting).toBe(2);
    clock.advance(1);
    expect((await second.answer).status).toBe(429);
    expect(flowControl.levels.get('work')!.queues.state).toMatchObject({ waiting: 0, cancelled: 2 });
    expect((await third.answer).status).toBe(429);
  });
  it('leaves its queue when its client goes', async () => {
    const { send, flowControl } = busyServer(1);
    send();
    const second = send();
    second.ctx.abort();
    expect((await second.answer).status).toBe(429);
    expect(flowControl.levels.get('work')!.queues.state.waiting).toBe(0);
  });
  it('gives its seat back when it fails', () => {
    const flowControl = new FlowControl();
    const filter = priorityAndFairness({ flowControl })(() => {
      throw new Error('broken');
    });
    expect(() => filter(contextOf('/api'))).toThrow('broken');
    expect(flowControl.levels.get('catch-all')!.queues.isIdle).toBe(true);
  });
  it('of a master never waits', () => {
    const { send, running } = busyServer(1);
    for (let i = 0; i < 5; i++) send(user('admin', 'system:masters'));
    expect(running).toHaveLength(5);
  });
});

describe('a greedy user', () => {
  it('does not keep another one waiting', async () => {
    const { send, running } = busyServer(2, { queues: 64, handSize: 6 });
    for (let i = 0; i < 100; i++) send(user('greedy'));
    send(user('modest'));
    for (let done = 0; done < 4; done++) {
      running[done]!.end();
      await settled();
    }
    expect(running.slice(0, 6).map(({ ctx }) => ctx.user!.name)).toContain('modest');
  });
});

describe('a write with many watchers', () => {
  it('holds its seats after it was answered, while the events go out', async () => {
    const { send, running, flowControl, clock } = busyServer(20);
    const { info } = contextOf('/api/v1/pods?watch=1');
    for (let i = 0; i < 30; i++) flowControl.watches.add(info!);
    const { answer } = send(user('jane'), '/api/v1/namespaces/a/pods', 'POST');
    running[0]!.end();
    await answer;
    const { queues } = flowControl.levels.get('work')!;
    expect(queues.state).toMatchObject({ executing: 0, seatsInUse: 3 });
    clock.advance(5);
    expect(queues.state.seatsInUse).toBe(0);
  });
});

describe('a watch', () => {
  const sink: FrameSink = { write() {}, end() {}, bufferedBytes: 0 };
  function watching() {
    const flowControl = new FlowControl();
    let ended: FrameSink | undefined;
    const stream: WatchStream = {
      start(into) {
        ended = into;
      },
      stop() {},
    };
    const ctx = contextOf('/api/v1/pods?watch=1');
    const response = priorityAndFairness({ flowControl })(() => ({ status: 200, headers: {}, body: stream }))(ctx) as ApiResponse;
    const body = response.body as WatchStream;
    body.start(sink);
    const count = () => flowControl.watches.concernedBy(ctx.info!);
    return { flowControl, body, count, end: () => ended!.end() };
  }
  it('holds a seat only until it has begun, and counts while it lasts', () => {
    const { flowControl, body, count } = watching();
    expect(flowControl.levels.get('catch-all')!.queues.isIdle).toBe(true);
    expect(count()).toBe(1);
    body.stop();
    expect(count()).toBe(0);
  });
  it('counts no more when the server ends it', () => {
    const { count, end } = watching();
    end();
    expect(count()).toBe(0);
  });
  it('that is a long-running request of another kind passes', () => {
    const { send, running } = busyServer(1);
    for (let i = 0; i < 3; i++) send(user('jane'), '/api/v1/namespaces/a/pods/b/exec', 'POST');
    expect(running).toHaveLength(3);
  });
});

describe('configuration', () => {
  it('shares the seats out as the levels say', () => {
    const flowControl = new FlowControl({ serverSeats: 100, clock: fakeClock() });
    flowControl.configure([], [level('a', { shares: 60 }), level('b', { shares: 35, lendable: 50 })]);
    const { a, b } = Object.fromEntries(flowControl.levels);
    expect(a).toMatchObject({ nominalSeats: 60, minSeats: 60, maxSeats: 160 });
    expect(b).toMatchObject({ nominalSeats: 35, minSeats: 17, maxSeats: 135 });
  });
  it('lends seats to the level that wants them', async () => {
    const clock = fakeClock();
    const flowControl = new FlowControl({ serverSeats: 100, clock });
    flowControl.configure([schema('all', 'a', 100, 'system:authenticated')], [level('a', { shares: 50 }), level('b', { shares: 45, lendable: 100 })]);
    const filter = priorityAndFairness({ flowControl })(() => new Promise(() => {}));
    for (let i = 0; i < 90; i++) void filter(contextOf('/api/v1/pods'));
    clock.advance(10_000);
    expect(flowControl.levels.get('a')!.currentSeats).toBeGreaterThan(80);
    expect(flowControl.levels.get('b')!.currentSeats).toBeLessThan(15);
  });
  it('says of each schema whether its level is there', () => {
    const flowControl = new FlowControl({ clock: fakeClock() });
    const updates = flowControl.configure([schema('x', 'a', 1, 'g'), schema('y', 'nowhere', 1, 'g')], [level('a')]);
    expect(updates.map(({ condition }) => condition)).toEqual([
      {
        type: 'Dangling',
        status: 'False',
        lastTransitionTime: '2026-01-01T00:00:00Z',
        reason: 'Found',
        message: 'This FlowSchema references the PriorityLevelConfiguration object named "a" and it exists',
      },
      expect.objectContaining({ status: 'True', reason: 'NotFound' }),
    ]);
    const [first] = updates;
    expect(flowControl.configure([{ ...first!.schema, status: { conditions: [first!.condition] } }], [level('a')])).toEqual([]);
  });
  it('leaves out levels whose objects are no good', () => {
    const warnings: string[] = [];
    const flowControl = new FlowControl({ warn: (message) => warnings.push(message) });
    flowControl.configure([], [{ ...level('a'), spec: { type: 'Exempt' } }]);
    expect([...flowControl.levels.keys()].sort()).toEqual(['catch-all', 'exempt']);
    expect(warnings[0]).toMatch(/^Ignoring PriorityLevelConfiguration object a because its spec is broken: /);
  });
  it('keeps a level that is gone until it has nothing to do', async () => {
    const { flowControl, send, running } = busyServer(10);
    const { answer } = send();
    flowControl.configure([], []);
    expect(flowControl.levels.get('work')!.isQuiescing).toBe(true);
    running[0]!.end();
    await answer;
    expect(flowControl.levels.has('work')).toBe(false);
  });
});

describe('Retry-After', () => {
  it('grows while many requests are dropped, and falls when few are', async () => {
    const { send, clock } = busyServer(1, { queues: 0 });
    send();
    const dropped = async (count: number) => {
      let retryAfter: unknown;
      for (let i = 0; i < count; i++) retryAfter = (await send().answer).headers['retry-after'];
      clock.advance(1000);
      return retryAfter;
    };
    expect(await dropped(5)).toBe('1');
    expect(await dropped(9)).toBe('2');
    expect(await dropped(9)).toBe('2');
    expect(await dropped(9)).toBe('4');
    for (let i = 0; i < 20; i++) {
      await dropped(1);
      clock.advance(10_000);
    }
    expect(await dropped(1)).toBe('1');
  });
});
