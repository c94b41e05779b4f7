/** What a client is called that does not say what it is called (k8s.io/apiserver/pkg/endpoints/handlers). */
import { byteLength, unprintableCharacters } from '@apiserver-kit/machinery';

const maxLength = 128;

/**
 * The manager of a request: what its `fieldManager` says, else what its User-Agent says before the first slash, without what cannot be printed
 * and cut to 128 bytes. Empty where neither says anything.
 */
export function managerName(fieldManager: string | undefined, userAgent = ''): string {
  if (fieldManager) return fieldManager;
  const client = userAgent.split('/', 1)[0]!;
  const unprintable = new Set(unprintableCharacters(client).map(({ char }) => char));
  let name = '';
  let length = 0;
  for (const char of client) {
    if (unprintable.has(char)) continue;
    length += byteLength(char);
    if (length > maxLength) break;
    name += char;
  }
  return name;
}
