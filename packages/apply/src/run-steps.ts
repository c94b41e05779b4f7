/** Runs the steps of ownership, waiting only where a conversion does. */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { Steps } from './ownership.js';

export type MaybePromise<Value> = Value | Promise<Value>;

export type Convert = (object: KubeObject, apiVersion: string) => MaybePromise<KubeObject>;

/** The result of the steps: a promise only if a conversion gave one. What a conversion throws is thrown at the step that asked for it. */
export function runSteps<Result>(steps: Steps<Result>, convert: Convert): MaybePromise<Result> {
  let step = steps.next();
  while (!step.done) {
    const { object, apiVersion } = step.value;
    let converted: MaybePromise<KubeObject>;
    try {
      converted = convert(object, apiVersion);
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    if (converted instanceof Promise) return awaitSteps(steps, converted, convert);
    step = steps.next(converted);
  }
  return step.value;
}

async function awaitSteps<Result>(steps: Steps<Result>, first: Promise<KubeObject>, convert: Convert): Promise<Result> {
  let conversion = first;
  for (;;) {
    const step = await conversion.then(
      (object) => steps.next(object),
      (error: unknown) => steps.throw(error),
    );
    if (step.done) return step.value;
    const { object, apiVersion } = step.value;
    conversion = (async () => convert(object, apiVersion))();
  }
}

/** Goes on with a value, at once if it is there. */
export const goOn = <From, To>(value: MaybePromise<From>, next: (value: From) => To): MaybePromise<To> =>
  value instanceof Promise ? value.then(next) : next(value);
