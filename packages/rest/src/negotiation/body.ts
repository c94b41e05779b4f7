/** Reading the objects that clients send. */
import {
  badRequest,
  duplicateFields,
  type FieldError,
  goJsonError,
  goQuote,
  invalid,
  invalidValue,
  isRecord,
  type KubeObject,
  parseApiVersion,
  parseJson,
  type StatusError,
  unsupportedMediaType,
} from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';
import { type ProtobufCodec, protobufType } from './protobuf.js';

/** As the reference's MaxRequestBodyBytes. */
export const maxBodyBytes = 3 << 20;

/** Deeper objects are refused: no API needs them, and every walk over an object is recursive. */
export const maxDepth = 10_000;

const utf8 = new TextDecoder('utf-8');
const bodyTypes = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** The media type of a request's body without its parameters; `application/json` where none is named. */
export function contentType(ctx: RequestContext): string {
  const header = ctx.request.headers['content-type'];
  if (header === undefined || header === '') return 'application/json';
  const semicolon = header.indexOf(';');
  return (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
}

/** The text of a body. */
export const bodyText = async (ctx: RequestContext): Promise<string> => utf8.decode(await ctx.request.body(maxBodyBytes));

export interface ReadBody {
  /** What was parsed; `undefined` for an empty body. */
  readonly value: unknown;
  /** As it was sent. */
  readonly text: string;
  /** What strict decoding says of the text itself: members that are given twice. Looked for when it is called. */
  readonly duplicates: () => readonly string[];
}

const none: readonly string[] = [];
const noDuplicates = (): readonly string[] => none;

/** How strict decoding words a member that is given twice. */
export const duplicateTexts = (text: string, value: unknown): string[] => duplicateFields(text, value).map((path) => `duplicate field ${goQuote(path)}`);

async function readProtobuf(ctx: RequestContext, codec: ProtobufCodec): Promise<ReadBody> {
  const bytes = await ctx.request.body(maxBodyBytes);
  if (bytes.length === 0) return { value: undefined, text: '', duplicates: noDuplicates };
  try {
    return { value: codec.decode(bytes), text: Buffer.from(bytes).toString('hex'), duplicates: noDuplicates };
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`);
  }
}

/**
 * Reads a body of JSON or YAML, or, where that is spoken, protobuf.
 * @param protobuf undefined for resources that have no binary form.
 * @throws StatusError UnsupportedMediaType for other media types; RequestEntityTooLarge beyond 3 MiB; BadRequest with the parser's sentence.
 */
export async function readBody(ctx: RequestContext, protobuf?: ProtobufCodec): Promise<ReadBody> {
  const type = contentType(ctx);
  if (type === protobufType && protobuf) return readProtobuf(ctx, protobuf);
  if (type !== 'application/json' && type !== 'application/yaml') {
    throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${bodyTypes}`);
  }
  const text = await bodyText(ctx);
  if (text === '') return { value: undefined, text, duplicates: noDuplicates };
  if (type === 'application/json') {
    const value = parse(text);
    return { value, text, duplicates: () => duplicateTexts(text, value) };
  }
  const { decodeYaml } = await import('@apiserver-kit/machinery/yaml');
  try {
    const { value, strictError } = decodeYaml(text);
    return { value, text, duplicates: () => (strictError === undefined ? none : yamlComplaints(strictError)) };
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${(error as Error).message}`);
  }
}

/** A line for each key that is given twice. */
const yamlComplaints = (strictError: string): string[] =>
  strictError
    .split('\n')
    .slice(1)
    .map((line) => line.trim());

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    throw badRequest(`couldn't get version/kind; json parse error: ${goJsonError(text) ?? 'exceeded max depth'}`);
  }
  if (isTooDeep(value, text)) throw badRequest(`couldn't get version/kind; json parse error: exceeded max depth`);
  return value;
}

/** Text without that many brackets needs no walk. */
function isTooDeep(value: unknown, text: string): boolean {
  if (text.length < 2 * maxDepth) return false;
  const stack: [unknown, number][] = [[value, 1]];
  while (stack.length > 0) {
    const [at, depth] = stack.pop()!;
    if (typeof at !== 'object' || at === null) continue;
    if (depth > maxDepth) return true;
    for (const member of Object.values(at)) stack.push([member, depth + 1]);
  }
  return false;
}

export interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** See {@link ResourceDescription.family}: the families refuse other kinds in their own ways. */
  readonly family: 'builtin' | 'custom';
  /** Whether the kind is that of a subresource's projection. */
  readonly isProjection?: boolean;
}

const groupVersionText = ({ group, version }: { group: string; version: string }): string => (group === '' ? version : `${group}/${version}`);

/** The beginning of a body, for messages: 30 bytes, as the reference shows them. */
const summary = (text: string): string => (text.length > 30 ? `${text.slice(0, 30)} ...` : text);

/**
 * Sees that a parsed body is an object of the kind that the path expects. A body without kind and apiVersion is taken for one.
 * @throws StatusError BadRequest
 */
export function expectKind({ value, text }: ReadBody, expected: ExpectedKind): KubeObject {
  if (value === undefined) throw unrecognized(expected, "couldn't get version/kind; json parse error: unexpected end of JSON input", text);
  if (!isRecord(value)) {
    const what =
      value === null ? undefined : Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'number' : typeof value;
    if (what) {
      const go = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
      throw unrecognized(expected, `couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into Go value of type ${go}`, text);
    }
    return expectKind({ value: {}, text, duplicates: noDuplicates }, expected);
  }
  const { apiVersion, kind } = value;
  for (const [field, given] of [
    ['apiVersion', apiVersion],
    ['kind', kind],
  ] as const) {
    if (given !== undefined && given !== null && typeof given !== 'string') {
      const what = Array.isArray(given) ? 'array' : typeof given === 'boolean' ? 'bool' : typeof given === 'object' ? 'object' : 'number';
      const sentence = `couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into Go struct field .${field} of type string`;
      throw unrecognized(expected, sentence, text);
    }
  }
  const wantedVersion = groupVersionText(expected);
  const givenVersion = (apiVersion as string | undefined) || wantedVersion;
  const givenKind = (kind as string | undefined) || expected.kind;
  if (givenVersion !== wantedVersion || givenKind !== expected.kind) throw otherKind(value, givenVersion, givenKind, expected);
  value.apiVersion = wantedVersion;
  value.kind = expected.kind;
  if (!isRecord(value.metadata)) {
    const metadata = value.metadata;
    if (metadata !== undefined && metadata !== null) {
      const what = Array.isArray(metadata) ? 'array' : typeof metadata === 'boolean' ? 'bool' : typeof metadata === 'string' ? 'string' : 'number';
      throw badRequest(
        `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: json: cannot unmarshal ${what} into Go ${expected.family === 'custom' ? 'value' : `struct field ${expected.kind}.metadata`} of type v1.ObjectMeta`,
      );
    }
    value.metadata = {};
  }
  return value as unknown as KubeObject;
}

/** What the reference says of an object of another kind or version than the path is for. */
function otherKind(value: Record<string, unknown>, apiVersion: string, kind: string, expected: ExpectedKind): StatusError {
  const wanted = groupVersionText(expected);
  if (expected.family === 'builtin') {
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    const registered = `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
    return badRequest(`${kind} in version ${goQuote(version)} cannot be handled as a ${expected.kind}: ${registered}`);
  }
  if (expected.isProjection) return badRequest(`no kind is registered for the type ${expected.version}.${expected.kind} in scheme "pkg/runtime/scheme.go:111"`);
  if (apiVersion !== wanted) return badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  const { metadata } = value;
  const name = isRecord(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
  return otherCustomKind(name, apiVersion, kind, expected);
}

/** How validation of custom resources refuses an object that says it is something else: in that thing's name. */
export function otherCustomKind(name: string, apiVersion: string, kind: string, expected: Pick<ExpectedKind, 'group' | 'version' | 'kind'>): StatusError {
  const wanted = groupVersionText(expected);
  const errors: FieldError[] = [];
  if (kind !== expected.kind) errors.push(invalidValue('kind', kind, `must be ${expected.kind}`));
  if (apiVersion !== wanted) errors.push(invalidValue('apiVersion', apiVersion, `must be ${wanted}`));
  return invalid({ group: parseApiVersion(apiVersion)?.group ?? '', kind }, name, errors);
}

const unrecognized = (expected: ExpectedKind, sentence: string, text: string) =>
  badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${sentence} (${summary(text)})`);
