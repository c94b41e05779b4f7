/**
 * Fair queuing for requests (k8s.io/apiserver/pkg/util/flowcontrol/fairqueuing/queueset).
 *
 * A level's seats are shared among its queues as if all the queues that have something to do were served at once, each at the same rate, in
 * a virtual world. `#progress` is what each such queue has been served so far there, in seat-seconds. A request is dispatched from the queue
 * whose oldest request would be done first in that world. How long a request will take is not known, so each is taken for `expectedSeconds`
 * long, and the queue's account is put right when it is done.
 */
import type { Clock } from '@apiserver-kit/machinery';
import { type WorkEstimate, widthOf } from '../work/estimate.js';
import { Demand } from './demand.js';
import { dealHand, flowHash } from './shuffle-sharding.js';

const expectedSeconds = 0.003;
const maxHands = 4096;

/** How requests of a level wait. */
export type QueueingRule =
  /** Nothing waits, nothing is refused. */
  | { readonly kind: 'exempt' }
  /** Nothing waits. */
  | { readonly kind: 'reject' }
  | { readonly kind: 'queue'; readonly queues: number; readonly handSize: number; readonly queueLengthLimit: number };

export type RejectReason = 'concurrency-limit' | 'queue-full' | 'time-out';

/** Told of what happens to requests: for metrics. */
export interface QueueObserver {
  rejected(flowSchema: string, reason: RejectReason): void;
  /** So many more requests and seats wait. */
  waiting(flowSchema: string, requests: number, seats: number): void;
  executing(flowSchema: string, requests: number): void;
  seats(flowSchema: string, seats: number): void;
  enqueued(flowSchema: string, queueLength: number): void;
}

class Queue {
  /** Its place among the queues. */
  index = 0;
  /** In order of arrival; a set, since one that gives up leaves from the middle. */
  readonly waiting = new Set<Ticket>();
  waitingWork = 0;
  executing = 0;
  seatsInUse = 0;
  /** How far the virtual world will be when the next request is dispatched. */
  nextDispatch = 0;

  get isBusy(): boolean {
    return this.waiting.size > 0 || this.executing > 0;
  }
  get oldest(): Ticket | undefined {
    if (this.waiting.size === 0) return undefined;
    for (const ticket of this.waiting) return ticket;
    return undefined;
  }
}

/** A request that was let in: it waits, or runs, and then it is done. */
export class Ticket {
  state: 'waiting' | 'executing' | 'done' = 'waiting';
  /** Called when a request that had to wait is dispatched. */
  onDispatch: (() => void) | undefined = undefined;
  startedAt = 0;

  constructor(
    readonly set: QueueSet,
    readonly flowSchema: string,
    readonly distinguisher: string,
    public estimate: WorkEstimate,
    readonly queue: Queue | undefined,
    readonly arrivedAt: number,
    readonly arrivalProgress: number,
  ) {}

  get seats(): number {
    return widthOf(this.estimate);
  }
  /** In seat-seconds. */
  get work(): number {
    return this.estimate.initialSeats * expectedSeconds + finalWork(this.estimate);
  }

  /** Gives the seats back: at once, or after the time that the request's events take. */
  finish(): void {
    this.set.finish(this);
  }

  /** Ends the waiting. @returns false when it does not wait any more. */
  giveUp(): boolean {
    return this.set.giveUp(this);
  }
}

const finalWork = ({ finalSeats, additionalMs }: WorkEstimate): number => (finalSeats * additionalMs) / 1000;

/** What there is to see of a level. */
export interface QueueSetState {
  readonly waiting: number;
  readonly executing: number;
  readonly seatsInUse: number;
  readonly seatsWaiting: number;
  readonly dispatched: number;
  readonly rejected: number;
  readonly cancelled: number;
}

export class QueueSet {
  /** The seats that are wanted: in use and waited for. */
  readonly demand: Demand;
  #rule: QueueingRule = { kind: 'reject' };
  #limit = 0;
  /** May be more than the rule says, while the others run dry. */
  #queues: Queue[] = [];
  #hands = new Map<string, readonly number[]>();
  #progress = 0;
  #syncedAt: number;
  #busyQueues = 0;
  #robin = 0;
  #enqueued = 0;
  #waiting = 0;
  #executing = 0;
  #seatsInUse = 0;
  #seatsWaiting = 0;
  #dispatched = 0;
  #rejected = 0;
  #cancelled = 0;

