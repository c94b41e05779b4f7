/** CustomResourceDefinitions: established, served, and cleaned up after. Light: what judges schemas is loaded when there is one. */
export { type CRDRegistry, type CRDRegistryOptions, createCRDRegistry } from './crd-registry.js';
export * from './validation/custom-resource-definition.js';
