/** The interface that all parts of an API server meet in. */
export * from './context.js';
export * from './filters/cors.js';
export * from './filters/deadline.js';
export * from './filters/drain.js';
export * from './filters/headers.js';
export * from './filters/recover.js';
export * from './handler.js';
export * from './request.js';
export * from './request-info.js';
export * from './response.js';
export * from './user.js';
