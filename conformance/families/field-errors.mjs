/** Field errors as the recordings show them. */
import { fieldErrorText } from '@apiserver-kit/machinery';

export const recorded = (errors) => errors.map((error) => ({ type: error.type, field: error.field, error: fieldErrorText(error) }));
