/** `serviceaccounts/token`: a token for an account (KEP-1205). Who issues tokens is the assembly's choice. */
import type { SubresourceAction } from '@apiserver-kit/rest';
import { decoderOf } from '../codec.js';
import type { RequestToken } from '../options.js';

export const tokenRequestKind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' } as const;

export const tokenAction = (requestToken: RequestToken): SubresourceAction => ({
  decode: decoderOf(tokenRequestKind),
  keepsSystemFields: true,
  run: (asked, { namespace, name, validate, warn, ctx }) =>
    requestToken(asked, {
      namespace,
      name,
      admit: validate,
      warn,
      annotate: (key, value) => {
        if (ctx?.audit) ctx.audit.annotations[key] = value;
      },
    }),
});
