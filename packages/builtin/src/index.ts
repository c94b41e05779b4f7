/** The built-in API groups: which resources there are, and how a server comes to serve them. What is known of their kinds is in `./kinds`. */
export { accessReviews, type AccessReviewsOptions } from './api/access-reviews.js';
export { builtinApi } from './api/builtin-api.js';
export type { BuiltinOptions, Escalation, RequestToken, ServiceRanges } from './api/options.js';
export { type BuiltinStores, type BuiltinStoresOptions, builtinStores } from './api/stores.js';
export * from './resources.js';
export { type FieldLabels, type SelectableFields, unknownFieldLabelText } from './selectable-fields.js';
