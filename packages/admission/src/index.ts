/** The admission chain and its plugins. */
export * from './admission.js';
export * from './namespace-lifecycle.js';
