/** What the plugins of policies are set up with. */
import type { NamespaceReader } from '../matching/selectors.js';
import type { ObjectInterfaces } from '../matching/versions.js';
import type { ParamReader } from './params.js';
import type { ExpressionAuthorizer } from './patient-authorizer.js';
import type { PolicyObjects } from './store.js';

export interface PolicyOptions {
  readonly objects: PolicyObjects;
  readonly namespaces: NamespaceReader;
  /** Default: no kind of parameters is known. */
  readonly params?: ParamReader;
  /** What is known of the versions of resources. Default: each is served in one. */
  readonly interfaces?: ObjectInterfaces;
  /** Whom `authorizer` asks. Default: nobody is allowed anything. */
  readonly authorizer?: ExpressionAuthorizer;
}
