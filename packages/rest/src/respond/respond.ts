/** Turns bytes of JSON into a response in the representation that was asked for. */
import { type KubeObject, parseJson, stringifyJson } from '@apiserver-kit/machinery';
import { type ApiResponse, bodyBytes } from '@apiserver-kit/pipeline';
import type { Representation } from '../negotiation/accept.js';
import { type ProtobufCodec, protobufType } from '../negotiation/protobuf.js';
import { prettyJson } from './pretty.js';

const newline = Buffer.from('\n');

const textOf = (chunks: readonly Uint8Array[]): string => Buffer.from(bodyBytes(chunks)).toString();

/**
 * Answers with JSON bytes, given as chunks without a line end. In plain JSON, the common case, they go out as they are. Not for protobuf.
 */
export function respondBytes(status: number, chunks: readonly Uint8Array[], { format, pretty }: Representation): ApiResponse | Promise<ApiResponse> {
  if (format === 'yaml') return respondYaml(status, chunks);
  const body = pretty ? Buffer.from(prettyJson(textOf(chunks))) : withNewline(chunks);
  return { status, headers: { 'content-type': 'application/json' }, body };
}

/** Up to here, one copy into one buffer is cheaper than sending two. */
const maxCopiedBytes = 64 << 10;

function withNewline(chunks: readonly Uint8Array[]): Uint8Array | readonly Uint8Array[] {
  const [only] = chunks;
  return chunks.length === 1 && only!.length <= maxCopiedBytes ? Buffer.concat([only!, newline]) : [...chunks, newline];
}

async function respondYaml(status: number, chunks: readonly Uint8Array[]): Promise<ApiResponse> {
  const { stringifyYaml } = await import('@apiserver-kit/machinery/yaml');
  return { status, headers: { 'content-type': 'application/yaml' }, body: stringifyYaml(parseJson(textOf(chunks))) };
}

/** Answers with an object that is not in a cache. `protobuf` may be undefined where that was not negotiated. */
export const respondObject = (
  status: number,
  object: KubeObject,
  representation: Representation,
  protobuf?: ProtobufCodec,
): ApiResponse | Promise<ApiResponse> =>
  representation.format === 'protobuf'
    ? respondProtobuf(status, protobuf!.envelope(object.apiVersion, object.kind, protobuf!.message(object)))
    : respondBytes(status, [Buffer.from(stringifyJson(object))], representation);

/** Answers with an object in its binary envelope. */
export const respondProtobuf = (status: number, bytes: Buffer): ApiResponse => ({ status, headers: { 'content-type': protobufType }, body: bytes });
