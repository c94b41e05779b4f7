/** Parsed JSON, made to fit a built-in type, as the reference's decoder and encoder would do it. */
import { type DecodeStruct, structDecoder } from '@apiserver-kit/machinery/structs';
import { typeFields } from './type-data.js';

export { type Decoded, DecodeError } from '@apiserver-kit/machinery/structs';

/**
 * Makes parsed JSON fit a built-in type. The input is not written to, and the result may share parts of it that have no type (`any`).
 * The type is such as `core.v1.Pod`: see `typeOf`.
 * @throws DecodeError with the reference's text, without the sentence that the reference puts before it.
 */
export const decodeBuiltin: DecodeStruct = structDecoder({ fields: typeFields });
