/** Flow schemas and priority levels at work (k8s.io/apiserver/pkg/util/flowcontrol/apf_controller.go). */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { RequestInfo, UserInfo } from '@apiserver-kit/pipeline';
import { flowControlBootstrap } from '../bootstrap.js';
import { schemaMatches } from '../matching.js';
import { catchAllName, exemptName, type FlowSchema, type FlowSchemaCondition, type PriorityLevelConfiguration } from '../objects.js';
import type { QueueObserver, RejectReason } from '../queues/queue-set.js';
import { WatchCounts } from '../work/watch-counts.js';
import { adjustSeats } from './borrowing.js';
import { PriorityLevel, queueingRule } from './priority-level.js';
import { danglingCondition } from './schema-status.js';

/** Told of what happens to requests, by priority level and flow schema: the reference's metrics `apiserver_flowcontrol_*`. */
export interface FlowControlObserver {
  /** `rejected_requests_total`. */
  rejected?(level: string, schema: string, reason: RejectReason): void;
  /** `dispatched_requests_total`. */
  dispatched?(level: string, schema: string): void;
  /** `current_inqueue_requests`, `current_inqueue_seats`: so many more. */
  waiting?(level: string, schema: string, requests: number, seats: number): void;
  /** `current_executing_requests`: so many more. */
  executing?(level: string, schema: string, requests: number): void;
  /** `current_executing_seats`: so many more. */
  seats?(level: string, schema: string, seats: number): void;
  /** `request_queue_length_after_enqueue`. */
  enqueued?(level: string, schema: string, queueLength: number): void;
  /** `request_wait_duration_seconds`. */
  waited?(level: string, schema: string, wasExecuted: boolean, seconds: number): void;
  /** `request_execution_seconds`. */
  executed?(level: string, schema: string, seconds: number): void;
  /** `work_estimated_seats`. */
  estimated?(level: string, schema: string, seats: number): void;
}

export interface FlowControlOptions {
  /** Requests, of one seat each, that are answered at a time: `--max-requests-inflight` and `--max-mutating-requests-inflight` together. Default 600. */
  readonly serverSeats?: number;
  readonly clock?: Clock;
  readonly observer?: FlowControlObserver;
  /** Told of levels whose objects are no good. */
  readonly warn?: (message: string) => void;
}

/** A condition to be written into a flow schema's status. */
export interface SchemaStatusUpdate {
  readonly schema: FlowSchema;
  readonly condition: FlowSchemaCondition;
}

/** Where a request belongs. */
export interface Classification {
  readonly schema: FlowSchema;
  readonly level: PriorityLevel;
  /** Which of the schema's flows. */
  readonly distinguisher: string;
}

const borrowingPeriodMs = 10_000;

/**
 * Knows which requests belong where, and how much of the server each level has. It works by the mandatory objects until `configure` is called,
 * and holds levels to the seats that they may have; every ten seconds it moves seats to where they are wanted.
 */
export class FlowControl implements AsyncDisposable {
  readonly watches = new WatchCounts();
  readonly clock: Clock;
  readonly observer: FlowControlObserver;
  readonly #serverSeats: number;
  readonly #warn: (message: string) => void;
  #levels = new Map<string, PriorityLevel>();
  #schemas: readonly FlowSchema[] = [];
  #objects: { schemas: readonly FlowSchema[]; levels: readonly PriorityLevelConfiguration[] } = { schemas: [], levels: [] };
  #cancelTimer: () => void = () => {};

  constructor({ serverSeats = 600, clock = systemClock, observer = {}, warn = () => {} }: FlowControlOptions = {}) {
    this.clock = clock;
    this.observer = observer;
    this.#serverSeats = serverSeats;
    this.#warn = warn;
    this.configure([], []);
    this.#schedule();
  }

  /** By name, in no order. */
  get levels(): ReadonlyMap<string, PriorityLevel> {
    return this.#levels;
  }

  /**
   * Takes all objects there are, after each change of one. Levels whose objects are gone serve what they have begun; the mandatory objects are
   * there whether they are stored or not.
   * @returns what the statuses of flow schemas have to say now, and do not yet.
   */
  configure(schemas: readonly FlowSchema[], levels: readonly PriorityLevelConfiguration[]): SchemaStatusUpdate[] {
    this.#objects = { schemas, levels };
    const next = new Map<string, PriorityLevel>();
    for (const object of levels) this.#takeLevel(next, object);
    const updates = this.#takeSchemas(schemas, new Set(next.keys()));
    this.#keepOldLevels(next);
    for (const object of flowControlBootstrap.mandatory.priorityLevels) if (!next.has(object.metadata.name!)) this.#takeLevel(next, object);
    this.#levels = next;
    this.#applyShares();
    return updates;
  }

