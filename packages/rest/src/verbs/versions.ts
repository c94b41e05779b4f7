/** The resourceVersion that a read asks for (k8s.io/apiserver/pkg/storage). */
import { goQuote } from '@apiserver-kit/machinery';

/** Undefined for none; 0 for any. Throws the sentence of Go's parser. */
export function parseResourceVersion(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d+$/.test(text))
    throw new ResourceVersionError(`resourceVersion: Invalid value: ${goQuote(text)}: strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`);
  const version = Number(text);
  if (version >= 2 ** 64)
    throw new ResourceVersionError(`resourceVersion: Invalid value: ${goQuote(text)}: strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
  return version;
}

/** A resourceVersion that is no number. The verbs say it in their own ways. */
export class ResourceVersionError extends Error {}
