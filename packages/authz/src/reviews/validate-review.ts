/** What makes an access review one that can be answered (pkg/apis/authorization/validation). */
import {
  badRequest,
  child,
  type FieldError,
  forbiddenField,
  index,
  invalid,
  invalidValue,
  type KubeObject,
  labelValue,
  type ObjectMeta,
  qualifiedName,
  required,
  type StatusError,
} from '@apiserver-kit/machinery';
import {
  authorizationGroup,
  type NonResourceAttributes,
  type Review,
  type SelectorAttributes,
  type SelectorRequirement,
  type SelfSubjectAccessReviewSpec,
  type SubjectAccessReviewSpec,
} from './spec.js';

/** @throws StatusError Invalid. */
export function validateSubjectAccessReview(review: Review<SubjectAccessReviewSpec>): void {
  throwAny([...subjectErrors(review.spec), ...metadataErrors(review, [], 'must be empty')]);
}

/** @throws StatusError Invalid. */
export function validateSelfSubjectAccessReview(review: Review<SelfSubjectAccessReviewSpec>): void {
  throwAny([...oneOfErrors(review.spec), ...selectorErrors(review.spec), ...metadataErrors(review, [], 'must be empty')]);
}

/**
 * @param namespace of the request.
 * @throws StatusError Invalid, or BadRequest.
 */
export function validateLocalSubjectAccessReview(review: Review<SubjectAccessReviewSpec>, namespace: string): void {
  const { spec, metadata } = review;
  const own = metadata.namespace ?? '';
  const errors = [...subjectErrors(spec), ...metadataErrors(review, ['namespace'], 'must be empty except for namespace')];
  const asked = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes && asked !== own) errors.push(invalidValue('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'));
  if (spec.nonResourceAttributes)
    errors.push(invalidValue('spec.nonResourceAttributes', printed(spec.nonResourceAttributes), 'disallowed on this kind of request'));
  throwAny(errors);
  if (namespace === '') throw badRequest('namespace is required on this type: ');
  if (namespace !== own) throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
}

function throwAny(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw reviewInvalid(errors);
}

/** The reference loses the kind on its way from the wire to the validation, and so its message has none. */
const reviewInvalid = (errors: readonly FieldError[]): StatusError => invalid({ group: authorizationGroup, kind: '' }, '', errors);

function subjectErrors(spec: SubjectAccessReviewSpec): FieldError[] {
  const errors = oneOfErrors(spec);
  if (!spec.user && !spec.groups?.length) errors.push(invalidValue('spec.user', '', 'at least one of user or group must be specified'));
  return [...errors, ...selectorErrors(spec)];
}

function oneOfErrors({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec): FieldError[] {
  if (!resourceAttributes !== !nonResourceAttributes) return [];
  return [invalidValue('spec', printed(nonResourceAttributes), 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
}

/** As the reference prints it: by the names of its inner type. */
const printed = (attributes: NonResourceAttributes | null | undefined): unknown =>
  attributes ? { Path: attributes.path ?? '', Verb: attributes.verb ?? '' } : null;

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || value === 0 || (typeof value === 'object' && Object.keys(value).length === 0);

function metadataErrors({ metadata }: KubeObject, except: readonly (keyof ObjectMeta)[], detail: string): FieldError[] {
  const ignored = new Set<string>(['managedFields', ...except]);
  const isClean = Object.entries(metadata).every(([name, value]) => ignored.has(name) || isEmpty(value));
  return isClean ? [] : [invalidValue('metadata', printedMetadata(metadata), detail)];
}

const metadataOrder: readonly (keyof ObjectMeta)[] = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/** In the order of the reference's type, without what is empty. */
const printedMetadata = (metadata: ObjectMeta): unknown =>
  Object.fromEntries(metadataOrder.flatMap((name) => (isEmpty(metadata[name]) ? [] : [[name, metadata[name]]])));

function selectorErrors({ resourceAttributes }: SelfSubjectAccessReviewSpec): FieldError[] {
  const path = 'spec.resourceAttributes';
  return [
    ...attributesErrors(resourceAttributes?.fieldSelector, child(path, 'fieldSelector'), fieldRequirementErrors),
    ...attributesErrors(resourceAttributes?.labelSelector, child(path, 'labelSelector'), labelRequirementErrors),
  ];
}

type RequirementCheck = (requirement: SelectorRequirement, path: string) => FieldError[];

function attributesErrors(selector: SelectorAttributes | null | undefined, path: string, check: RequirementCheck): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements } = selector;
  const errors: FieldError[] = [];
  if (rawSelector !== '' && requirements?.length)
    errors.push(invalidValue(child(path, 'rawSelector'), rawSelector, 'may not specified at the same time as requirements'));
  if (rawSelector === '' && !requirements?.length)
    errors.push(required(child(path, 'requirements'), `when ${path} is specified, requirements or rawSelector is required`));
  return [...errors, ...(requirements ?? []).flatMap((requirement, at) => check(requirement, index(child(path, 'requirements'), at)))];
}

/** An operator that is not known is let through: a newer client means it, and the review is then answered as if it were not there. */
function valuesErrors({ operator, values }: SelectorRequirement, path: string): FieldError[] {
  const count = values?.length ?? 0;
  if ((operator === 'In' || operator === 'NotIn') && count === 0)
    return [required(child(path, 'values'), "must be specified when `operator` is 'In' or 'NotIn'")];
  if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0)
    return [forbiddenField(child(path, 'values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
  return [];
}

const fieldRequirementErrors: RequirementCheck = (requirement, path) => [
  ...(requirement.key ? [] : [required(child(path, 'key'), 'must be specified')]),
  ...valuesErrors(requirement, path),
];

const labelRequirementErrors: RequirementCheck = (requirement, path) => {
  const { key = '', values } = requirement;
  return [
    ...valuesErrors(requirement, path),
    ...qualifiedName(key).map((message) => invalidValue(child(path, 'key'), key, message)),
    ...(values ?? []).flatMap((value, at) => labelValue(value).map((message) => invalidValue(index(child(path, 'values'), at), value, message))),
  ];
};
