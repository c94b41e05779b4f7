import { compileValidator, structuralSchema } from '@apiserver-kit/schema';
import { recorded } from './field-errors.mjs';

// The recorded library was given decoded floats; the API server decodes integers as such.
export default ({ schema, object }) => ({ errors: recorded(compileValidator(structuralSchema(schema).schema, { integers: 'float64' }).validate(object)) });
