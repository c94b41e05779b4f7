/** How objects of the built-in kinds are read and shown. */
import { groupKindText, type GroupVersionKind, type KubeObject, reasonCodes, StatusError, stringifyJson } from '@apiserver-kit/machinery';
import type { ObjectCodec } from '@apiserver-kit/rest';
import { defaultBuiltin } from '../defaults/default-builtin.js';
import type { BuiltinResource } from '../resources.js';
import { decodeBuiltin, DecodeError } from '../types/decode.js';
import { type StoredForm, storedForms } from '../types/kind-versions.js';
import { typeOf } from '../types/type-data.js';

/** The reference's sentence about a body that does not fit its kind. */
const cannotBeHandled = ({ kind, version }: GroupVersionKind, cause: DecodeError): StatusError =>
  new StatusError(
    { code: reasonCodes.BadRequest, reason: 'BadRequest', message: `${kind} in version "${version}" cannot be handled as a ${kind}: ${cause.message}` },
    { cause },
  );

/**
 * Reads objects of a kind: makes them fit its type and gives them its defaults.
 * @throws Error when there is no data for the kind.
 */
export function decoderOf(gvk: GroupVersionKind): ObjectCodec['decode'] {
  const type = typeOf(gvk);
  if (type === undefined) throw new Error(`no built-in type for ${groupKindText(gvk)} ${gvk.version}`);
  return (value, { onUnknownField }) => {
    try {
      const { object, unknownFields } = decodeBuiltin(type, value);
      if (onUnknownField) for (const path of unknownFields) onUnknownField(path);
      defaultBuiltin(gvk, object);
      return object as KubeObject;
    } catch (error) {
      throw error instanceof DecodeError ? cannotBeHandled(gvk, error) : error;
    }
  };
}

/** For kinds that are stored in the version they are served in: what is stored is what is shown. */
const plainCodec = (gvk: GroupVersionKind): ObjectCodec => ({
  id: `${gvk.group}/${gvk.version}`,
  decode: decoderOf(gvk),
  object: (entry) => entry.object(),
  bytes: (entry) => entry.bytes,
  toStored: (object) => object,
});

/** For versions that are stored as another: events.k8s.io/v1 as the core group's, autoscaling/v1 as v2. */
function convertingCodec(gvk: GroupVersionKind, { toStored, fromStored }: StoredForm): ObjectCodec {
  const id = `${gvk.group}/${gvk.version}`;
  const object: ObjectCodec['object'] = (entry) => entry.derived(id, () => fromStored(entry.object()) as KubeObject);
  return {
    id,
    decode: decoderOf(gvk),
    object,
    bytes: (entry) => entry.derived(`${id} bytes`, () => Buffer.from(stringifyJson(object(entry)))),
    toStored: (served) => toStored(served) as KubeObject,
  };
}

/** The codec of a resource. */
export const codecOf = (row: BuiltinResource): ObjectCodec => (row.storedAs ? convertingCodec(row, storedForms[row.kind]!) : plainCodec(row));
