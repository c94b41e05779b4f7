/** Who makes a request: authenticators, their union, and the filter that sets `ctx.user`. */
export * from './authentication.js';
export * from './authenticator.js';
export * from './bearer.js';
export * from './request-header.js';
export * from './self-subject-review.js';
export * from './token-file.js';
export { type ClientCAs, x509, type X509Options } from './x509/index.js';
export { credentialIdKey, userFromSubject } from './x509/subject-user.js';
