/** What a PUT may create: an authorizer is asked again, for the verb `create` (k8s.io/apiserver/pkg/endpoints/handlers/update.go). */
import { ask, attributesOf, type Authorizer, forbiddenError, type Verdict } from '@apiserver-kit/authz';
import { internalError } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';

/** @returns a check that throws a StatusError Forbidden where the user of a request may not create what it names. */
export function authorizeCreate(authorizer: Authorizer): (ctx: RequestContext) => void | Promise<void> {
  return (ctx) => {
    const attributes = { ...attributesOf(ctx), verb: 'create' };
    const judge = ({ decision, reason, error }: Verdict): void => {
      if (decision === 'allow') return;
      if (error !== undefined) throw internalError(error.message, { cause: error });
      throw forbiddenError(attributes, reason);
    };
    const verdict = ask(authorizer, attributes);
    return verdict instanceof Promise ? verdict.then(judge) : judge(verdict);
  };
}
