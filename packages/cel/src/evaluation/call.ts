/** Calls of functions: arguments, the overload that takes them, the cost. */
import type { CallCost } from '../cost/cost-rules.js';
import type { FunctionDeclaration, Implementation, Overload } from '../library/declaration.js';
import type { Type } from '../types/type.js';
import { CelError, ListValue, MapValue, type Value, typeOf } from '../values/value.js';
import type { Frame, Step } from './frame.js';

/** How a call is run. */
export interface Call {
  readonly run: Implementation;
  /** Arguments behind one that is an error are not evaluated. */
  readonly stopsAtErrors: boolean;
  /** Errors are arguments like any other. */
  readonly takesErrors: boolean;
}

/** The implementation of a call that may be of the given overloads; undefined where there is none. */
export function implementationOf(declaration: FunctionDeclaration, overloadIds: readonly string[], arity: number): Call | undefined {
  const { name, overloads, run, isUnguarded = false } = declaration;
  if (run) return { run, stopsAtErrors: arity > 2, takesErrors: name === '@not_strictly_false' };
  const runnable = overloads.filter((overload) => overload.run);
  const [only] = overloadIds.length === 1 ? runnable.filter(({ id }) => id === overloadIds[0]) : runnable.length === 1 ? runnable : [];
  if (only) return { run: guarded(name, only, isUnguarded), stopsAtErrors: arity > 2 || variadic.has(only.id), takesErrors: false };
  if (runnable.length === 0) return undefined;
  return { run: dispatching(name, runnable, isUnguarded), stopsAtErrors: true, takesErrors: false };
}

/** The reference binds these to functions of any number of arguments. */
const variadic: ReadonlySet<string> = new Set(['string_format']);

/** Takes only arguments of the overload's types. */
function guarded(name: string, overload: Overload, isUnguarded: boolean): Implementation {
  const { run, args } = overload;
  if (isUnguarded || args.every(({ isOpen }) => isOpen)) return run!;
  const tests = args.map(testOf);
  return (...values) => (tests.every((test, i) => test(values[i]!)) ? run!(...values) : noOverload(name, values));
}

/** Finds the overload by the types of the arguments. */
function dispatching(name: string, overloads: readonly Overload[], isUnguarded: boolean): Implementation {
  const candidates = overloads.map(({ args, run }) => ({ tests: args.map(testOf), run: run! }));
  return (...values) => {
    for (const { tests, run } of candidates)
      if (tests.length === values.length && (isUnguarded || tests.every((test, i) => test(values[i]!)))) return run(...values);
    return noOverload(name, values);
  };
}

const noOverload = (name: string, values: readonly Value[]): CelError =>
  values.find((value) => value instanceof CelError) ?? new CelError(`no such overload: ${name}(${values.map((value) => typeOf(value).name).join(', ')})`);

type Test = (value: Value) => boolean;

/** Whether a value may be an argument of the type. Errors may be any. */
function testOf(type: Type): Test {
  const isOfType = matcherOf(type);
  return (value) => isOfType(value) || value instanceof CelError;
}

/** Whether a value is of the type. Of lists and maps the first element tells. */
function matcherOf(type: Type): Test {
  if (type.isOpen) return () => true;
  const { name } = type;
  switch (type.kind) {
    case 'string':
      return (value) => typeof value === 'string';
    case 'int':
      return (value) => typeof value === 'number' || typeof value === 'bigint';
    case 'list': {
      const isElement = matcherOf(type.params[0]!);
      return (value) => value instanceof ListValue && (value.size === 0 || isElement(value.at(0)));
    }
    case 'map': {
      const [isKey, isValue] = [matcherOf(type.params[0]!), matcherOf(type.params[1]!)];
      return (value) => {
        if (!(value instanceof MapValue)) return false;
        for (const key of value.keys()) return isKey(key) && isValue(value.find(key)!);
        return true;
      };
    }
    default:
      return (value) => !(value instanceof CelError) && typeOf(value).name === name;
  }
}

/** The step that evaluates the arguments, runs the call and charges for it. */
export function callStep(args: readonly Step[], { run, stopsAtErrors, takesErrors }: Call, cost: number | CallCost): Step {
  const charge = typeof cost === 'number' ? (frame: Frame): void => frame.charge(cost) : undefined;
  const price = typeof cost === 'number' ? () => cost : cost;
  if (args.length === 1) {
    const [only] = args as [Step];
    return (frame) => {
      const arg = only(frame);
      const result = arg instanceof CelError && !takesErrors ? arg : run(arg);
      if (charge) charge(frame);
      else frame.charge(price([arg], result));
      return result;
    };
  }
  if (args.length === 2 && !stopsAtErrors) {
    const [first, second] = args as [Step, Step];
    return (frame) => {
      const left = first(frame);
      const right = second(frame);
      const result = left instanceof CelError ? left : right instanceof CelError ? right : run(left, right);
      if (charge) charge(frame);
      else frame.charge(price([left, right], result));
      return result;
    };
  }
  return (frame) => {
    const values: Value[] = [];
    for (const [i, arg] of args.entries()) {
      const value = arg(frame);
      values.push(value);
      if (!(value instanceof CelError)) continue;
      // A call is charged for once all of its arguments are there.
      if (i === args.length - 1) frame.charge(price(values, value));
      return value;
    }
    const result = run(...values);
    frame.charge(price(values, result));
    return result;
  };
}
