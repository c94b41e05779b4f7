/** PATCH with a configuration: server-side apply (KEP-555). */
import { badRequest, cloneJson, conflict, isRecord, type KubeObject, queryBool } from '@apiserver-kit/machinery';
import { type ApiResponse, warn } from '@apiserver-kit/pipeline';
import { representationFor, type Target } from '../environment.js';
import { bodyText } from '../negotiation/body.js';
import { respondEntry, respondFresh } from '../respond/respond-entry.js';
import { checkName, ensureNamespace, wireKind } from './decode.js';
import { fieldManagerOf, managerOf } from './managed-fields.js';
import { updateObject } from './update-object.js';
import { type WriteOptions, writeOptionsOf } from './write-options.js';

/** The media type of a configuration, which may be JSON too. */
export const applyPatchType = 'application/apply-patch+yaml';

/** Applies the configuration in the body; creates the object where there is none. */
export async function apply(target: Target): Promise<ApiResponse> {
  const { ctx } = target;
  const representation = representationFor(ctx, target.environment, target.resource);
  const text = await bodyText(ctx);
  const options = writeOptionsOf(ctx, 'PatchOptions', true);
  const config = await readConfiguration(target, text, options);
  const written = await updateObject(target, { produce: (current) => applied(target, current, config, options), uid: undefined, options, isApply: true });
  const status = written.created ? 201 : 200;
  return written.entry ? respondEntry(target, status, written.entry, representation) : respondFresh(target, status, written.object, representation);
}

/** @throws StatusError BadRequest for what is no configuration. */
async function readConfiguration({ ctx }: Target, text: string, { fieldValidation }: WriteOptions): Promise<KubeObject> {
  const { decodeYaml } = await import('@apiserver-kit/machinery/yaml');
  let value: unknown;
  let strictError: string | undefined;
  try {
    ({ value, strictError } = decodeYaml(text));
  } catch (error) {
    throw badRequest(`error encoding patch: ${(error as Error).message}`);
  }
  if (strictError !== undefined && fieldValidation === 'Strict') throw badRequest(`error strict decoding patch: error converting YAML to JSON: ${strictError}`);
  if (strictError !== undefined && fieldValidation === 'Warn') warn(ctx, `error converting YAML to JSON: ${strictError}`);
  if (value === null || value === undefined) value = {};
  if (!isRecord(value)) {
    const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'number';
    throw badRequest(
      `error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
    );
  }
  return value as unknown as KubeObject;
}

async function applied(target: Target, current: KubeObject | undefined, config: KubeObject, options: WriteOptions): Promise<KubeObject> {
  const { environment, ctx, resource, name } = target;
  const force = queryBool(ctx.query, 'force') ?? false;
  const manager = fieldManagerOf(target)!;
  const merged = await manager.apply(current, config, managerOf(target, options), { force, nowMs: environment.clock.now() });
  if (merged === current) return cloneJson(merged);
  const { managedFields } = merged.metadata;
  const object = wireKind(target).decode(cloneJson(merged), {});
  if (managedFields) object.metadata.managedFields = managedFields;
  if (!current && object.metadata.uid) {
    throw conflict(resource, name, `uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`);
  }
  ensureNamespace(target, object);
  checkName(target, object);
  return object;
}
