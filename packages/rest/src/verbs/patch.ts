/** PATCH: an object as a change of what it is (RFC 6902, RFC 7386, strategic merge patch). */
import {
  applyJsonPatch,
  applyMergePatch,
  badRequest,
  cloneJson,
  checkJsonPatch,
  invalid,
  invalidValue,
  isRecord,
  type JsonPatchOperation,
  type KubeObject,
  parseJson,
  notFound,
  PatchError,
  requestEntityTooLarge,
  StatusError,
  stringifyJson,
  unsupportedMediaType,
} from '@apiserver-kit/machinery';
import { type ApiResponse, warn } from '@apiserver-kit/pipeline';
import { representationFor, type Target } from '../environment.js';
import { bodyText, contentType, duplicateTexts, type ExpectedKind, otherCustomKind } from '../negotiation/body.js';
import { respondEntry, respondFresh } from '../respond/respond-entry.js';
import { apply, applyPatchType } from './apply.js';
import { checkName, ensureNamespace, strictErrors, wireKind } from './decode.js';
import { fieldManagerOf } from './managed-fields.js';
import { intoObject } from './update.js';
import { updateObject } from './update-object.js';
import { type FieldValidation, type WriteOptions, writeOptionsOf } from './write-options.js';

const jsonPatchType = 'application/json-patch+json';
const mergePatchType = 'application/merge-patch+json';
const strategicMergePatchType = 'application/strategic-merge-patch+json';

/** As the reference: more would be a way to keep a server busy. */
const maxJsonPatchOperations = 10_000;

/** Applies a patch, already read, to an object in the version of the request. The object is not written to; the result may share parts with it. */
type ApplyPatch = (object: KubeObject) => unknown;

export async function patch(target: Target): Promise<ApiResponse> {
  const { ctx } = target;
  const type = contentType(ctx);
  const types = patchTypes(target);
  if (type === applyPatchType && types.includes(type)) return apply(target);
  if (!types.includes(type) || ctx.request.headers['content-type'] === undefined) {
    throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`);
  }
  const representation = representationFor(ctx, target.environment, target.resource);
  const text = await bodyText(ctx);
  const options = writeOptionsOf(ctx, 'PatchOptions');
  const read = readPatch(target, type, text, options.fieldValidation);
  const written = await updateObject(target, { produce: (current) => patched(target, current, read, options), uid: undefined, options });
  return written.entry ? respondEntry(target, 200, written.entry, representation) : respondFresh(target, 200, written.object, representation);
}

/** Custom resources have no keys to merge lists by. */
function patchTypes(target: Target): string[] {
  const { resource, subresource } = target;
  const types = [jsonPatchType, mergePatchType];
  if (resource.strategicMergePatch && !subresource?.projection) types.push(strategicMergePatchType);
  if (fieldManagerOf(target)) types.push(applyPatchType);
  return types;
}

interface ReadPatch {
  readonly apply: ApplyPatch;
  /** What strict decoding says of the patch itself. */
  readonly complaints: readonly string[];
}

/** @throws StatusError BadRequest for what is no patch. */
function readPatch({ resource }: Target, type: string, text: string, validation: FieldValidation): ReadPatch {
  let change: unknown;
  try {
    change = parseJson(text);
  } catch {
    throw badRequest('invalid JSON patch');
  }
  const duplicates = validation === 'Ignore' ? [] : duplicateTexts(text, change);
  if (type === jsonPatchType) return readJsonPatch(change, duplicates, validation);
  if (type === mergePatchType) {
    const refusal = isRecord(change) || (validation === 'Ignore' && Array.isArray(change)) ? undefined : mergePatchRefusal(change, validation);
    return { apply: (object) => applyUnless(refusal, () => applyMergePatch(object, change)), complaints: duplicates };
  }
  if (!isRecord(change)) throw badRequest(`error decoding patch: json: cannot unmarshal ${goTypeName(change)} into Go value of type map[string]interface {}`);
  return { apply: (object) => resource.strategicMergePatch!(object, change as Record<string, unknown>), complaints: duplicates };
}

const goTypeName = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'number' : typeof value;

const operationFields = new Set(['op', 'path', 'from', 'value']);

function readJsonPatch(change: unknown, duplicates: readonly string[], validation: FieldValidation): ReadPatch {
  let operations: readonly JsonPatchOperation[] = [];
  let refusal: StatusError | undefined;
  try {
    operations = checkJsonPatch(change);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    refusal = badRequest(
      validation === 'Ignore' ? error.message : `error decoding patch: ${error.message.replace('jsonpatch.Patch', '[]handlers.jsonPatchOp')}`,
    );
  }
  if (operations.length > maxJsonPatchOperations) {
    throw requestEntityTooLarge(`The allowed maximum operations in a JSON patch is ${maxJsonPatchOperations}, got ${operations.length}`);
  }
  const unknown =
    validation === 'Ignore'
      ? []
      : operations.flatMap((operation, i) =>
          Object.keys(operation)
            .filter((field) => !operationFields.has(field))
            .map((field) => `[${i}].${field}`),
        );
  const complaints = [...duplicates, ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`)].map((text) => `json patch ${text}`);
  return { apply: (object) => applyUnless(refusal, () => applyOperations(object, operations)), complaints };
}