  /** The schema that a request falls under: the first that is for it. There is always one. */
  classify(info: RequestInfo, user: UserInfo): Classification {
    const schema = this.#schemas.find((one) => schemaMatches(one, info, user)) ?? this.#schemas.find(({ metadata }) => metadata.name === catchAllName)!;
    const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name)!;
    return { schema, level, distinguisher: distinguisherOf(schema, info, user) };
  }

  /** Called when a level has nothing to do: one that nobody wants any more goes then. */
  noteIdle(level: PriorityLevel): void {
    if (level.isQuiescing && level.queues.isIdle) this.configure(this.#objects.schemas, this.#objects.levels);
  }

  /** Ends the moving of seats. */
  async close(): Promise<void> {
    this.#cancelTimer();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #takeLevel(into: Map<string, PriorityLevel>, object: PriorityLevelConfiguration): void {
    const name = object.metadata.name ?? '';
    const rule = queueingRule(object);
    if (typeof rule === 'string') {
      this.#warn(`Ignoring PriorityLevelConfiguration object ${name} because its spec is broken: ${rule}`);
      return;
    }
    const level = this.#levels.get(name) ?? new PriorityLevel(object, rule, this.clock, this.#observing(name));
    level.object = object;
    level.rule = rule;
    level.isQuiescing = false;
    into.set(name, level);
  }

  #takeSchemas(schemas: readonly FlowSchema[], levels: ReadonlySet<string>): SchemaStatusUpdate[] {
    const now = this.clock.now();
    const updates: SchemaStatusUpdate[] = [];
    const usable: FlowSchema[] = [];
    for (const schema of schemas) {
      const hasLevel = levels.has(schema.spec.priorityLevelConfiguration.name);
      const condition = danglingCondition(schema, hasLevel, now);
      if (condition !== undefined) updates.push({ schema, condition });
      if (hasLevel) usable.push(schema);
    }
    usable.sort(byPrecedence);
    const missing = flowControlBootstrap.mandatory.flowSchemas.filter((one) => !usable.some(({ metadata }) => metadata.name === one.metadata.name));
    const isFirst = ({ metadata }: FlowSchema): boolean => metadata.name === exemptName;
    this.#schemas = [...missing.filter(isFirst), ...usable, ...missing.filter((schema) => !isFirst(schema))];
    return updates;
  }

  /** Levels without an object: the mandatory ones, and those that still have something to do. */
  #keepOldLevels(next: Map<string, PriorityLevel>): void {
    for (const [name, level] of this.#levels) {
      if (next.has(name)) continue;
      if (name !== exemptName && name !== catchAllName) {
        if (level.queues.isIdle) continue;
        level.isQuiescing = true;
      }
      next.set(name, level);
    }
  }

  #applyShares(): void {
    const levels = [...this.#levels.values()];
    const shares = levels.reduce((sum, level) => sum + level.shares, 0);
    for (const level of levels) level.setNominal(this.#serverSeats, shares);
    this.#adjust();
  }

  #adjust(): void {
    const levels = [...this.#levels.values()];
    adjustSeats(levels, this.clock.now());
    for (const { queues, rule, currentSeats } of levels) queues.configure(rule, currentSeats!);
  }

  #schedule(): void {
    this.#cancelTimer = this.clock.after(borrowingPeriodMs, () => {
      this.#adjust();
      this.#schedule();
    });
  }

  #observing(level: string): QueueObserver {
    const { observer } = this;
    return {
      rejected: (schema, reason) => observer.rejected?.(level, schema, reason),
      waiting: (schema, requests, seats) => observer.waiting?.(level, schema, requests, seats),
      executing: (schema, requests) => {
        if (requests > 0) observer.dispatched?.(level, schema);
        observer.executing?.(level, schema, requests);
      },
      seats: (schema, seats) => observer.seats?.(level, schema, seats),
      enqueued: (schema, queueLength) => observer.enqueued?.(level, schema, queueLength),
    };
  }
}

function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const difference = a.spec.matchingPrecedence - b.spec.matchingPrecedence;
  if (difference !== 0) return difference;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

function distinguisherOf({ spec }: FlowSchema, { namespace }: RequestInfo, { name }: UserInfo): string {
  const method = spec.distinguisherMethod?.type;
  if (method === 'ByUser') return name;
  return method === 'ByNamespace' ? namespace : '';
}
