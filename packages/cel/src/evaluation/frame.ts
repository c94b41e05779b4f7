/** One evaluation: its variables and what it has cost so far. */
import { fromJson } from '../values/json.js';
import { CelError, type Value } from '../values/value.js';

/** The variables of an evaluation: values, or JSON that is read as such. */
export type Activation = Readonly<Record<string, unknown>>;

/** The evaluation has cost more than it may. */
export class CostLimitExceeded extends Error {
  override readonly message = 'operation cancelled: actual cost limit exceeded';
}

export type Step = (frame: Frame) => Value;

export class Frame {
  cost = 0;
  /** Local variables; undefined until they have a value. */
  readonly locals: (Value | undefined)[] = [];

  constructor(
    readonly activation: Activation,
    readonly limit: number,
  ) {}

  /** @throws CostLimitExceeded */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostLimitExceeded();
  }

  variable(name: string): Value {
    const value = Object.hasOwn(this.activation, name) ? this.activation[name] : undefined;
    return value === undefined ? new CelError(`no such attribute(s): ${name}`) : fromJson(value);
  }
}
