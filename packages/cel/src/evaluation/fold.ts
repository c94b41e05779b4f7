/** Comprehensions: loops over lists and maps. */
import { EntriesMap } from '../values/map.js';
import { ArrayList, CelError, ListValue, MapValue, type Value } from '../values/value.js';
import { goTypeName } from '../values/go-type.js';
import type { Frame, Step } from './frame.js';

export interface Fold {
  readonly range: Step;
  /** Evaluated when the accumulator is first read, and never if it is not. */
  readonly initial: Step;
  readonly condition: Step;
  readonly step: Step;
  readonly result: Step;
  /** Where the frame keeps the variables. */
  readonly accumulator: number;
  readonly variable: number;
  /** With two variables the first is the index or key. */
  readonly variable2: number | undefined;
}

/** Reads an accumulator. */
export const accumulatorStep =
  (local: number, initial: Step): Step =>
  (frame) => {
    const known = frame.locals[local];
    if (known !== undefined) return known;
    const value = start(initial(frame));
    frame.locals[local] = value;
    return value;
  };

/** What starts empty is collected into, without a copy per element. */
function start(value: Value): Value {
  if (value instanceof ListValue && value.size === 0) return new ArrayList([], true);
  return value instanceof MapValue && value.size === 0 ? new EntriesMap([], true) : value;
}

/** The step that runs the loop. */
export function foldStep(fold: Fold): Step {
  const { range, result, accumulator } = fold;
  return (frame) => {
    const over = range(frame);
    if (over instanceof CelError) return over;
    frame.locals[accumulator] = undefined;
    const failed = loop(frame, over, fold);
    if (failed) return failed;
    const value = result(frame);
    if (value instanceof ArrayList && value.isGrowing) return new ArrayList(value.elements);
    if (value instanceof EntriesMap) value.isGrowing = false;
    return value;
  };
}

function loop(frame: Frame, over: Value, fold: Fold): CelError | undefined {
  if (over instanceof ListValue) {
    const { size } = over;
    for (let i = 0; i < size; i++) if (!iterate(frame, fold, i, over.at(i))) break;
    return undefined;
  }
  if (over instanceof MapValue) {
    for (const key of over.keys()) if (!iterate(frame, fold, key, fold.variable2 === undefined ? key : over.find(key)!)) break;
    return undefined;
  }
  const type = goTypeName(over);
  return new CelError(fold.variable2 === undefined ? `got '${type}', expected iterable type` : `unsupported comprehension range type: ${type}`);
}

/** One round; false ends the loop. */
function iterate(frame: Frame, { condition, step, accumulator, variable, variable2 }: Fold, key: Value, value: Value): boolean {
  if (variable2 === undefined) frame.locals[variable] = value;
  else {
    frame.locals[variable] = key;
    frame.locals[variable2] = value;
  }
  if (condition(frame) === false) return false;
  frame.locals[accumulator] = step(frame);
  return true;
}