  constructor(
    private readonly clock: Clock,
    private readonly observer: QueueObserver,
  ) {
    this.#syncedAt = clock.now();
    this.demand = new Demand(this.#syncedAt);
  }

  get isIdle(): boolean {
    return this.#waiting === 0 && this.#executing === 0;
  }

  get queues(): readonly Readonly<Queue>[] {
    return this.#queues;
  }

  get state(): QueueSetState {
    return {
      waiting: this.#waiting,
      executing: this.#executing,
      seatsInUse: this.#seatsInUse,
      seatsWaiting: this.#seatsWaiting,
      dispatched: this.#dispatched,
      rejected: this.#rejected,
      cancelled: this.#cancelled,
    };
  }

  /** Sets how requests wait, and how many seats there are; dispatches what can be from now on. */
  configure(rule: QueueingRule, limit: number): void {
    this.#sync();
    if (rule.kind === 'queue') while (this.#queues.length < rule.queues) this.#addQueue();
    this.#rule = rule;
    this.#limit = limit;
    this.#hands.clear();
    for (const queue of [...this.#queues]) this.#dropIfSpare(queue);
    this.#dispatch();
  }

  /**
   * Lets a request in, if it can. One whose ticket is `waiting` has to be dispatched first.
   * @param distinguisher which of the schema's flows it belongs to.
   * @returns undefined when the request is refused.
   */
  start(flowSchema: string, distinguisher: string, estimate: WorkEstimate): Ticket | undefined {
    this.#sync();
    if (this.#rule.kind !== 'queue') return this.#startUnqueued(flowSchema, distinguisher, estimate);
    const queue = this.#queueFor(flowSchema, distinguisher, this.#rule);
    if (this.#seatsInUse >= this.#limit && queue.waiting.size >= this.#rule.queueLengthLimit) return this.#refuse(flowSchema, 'queue-full');
    const ticket = new Ticket(this, flowSchema, distinguisher, estimate, queue, this.#syncedAt, this.#progress);
    if (!queue.isBusy) {
      queue.nextDispatch = this.#progress;
      this.#busyQueues++;
    }
    queue.waiting.add(ticket);
    queue.waitingWork += ticket.work;
    this.#countWaiting(ticket, 1);
    this.observer.enqueued(flowSchema, queue.waiting.size);
    this.#bound(queue);
    this.#dispatch(queue);
    return ticket;
  }

  /** Called through {@link Ticket.finish}. */
  finish(ticket: Ticket): void {
    if (ticket.state !== 'executing') return;
    ticket.state = 'done';
    this.#sync();
    const { queue, estimate, flowSchema } = ticket;
    this.#executing--;
    this.observer.executing(flowSchema, -1);
    if (queue !== undefined) {
      queue.executing--;
      if (!queue.isBusy) this.#busyQueues--;
      const seconds = (this.#syncedAt - ticket.startedAt) / 1000;
      queue.nextDispatch -= estimate.initialSeats * (expectedSeconds - seconds);
      this.#bound(queue);
    }
    if (estimate.additionalMs <= 0) this.#release(ticket);
    else
      this.clock.after(estimate.additionalMs, () => {
        this.#sync();
        this.#release(ticket);
        this.#dispatch();
      });
    this.#dispatch();
  }

  /** Called through {@link Ticket.giveUp}. */
  giveUp(ticket: Ticket): boolean {
    if (ticket.state !== 'waiting') return false;
    ticket.state = 'done';
    this.#sync();
    this.#leaveQueue(ticket);
    if (!ticket.queue!.isBusy) this.#busyQueues--;
    this.#cancelled++;
    this.#refuse(ticket.flowSchema, 'time-out');
    this.#bound(ticket.queue!);
    this.#dropIfSpare(ticket.queue!);
    this.#dispatch();
    return true;
  }

  #startUnqueued(flowSchema: string, distinguisher: string, estimate: WorkEstimate): Ticket | undefined {
    const ticket = new Ticket(this, flowSchema, distinguisher, estimate, undefined, this.#syncedAt, this.#progress);
    if (!this.#fits(ticket.seats)) return this.#refuse(flowSchema, 'concurrency-limit');
    this.#execute(ticket);
    return ticket;
  }

  #refuse(flowSchema: string, reason: RejectReason): undefined {
    this.#rejected++;
    this.observer.rejected(flowSchema, reason);
  }

  /** Brings the virtual world up to now. */
  #sync(): void {
    const now = this.clock.now();
    if (this.#busyQueues > 0) {
      const rate = Math.min(this.#seatsInUse + this.#seatsWaiting, this.#limit) / this.#busyQueues;
      this.#progress += (rate * (now - this.#syncedAt)) / 1000;
    }
    this.#syncedAt = now;
  }

  /** Of the queues in the flow's hand the one with the least work before it. Which is looked at first changes, so that overlapping hands are no bias. */
  #queueFor(flowSchema: string, distinguisher: string, { queues, handSize }: { readonly queues: number; readonly handSize: number }): Queue {
    const key = `${flowSchema}\0${distinguisher}`;
    let hand = this.#hands.get(key);
    if (hand === undefined) {
      hand = dealHand(queues > 1 ? flowHash(flowSchema, distinguisher) : 0n, queues, handSize);
      if (this.#hands.size >= maxHands) this.#hands.clear();
      this.#hands.set(key, hand);
    }
    const offset = this.#enqueued++ % handSize;
    let best: Queue | undefined;
    for (let at = 0; at < handSize; at++) {
      const queue = this.#queues[hand[(offset + at) % handSize]!]!;
      if (best === undefined || queue.waitingWork < best.waitingWork) best = queue;
    }
    return best!;
  }

  /** @param latest the queue that a request has come to: where nothing waits elsewhere, it is that one's turn, and no other is looked at. */
  #dispatch(latest?: Queue): void {
    while (this.#waiting > 0 && this.#seatsInUse < this.#limit) {
      const queue = latest?.waiting.size === this.#waiting ? latest : this.#nextQueue();
      const ticket = queue.oldest!;
      if (!this.#fits(ticket.seats)) return;
      this.#leaveQueue(ticket);
      const { finalSeats, additionalMs } = ticket.estimate;
      // The same work on fewer seats takes longer.
      if (finalSeats > this.#limit) ticket.estimate = { ...ticket.estimate, finalSeats: this.#limit, additionalMs: (finalSeats * additionalMs) / this.#limit };
      this.#robin = queue.index;
      this.#execute(ticket);
      queue.executing++;
      queue.seatsInUse += ticket.seats;
      queue.nextDispatch += ticket.work;
      this.#bound(queue);
      ticket.onDispatch?.();
    }
  }

  /** The queue whose oldest request would be done first; starting behind the one that was served last. */
  #nextQueue(): Queue {
    const count = this.#queues.length;
    let best: Queue | undefined;
    let bestFinish = Number.POSITIVE_INFINITY;
    for (let step = 1; step <= count; step++) {
      const queue = this.#queues[(this.#robin + step) % count]!;
      const { oldest } = queue;
      if (oldest === undefined) continue;
      const finish = queue.nextDispatch + oldest.work;
      if (finish < bestFinish) {
        bestFinish = finish;
        best = queue;
      }
    }
    return best!;
  }

  /** A request that is wider than all there is runs alone. */
  #fits(seats: number): boolean {
    if (this.#rule.kind === 'exempt') return true;
    return seats > this.#limit ? this.#executing === 0 : this.#seatsInUse + seats <= this.#limit;
  }

  #execute(ticket: Ticket): void {
    ticket.state = 'executing';
    ticket.startedAt = this.#syncedAt;
    this.#executing++;
    this.#dispatched++;
    this.#seatsInUse += ticket.seats;
    this.observer.executing(ticket.flowSchema, 1);
    this.observer.seats(ticket.flowSchema, ticket.seats);
    this.#noteDemand();
  }

  #release(ticket: Ticket): void {
    this.#seatsInUse -= ticket.seats;
    this.observer.seats(ticket.flowSchema, -ticket.seats);
    this.#noteDemand();
    if (ticket.queue === undefined) return;
    ticket.queue.seatsInUse -= ticket.seats;
    this.#dropIfSpare(ticket.queue);
  }

  #leaveQueue(ticket: Ticket): void {
    const queue = ticket.queue!;
    queue.waiting.delete(ticket);
    queue.waitingWork = queue.waiting.size === 0 ? 0 : queue.waitingWork - ticket.work;
    this.#countWaiting(ticket, -1);
  }

  #countWaiting(ticket: Ticket, sign: 1 | -1): void {
    this.#waiting += sign;
    this.#seatsWaiting += sign * ticket.seats;
    this.observer.waiting(ticket.flowSchema, sign, sign * ticket.seats);
    this.#noteDemand();
  }

  #noteDemand(): void {
    this.demand.set(this.#seatsInUse + this.#seatsWaiting, this.#syncedAt);
  }

  /** A queue that uses less than its share saves nothing up: no request is dispatched in the virtual world before it arrived. */
  #bound(queue: Queue): void {
    const { oldest } = queue;
    if (oldest !== undefined && queue.nextDispatch < oldest.arrivalProgress) queue.nextDispatch = oldest.arrivalProgress;
  }

  /** Takes an empty queue away when there are more than there should be. */
  #dropIfSpare(queue: Queue): void {
    const wanted = this.#rule.kind === 'queue' ? this.#rule.queues : 0;
    const at = queue.index;
    if (this.#queues.length <= wanted || queue.isBusy || this.#queues[at] !== queue) return;
    this.#queues.splice(at, 1);
    for (let next = at; next < this.#queues.length; next++) this.#queues[next]!.index = next;
    if (this.#robin >= at && this.#robin > 0) this.#robin--;
  }

  #addQueue(): void {
    const queue = new Queue();
    queue.index = this.#queues.length;
    this.#queues.push(queue);
  }
}
