/** What the reference's router sees to before a handler of an installed route is called: the method and the media type. */
import { notAcceptable, StatusError } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';

const isMediaTypeOf = (accept: string, produced: readonly string[]): boolean =>
  accept.split(',').some((clause) => {
    const type = clause.split(';', 1)[0]!.trim();
    return type === '*/*' || produced.includes(type);
  });

/**
 * Lets GET requests pass that take one of the produced media types, whatever their parameters.
 * @param listed the types as the refusal names them. Default: the produced ones.
 * @throws StatusError MethodNotAllowed; NotAcceptable.
 */
export function expectGet(ctx: RequestContext, produced: readonly string[], listed: string = produced.join(', ')): void {
  const { method, headers } = ctx.request;
  if (method !== 'GET') {
    throw new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} });
  }
  const { accept } = headers;
  if (accept && !isMediaTypeOf(accept, produced)) throw notAcceptable(`406: Not Acceptable\n\nAvailable representations: ${listed}`);
}
