/** Serves a pipeline over HTTPS. */
export { type Listener, type ListenOptions, listen } from './listen.js';
