/** Asking several who may know, one after the other: what unions of authenticators and of tokens have in common. */
import { aggregateError } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';
import type { AuthAnswer } from './authenticator.js';

/** Asks one of them. `token` is empty where none is asked about. */
export type Ask = (ctx: RequestContext, token: string) => AuthAnswer;

/**
 * Asks in order and takes the first answer; waits only for those that wait.
 * @param failOnError whether the first that fails ends the search; otherwise the failures of all are thrown as one, when none knew an answer.
 */
export function askInOrder(asks: readonly Ask[], failOnError: boolean): Ask {
  const askFrom = (start: number, ctx: RequestContext, token: string, errors: unknown[] | undefined): AuthAnswer => {
    let failures = errors;
    const fail = (error: unknown): void => {
      if (failOnError) throw error;
      failures = [...(failures ?? []), error];
    };
    for (let at = start; at < asks.length; at++) {
      let answer: AuthAnswer;
      try {
        answer = asks[at]!(ctx, token);
      } catch (error) {
        fail(error);
        continue;
      }
      if (answer instanceof Promise) {
        const goOn = () => askFrom(at + 1, ctx, token, failures);
        return answer.then(
          (result) => result ?? goOn(),
          (error: unknown) => {
            fail(error);
            return goOn();
          },
        );
      }
      if (answer !== undefined) return answer;
    }
    if (failures !== undefined) throw aggregateError(failures);
    return undefined;
  };
  return (ctx, token) => askFrom(0, ctx, token, undefined);
}
