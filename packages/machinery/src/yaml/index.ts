/**
 * YAML as the reference reads and prints it (sigs.k8s.io/yaml). An entry of its own, so that the YAML library is loaded only by who needs it.
 *
 * @example
 * import { parseYaml, stringifyYaml } from '@apiserver-kit/machinery/yaml';
 * stringifyYaml(parseYaml('{b: [yes, 010], a: ~}')); // "a: null\nb:\n- true\n- 8\n"
 */
import { parseJson, stringifyJson } from '../json.js';
import { decodeYaml } from './decode.js';

export { type DecodedYaml, decodeYaml } from './decode.js';
export { stringifyYaml } from './print.js';
export { YamlError } from './yaml-error.js';

/**
 * The first document of the text, as a JSON value. Empty text is null.
 * @throws YamlError
 */
export function parseYaml(text: string): unknown {
  // Clients send JSON as YAML; the parser for JSON is a hundred times as fast.
  if (/^\s*\{\s*"/.test(text)) {
    try {
      return parseJson(text);
    } catch {
      // Not JSON after all: read as YAML, which says what is wrong.
    }
  }
  return decodeYaml(text).value;
}

/**
 * The first document of the text, as JSON text.
 * @throws YamlError
 */
export const yamlToJson = (text: string): string => stringifyJson(parseYaml(text));
