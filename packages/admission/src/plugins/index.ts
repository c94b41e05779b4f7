/** The built-in plugins, under the names and with the sentences of kube-apiserver's. */
export * from './always.js';
export * from './certificates.js';
export * from './default-classes.js';
export { limitRanger, type LimitRangeReader } from './limit-ranger/index.js';
export * from './namespaces.js';
export * from './owner-references.js';
export * from './pod-policies.js';
export { type PodSecurityOptions, podSecurity } from './pod-security/index.js';
export { priority } from './priority.js';
export { type ServiceAccountPluginOptions, serviceAccount } from './service-account/index.js';
export * from './services.js';
export * from './tolerations.js';
