/** AdmissionReview: what a webhook is asked, and what it answers (k8s.io/apiserver/pkg/admission/plugin/webhook/request). */
import { goQuote, isRecord, type JsonObject } from '@apiserver-kit/machinery';
import type { Attributes } from '../admission.js';
import type { MatchedResource } from '../matching/matched-resource.js';
import type { Versioned } from '../matching/versions.js';

export type ReviewVersion = 'v1' | 'v1beta1';

/** The first version that a webhook says it understands, of those there are. */
export const reviewVersion = (accepted: readonly string[] = []): ReviewVersion | undefined =>
  accepted.find((version): version is ReviewVersion => version === 'v1' || version === 'v1beta1');

/** Drops what Go's omitempty drops. */
const nonEmpty = (fields: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== '' && !(isRecord(value) && Object.keys(value).length === 0)),
  );

/** The member `request` of a review, in the order of the reference's struct. What CEL knows as `request`, but for the objects. */
export function admissionRequest(attributes: Attributes, matched: MatchedResource): JsonObject {
  const { user, kind, resource, subresource } = attributes;
  const { group, version } = resource;
  return nonEmpty({
    kind: { group: matched.kind.group, version: matched.kind.version, kind: matched.kind.kind },
    resource: { group: matched.resource.group, version: matched.resource.version, resource: matched.resource.resource },
    subResource: subresource,
    requestKind: { group: kind.group, version: kind.version, kind: kind.kind },
    requestResource: { group, version, resource: resource.resource },
    requestSubResource: subresource,
    name: attributes.name,
    namespace: attributes.namespace,
    operation: attributes.operation,
    userInfo: { ...nonEmpty({ username: user?.name, uid: user?.uid, groups: user?.groups.length ? user.groups : undefined, extra: user?.extra }) },
  });
}

/** The whole review. */
export function admissionReview(version: ReviewVersion, uid: string, attributes: Attributes, matched: MatchedResource, versioned: Versioned): JsonObject {
  const { userInfo, ...request } = admissionRequest(attributes, matched);
  return {
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid,
      ...request,
      userInfo: userInfo ?? {},
      object: versioned.object ?? null,
      oldObject: versioned.oldObject ?? null,
      dryRun: attributes.isDryRun,
      options: attributes.options ?? null,
    },
  };
}

/** What a webhook has decided. */
export interface ReviewAnswer {
  readonly allowed: boolean;
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** A Status; undefined where there is none. */
  readonly result: JsonObject | undefined;
  /** JSON; undefined where nothing is to be changed. */
  readonly patch: string | undefined;
  readonly patchType: string;
}

/** What is wrong with an answer, in the reference's words. */
export class ReviewError extends Error {}

const listOfTexts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []);
const mapOfTexts = (value: unknown): Readonly<Record<string, string>> =>
  isRecord(value) ? (Object.fromEntries(Object.entries(value).filter(([, item]) => typeof item === 'string')) as Record<string, string>) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function patchOf(response: JsonObject, version: ReviewVersion, mutates: boolean): Pick<ReviewAnswer, 'patch' | 'patchType'> {
  const encoded = text(response.patch);
  const { patchType } = response;
  const hasType = patchType !== undefined && patchType !== null;
  if (version === 'v1' && !mutates) {
    if (encoded !== '') throw new ReviewError('validating webhook may not return response.patch');
    if (hasType) throw new ReviewError('validating webhook may not return response.patchType');
  } else if (version === 'v1') {
    if (encoded !== '' && !hasType) throw new ReviewError('webhook returned response.patch but not response.patchType');
    if (encoded === '' && hasType) throw new ReviewError('webhook returned response.patchType but not response.patch');
    if (patchType === '') throw new ReviewError('webhook returned invalid response.patchType of ""');
  }
  if (!mutates || encoded === '') return { patch: undefined, patchType: '' };
  return { patch: Buffer.from(encoded, 'base64').toString('utf8'), patchType: version === 'v1' ? text(patchType) : 'JSONPatch' };
}

/**
 * Reads an answer.
 * @throws ReviewError when it is not one to the question.
 */
export function readReview(review: JsonObject, version: ReviewVersion, uid: string, mutates: boolean): ReviewAnswer {
  const { response } = review;
  if (!isRecord(response)) throw new ReviewError('webhook response was absent');
  // Answers of v1beta1 were never held to more.
  if (version === 'v1') {
    if (text(response.uid) !== uid) throw new ReviewError(`expected response.uid=${goQuote(uid)}, got ${goQuote(text(response.uid))}`);
    checkKind(review);
  }
  return {
    ...patchOf(response, version, mutates),
    allowed: response.allowed === true,
    auditAnnotations: mapOfTexts(response.auditAnnotations),
    warnings: listOfTexts(response.warnings),
    result: isRecord(response.status) ? response.status : undefined,
  };
}

function checkKind({ apiVersion, kind }: JsonObject): void {
  if (apiVersion === 'admission.k8s.io/v1' && kind === 'AdmissionReview') return;
  const groupVersion = text(apiVersion);
  const got = `${groupVersion.includes('/') ? groupVersion : `/${groupVersion}`}, Kind=${text(kind)}`;
  throw new ReviewError(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${got}`);
}