const mergePatchRefusal = (change: unknown, validation: FieldValidation): StatusError =>
  badRequest(
    validation === 'Ignore'
      ? 'Invalid JSON Patch'
      : `error decoding patch: json: cannot unmarshal ${goTypeName(change)} into Go value of type map[string]interface {}`,
  );

/** A patch that is none is refused only when there is an object to be patched: a missing one is told of first. */
function applyUnless<T>(refusal: StatusError | undefined, apply: () => T): T {
  if (refusal) throw refusal;
  return apply();
}

/** A JSON patch that does not apply is answered without its reason, as the reference does. */
function applyOperations(object: KubeObject, operations: readonly JsonPatchOperation[]): unknown {
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new StatusError(
      { code: 422, reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {} },
      { cause: error },
    );
  }
}

/** The current object with the patch applied, decoded again as if the client had sent it whole. */
function patched(target: Target, current: KubeObject | undefined, { apply, complaints }: ReadPatch, options: WriteOptions): KubeObject {
  const { resource, subresource, name } = target;
  if (!current) throw notFound(resource, name);
  const { projection } = subresource ?? {};
  const shown = projection ? (projection.readForPatch?.(current) ?? projection.read(current)) : current;
  const result = cloneJson(apply(shown));
  const object = decodePatched(target, result, complaints, options);
  ensureNamespace(target, object);
  checkName(target, object);
  return intoObject(target, current, object);
}

function decodePatched(target: Target, result: unknown, complaints: readonly string[], { fieldValidation }: WriteOptions): KubeObject {
  const expected = wireKind(target);
  const refuse = (why: string): StatusError => invalid({ group: '', kind: '' }, '', [invalidValue('patch', stringifyJson(result), why)]);
  if (!isRecord(result))
    throw refuse(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(result) ? 'array' : typeof result} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  const apiVersion = expected.group === '' ? expected.version : `${expected.group}/${expected.version}`;
  if (result.apiVersion !== apiVersion || result.kind !== expected.kind) throw mistyped(target, result, expected, refuse);
  if (!isRecord(result.metadata)) result.metadata = {};
  const strict = strictErrors(fieldValidation);
  strict.list.push(...complaints);
  let object: KubeObject;
  try {
    object = expected.decode(result as unknown as KubeObject, strict);
  } catch (error) {
    throw error instanceof StatusError && error.reason === 'BadRequest' ? refuse(error.message.replace(/^.* cannot be handled as an? .*?: /, '')) : error;
  }
  if (strict.list.length > 0) {
    if (fieldValidation === 'Strict') throw refuse(`strict decoding error: ${strict.list.join(', ')}`);
    for (const text of strict.list) warn(target.ctx, text);
  }
  return object;
}

/** A patch may not make an object one of another kind. */
function mistyped(target: Target, result: Record<string, unknown>, expected: ExpectedKind, refuse: (why: string) => StatusError): StatusError {
  const { kind, apiVersion } = result;
  if (typeof kind !== 'string' || kind === '') return refuse(`Object 'Kind' is missing in '${stringifyJson(result)}'`);
  if (typeof apiVersion !== 'string' || apiVersion === '') return refuse(`Object 'apiVersion' is missing in '${stringifyJson(result)}'`);
  if (expected.family === 'custom' && !expected.isProjection) return otherCustomKind(target.name, apiVersion, kind, expected);
  return badRequest(`${kind} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${expected.kind}`);
}
