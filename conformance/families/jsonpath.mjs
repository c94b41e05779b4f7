import { parseJSONPath } from '@apiserver-kit/machinery';

// The recorded library was given decoded floats; the API server decodes integers as such.
export default ({ path, document }) => ({ results: parseJSONPath(`{${path}}`).find(document, { allowMissingKeys: true, integers: 'float64' }).flat() });
