/** Who makes a request: authenticators, their union, and the filter that sets `ctx.user`. */
export * from './audiences.js';
export * from './authentication.js';
export * from './authenticator.js';
export * from './authority-file.js';
export * from './bearer.js';
export * from './flag-rules.js';
export * from './front-proxy.js';
export * from './request-header.js';
export * from './self-subject-review.js';
export * from './token-cache.js';
export * from './token-file.js';
export * from './token-review.js';
export * from './watched-file.js';
export * from './websocket-bearer.js';
export { certificatesFromPem, type ClientCAs, x509, type X509Options } from './x509/index.js';
export { credentialIdKey, userFromSubject } from './x509/subject-user.js';
