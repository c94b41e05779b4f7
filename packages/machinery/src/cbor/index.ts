/**
 * CBOR as the reference prints and reads it (`application/cbor`).
 *
 * @example
 * import { decodeCbor, encodeCbor } from '@apiserver-kit/machinery/cbor';
 * decodeCbor(encodeCbor({ a: [1, 'x', null] })); // { a: [1, 'x', null] }
 */
export { decodeCbor } from './decode.js';
export { encodeCbor, selfDescribed } from './encode.js';
export { CborError } from './head.js';
