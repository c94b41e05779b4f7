/**
 * JSON merge patch (RFC 7386) as gopkg.in/evanphx/json-patch.v4 applies it. Where it differs from the RFC: a patch must be an object or an array, and nulls are taken out of
 * objects inside arrays too where the array replaces something that is not an object.
 *
 * The document is never written to: what does not change is shared with it.
 */
import { goJsonError } from './go-json-error.js';
import { parseJson } from './json.js';
import { type JsonObject, setMember } from './member.js';
import { isRecord } from './object.js';
import { PatchError } from './patch-error.js';

const badPatch = 'Invalid JSON Patch';

/**
 * Reads a merge patch.
 * @throws PatchError when the text is not JSON.
 */
export function decodeMergePatch(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (goJsonError(text) === undefined) throw error;
    throw new PatchError(badPatch);
  }
}

/**
 * Gives the document as the patch leaves it.
 * @throws PatchError when the patch is neither an object nor an array, or the document is null.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (document === null) throw new PatchError('Invalid JSON Document');
  if (isRecord(patch)) return isRecord(document) ? merged(document, patch) : withoutNulls(patch);
  if (Array.isArray(patch)) return withoutNulls(patch);
  throw new PatchError(badPatch);
}

function merged(document: JsonObject, patch: JsonObject): JsonObject {
  const names = Object.keys(patch);
  if (names.length === 0) return document;
  const result = { ...document };
  for (const name of names) {
    const change = patch[name];
    if (change === null) {
      delete result[name];
      continue;
    }
    const current = Object.hasOwn(result, name) ? result[name] : undefined;
    if (!isRecord(current)) setMember(result, name, withoutNulls(change));
    else setMember(result, name, isRecord(change) ? merged(current, change) : change);
  }
  return result;
}

/** Without the members that are null, at any depth. Nulls that are items of lists stay. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const result: JsonObject = {};
  for (const name of Object.keys(value)) {
    const member = (value as JsonObject)[name];
    if (member !== null) setMember(result, name, withoutNulls(member));
  }
  return result;
}
