/** One level of priority at work: its object, its seats, its queues. */
import type { Clock } from '@apiserver-kit/machinery';
import { exemptName, type PriorityLevelConfiguration } from '../objects.js';
import { SmoothedDemand } from '../queues/demand.js';
import { type QueueingRule, type QueueObserver, QueueSet } from '../queues/queue-set.js';
import { handError } from '../queues/shuffle-sharding.js';

/** The rule in a level's object; a text says what is wrong with it. */
export function queueingRule({ metadata, spec }: PriorityLevelConfiguration): QueueingRule | string {
  const { type, limited, exempt } = spec;
  if ((type === 'Limited') !== (limited !== undefined)) return 'broken union structure at the top, for Limited';
  if ((type === 'Exempt') !== (exempt !== undefined)) return 'broken union structure at the top, for Exempt';
  if ((type === 'Exempt') !== (metadata.name === exemptName)) return 'non-alignment between name and type';
  if (limited === undefined) return { kind: 'exempt' };
  const { type: response, queuing } = limited.limitResponse;
  if ((response === 'Reject') !== (queuing === undefined)) return 'broken union structure for limit response';
  if (queuing === undefined || queuing.queues <= 0) return { kind: 'reject' };
  return handError(queuing.queues, queuing.handSize) ?? { kind: 'queue', ...queuing };
}

export class PriorityLevel {
  readonly name: string;
  readonly queues: QueueSet;
  readonly demand = new SmoothedDemand();
  object: PriorityLevelConfiguration;
  rule: QueueingRule;
  /** Its object is gone: it goes too, when its queues are empty. */
  isQuiescing = false;
  /** By its share alone. */
  nominalSeats = 0;
  /** When it has lent all that it may. */
  minSeats = 0;
  /** When it has borrowed all that it may. */
  maxSeats = 0;
  /** As of now. */
  currentSeats: number | undefined = undefined;
  /** The most that one request may take; 0 for no such limit. */
  requestSeats = 0;

  constructor(object: PriorityLevelConfiguration, rule: QueueingRule, clock: Clock, observer: QueueObserver) {
    this.name = object.metadata.name ?? '';
    this.object = object;
    this.rule = rule;
    this.queues = new QueueSet(clock, observer);
  }

  get isExempt(): boolean {
    return this.rule.kind === 'exempt';
  }

  get shares(): number {
    const { limited, exempt } = this.object.spec;
    return limited === undefined ? (exempt?.nominalConcurrencyShares ?? 0) : (limited.nominalConcurrencyShares ?? 30);
  }

  /** Works out its bounds from its part of all seats. */
  setNominal(serverSeats: number, allShares: number): void {
    const { limited, exempt } = this.object.spec;
    const percentOf = (seats: number, percent = 0): number => Math.round((seats * percent) / 100);
    const nominal = allShares === 0 ? 0 : Math.ceil((serverSeats * this.shares) / allShares);
    const lendable = percentOf(nominal, limited?.lendablePercent ?? exempt?.lendablePercent);
    const borrowing = limited?.borrowingLimitPercent;
    this.nominalSeats = nominal;
    this.minSeats = nominal - lendable;
    this.maxSeats = nominal + (borrowing === undefined ? serverSeats : percentOf(nominal, borrowing));
    this.requestSeats = this.rule.kind === 'queue' ? Math.max(1, Math.min(Math.ceil(nominal * 0.15), Math.floor(nominal / this.rule.handSize))) : 0;
    this.currentSeats ??= nominal - Math.floor(lendable / 2);
  }
}
