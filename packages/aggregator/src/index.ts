/** APIServices: other API servers behind this one. */
export { createAggregator, type Aggregator, type AggregatorOptions } from './aggregator.js';
export type { APIService, APIServiceCondition, APIServiceSpec, ServiceReference } from './api-service.js';
export { validateAPIService, validateAPIServiceUpdate } from './resource/validation.js';
export { storedServices, type ServiceStores } from './service-objects.js';
export { clusterIPResolver, endpointResolver, type ServiceObjects, type ServiceResolver, staticResolver } from './service-resolver.js';
export type { ProxyClientCertificate } from './proxy/transport.js';
