/** From a request's body to an object that can be written. */
import { badRequest, type KubeObject } from '@apiserver-kit/machinery';
import { warn } from '@apiserver-kit/pipeline';
import type { Target } from '../environment.js';
import { type ExpectedKind, expectKind, type ReadBody } from '../negotiation/body.js';
import type { ObjectCodec } from '../served-resource.js';
import type { FieldValidation } from './write-options.js';

/** Collects what strict field validation complains of. */
export interface StrictErrors {
  readonly list: string[];
  readonly onUnknownField: ((path: string) => void) | undefined;
}

export function strictErrors(validation: FieldValidation): StrictErrors {
  const list: string[] = [];
  return { list, onUnknownField: validation === 'Ignore' ? undefined : (path) => void list.push(`unknown field ${JSON.stringify(path)}`) };
}

/** The part of a target that says which objects come and go: the resource's, or its subresource's where that has a kind of its own. */
export function wireKind({ resource, subresource }: Target): ExpectedKind & { readonly decode: ObjectCodec['decode'] } {
  const { kind, projection, create } = subresource ?? {};
  const { family } = resource;
  if (kind && create) return { ...kind, family, decode: create.decode };
  if (kind && projection) return { ...kind, family, isProjection: true, decode: projection.decode };
  const { group, version, kind: ownKind, codec } = resource;
  return { group, version, kind: ownKind, family, decode: (value, options) => codec.decode(value, options) };
}

/**
 * Makes a body an object of the target's kind, with defaults; unknown fields are warned of or refused, as the client wishes (KEP-2885).
 * @throws StatusError BadRequest
 */
export function decodeBody(target: Target, body: ReadBody, validation: FieldValidation): KubeObject {
  const expected = wireKind(target);
  const strict = strictErrors(validation);
  // Before decoding, which changes what was parsed.
  if (validation !== 'Ignore') strict.list.push(...body.duplicates());
  const object = expected.decode(expectKind(body, expected), strict);
  if (strict.list.length === 0) return object;
  if (validation === 'Strict') {
    throw badRequest(
      `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: strict decoding error: ${strict.list.join(', ')}`,
    );
  }
  for (const text of strict.list) warn(target.ctx, text);
  return object;
}

/**
 * Gives the object the namespace of the request.
 * @throws StatusError BadRequest where it names another.
 */
export function ensureNamespace({ resource, namespace }: Target, { metadata }: KubeObject): void {
  if (!resource.namespaced) {
    // As the reference: the namespace of an object without one is dropped, not refused.
    delete metadata.namespace;
    return;
  }
  if (!metadata.namespace) metadata.namespace = namespace;
  else if (metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** @throws StatusError BadRequest where the object's name is not that of the path. */
export function checkName({ name }: Target, { metadata }: KubeObject): void {
  if (!metadata.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}
