/** What calls cost. */
import type { Value } from '../values/value.js';
import type { CallEstimate, EstimatedNode } from './estimate.js';

/** The cost of one call, of its arguments and result. */
export type CallCost = (args: readonly Value[], result: Value) => number;

/** The cost of a call whose arguments are not known; undefined leaves it to the usual rule. */
export type CallEstimator = (target: EstimatedNode | undefined, args: readonly EstimatedNode[]) => CallEstimate | undefined;

/** By the id of the overload. */
export interface CostRules {
  readonly runtime?: Readonly<Record<string, CallCost>>;
  readonly estimate?: Readonly<Record<string, CallEstimator>>;
}
