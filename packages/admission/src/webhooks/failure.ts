/** How a webhook's refusal and its failure are told to the client (k8s.io/apiserver/pkg/admission/plugin/webhook/errors, k8s.io/apiserver/pkg/util/webhook). */
import { badRequest, goQuote, internalError, isRecord, type JsonObject, type Status, StatusError, timeoutError } from '@apiserver-kit/machinery';

/** A webhook could not be asked, or has not answered the question: its failurePolicy decides. */
export class CallError extends Error {
  constructor(
    readonly webhookName: string,
    /** What happened, in the reference's words. */
    why: string,
    options?: ErrorOptions,
  ) {
    super(`failed calling webhook ${goQuote(webhookName)}: ${why}`, options);
  }
}

/** What the client gets where a failure counts: 500. */
export const callFailed = (error: CallError): StatusError => internalError(error.message, { cause: error });

/** The status of a refusal: the webhook's own, made to be one of a failure. */
export function refusal(webhookName: string, result: JsonObject = {}): StatusError {
  const { message, reason, code, details } = result;
  const why = text(message) || text(reason);
  const denied = `admission webhook ${goQuote(webhookName)} denied the request${why === '' ? ' without explanation' : `: ${why}`}`;
  return new StatusError({
    code: typeof code === 'number' && code >= 400 ? code : 400,
    ...(text(reason) !== '' && { reason: reason as Status['reason'] & string }),
    message: denied,
    ...(isRecord(details) && { details }),
  });
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export const dryRunUnsupported = (webhookName: string): StatusError => badRequest(`admission webhook ${goQuote(webhookName)} does not support dry run`);

/** The request itself has run out of time, or of a client. */
export const requestTimedOut = (): StatusError => timeoutError('request did not complete within requested timeout');
