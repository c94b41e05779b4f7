import { asStatusError, internalError, StatusError } from '@apiserver-kit/machinery';
import type { Filter } from '../handler.js';
import { type ApiResponse, statusResponse } from '../response.js';

/** Where a part says what went wrong. Never give it a secret. */
export type ErrorLog = (message: string, error: unknown) => void;

/**
 * Turns what a handler throws into an answer: a StatusError into its Status, anything else, which is a bug, into a 500 without its text.
 *
 * @param log is told of the bugs, with their stack.
 */
export const recover =
  (log: ErrorLog = (message, error) => console.error(message, error)): Filter =>
  (next) =>
  (ctx) => {
    const answer = (error: unknown): ApiResponse => {
      const known = asStatusError(error);
      if (known) return statusResponse(known);
      log(`${ctx.request.method} ${ctx.request.path} failed`, error);
      return error instanceof RangeError && /call stack/.test(error.message)
        ? statusResponse(new StatusError({ code: 400, reason: 'BadRequest', message: 'the request is nested too deeply' }))
        : statusResponse(internalError('the server could not handle the request'));
    };
    try {
      const response = next(ctx);
      return response instanceof Promise ? response.catch(answer) : response;
    } catch (error) {
      return answer(error);
    }
  };
