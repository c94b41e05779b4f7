import { fakeClock } from '@apiserver-kit/machinery';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneSeat, type WorkEstimate } from '../work/estimate.js';
import { type QueueObserver, QueueSet, type Ticket } from './queue-set.js';

const unobserved: QueueObserver = { rejected() {}, waiting() {}, executing() {}, seats() {}, enqueued() {} };
const fairly = { kind: 'queue', queues: 8, handSize: 2, queueLengthLimit: 4 } as const;

type Step =
  | { readonly do: 'start'; readonly flow: string; readonly estimate: WorkEstimate }
  | { readonly do: 'finish' | 'giveUp'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'configure'; readonly queues: number; readonly limit: number };

const estimate = fc.record({ initialSeats: fc.integer({ min: 1, max: 6 }), finalSeats: fc.integer({ min: 0, max: 6 }), additionalMs: fc.constantFrom(0, 10) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('start' as const), flow: fc.constantFrom('a', 'b', 'c', 'd'), estimate }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('finish' as const, 'giveUp' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('configure' as const), queues: fc.integer({ min: 2, max: 8 }), limit: fc.integer({ min: 1, max: 8 }) }) },
);

describe('whatever requests come and go', () => {
  it('no more seats are given than there are, nothing is forgotten, and in the end all is as it was', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = fakeClock();
        const set = new QueueSet(clock, unobserved);
        let limit = 4;
        set.configure(fairly, limit);
        const tickets: Ticket[] = [];
        const inState = (state: Ticket['state']) => tickets.filter((ticket) => ticket.state === state);
        for (const one of steps) {
          const before = set.state.seatsInUse;
          const known = inState('executing').length;
          if (one.do === 'start') {
            const ticket = set.start('schema', one.flow, one.estimate);
            if (ticket !== undefined) tickets.push(ticket);
          } else if (one.do === 'finish')
            inState('executing')
              .at(one.which % Math.max(1, known))
              ?.finish();
          else if (one.do === 'giveUp') inState('waiting').at(-1)?.giveUp();
          else if (one.do === 'pass') clock.advance(one.ms);
          else if (one.do === 'configure') set.configure({ ...fairly, queues: one.queues }, (limit = one.limit));
          const { executing, waiting, seatsInUse, seatsWaiting } = set.state;
          expect(executing).toBe(inState('executing').length);
          expect(waiting).toBe(inState('waiting').length);
          expect(seatsWaiting).toBe(inState('waiting').reduce((sum, { seats }) => sum + seats, 0));
          // One that is wider than all there is runs alone; a smaller limit takes nothing from who runs already.
          expect(seatsInUse <= Math.max(limit, before) || executing === 1).toBe(true);
        }
        for (let round = 0; tickets.some(({ state }) => state !== 'done') && round < 200; round++) {
          for (const ticket of inState('executing')) ticket.finish();
          clock.advance(20);
        }
        // The last requests' events are still on their way.
        clock.advance(1000);
        expect(set.state).toMatchObject({ executing: 0, waiting: 0, seatsInUse: 0, seatsWaiting: 0 });
        expect(set.isIdle).toBe(true);
      }),
    );
  });
});

describe('queues', () => {
  it('take turns, whoever has more requests', () => {
    const set = new QueueSet(fakeClock(), unobserved);
    set.configure({ kind: 'queue', queues: 64, handSize: 6, queueLengthLimit: 50 }, 1);
    const order: string[] = [];
    const start = (flow: string): Ticket => {
      const ticket = set.start('schema', flow, oneSeat)!;
      ticket.onDispatch = () => order.push(flow);
      return ticket;
    };
    const tickets = [...Array.from({ length: 30 }, () => start('greedy')), start('modest')];
    for (let at = 0; at < 12; at++) tickets.find(({ state }) => state === 'executing')!.finish();
    expect(order).toContain('modest');
  });
  it('that are too many go when they are empty', () => {
    const set = new QueueSet(fakeClock(), unobserved);
    set.configure(fairly, 1);
    const tickets = Array.from({ length: 4 }, () => set.start('schema', 'a', oneSeat)!);
    set.configure({ ...fairly, queues: 2 }, 1);
    for (const ticket of tickets) ticket.finish();
    expect(set.queues).toHaveLength(2);
  });
});
