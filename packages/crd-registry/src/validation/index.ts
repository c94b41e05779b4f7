/** CustomResourceDefinitions as objects: their types, defaults and validation. */
export * from './custom-resource-definition.js';
export { type ApprovalState, approvalOf } from './api-approval.js';
export { defaultCustomResourceDefinition } from './defaults.js';
export { hasUnknownTypes } from './each-schema.js';
export { isProtectedGroup } from './protected-group.js';
export { type FieldPathOptions, type ResolvedPath, resolveFieldPath } from './field-path.js';
export { validateCustomResourceDefinition, validateCustomResourceDefinitionStatusUpdate, validateCustomResourceDefinitionUpdate } from './validate.js';
