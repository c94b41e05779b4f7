/** What a TokenRequest may ask for (pkg/apis/authentication/validation). */
import { dns1123Subdomain, type FieldError, index, invalidValue, key, notSupported } from '@apiserver-kit/machinery';

export interface BoundObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
}

export interface TokenRequestSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number | bigint | null;
  readonly boundObjectRef?: BoundObjectReference | null;
  readonly attestations?: Readonly<Record<string, readonly string[]>> | null;
}

const minSeconds = 10 * 60;
const maxSeconds = 2 ** 32;
const apiGroups = 'admissionReviewAPIGroups';

/** True for a configuration of admission webhooks. */
export const isWebhookReference = (ref: BoundObjectReference | null | undefined): boolean =>
  ref?.apiVersion === 'admissionregistration.k8s.io/v1' && (ref.kind === 'ValidatingWebhookConfiguration' || ref.kind === 'MutatingWebhookConfiguration');

/** Everything wrong with a request whose defaults are filled in. */
export function validateTokenRequest({ expirationSeconds = 0, audiences = [], boundObjectRef, attestations }: TokenRequestSpec): FieldError[] {
  const errors: FieldError[] = [];
  const seconds = Number(expirationSeconds);
  if (seconds < minSeconds) errors.push(invalidValue('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > maxSeconds) errors.push(invalidValue('spec.expirationSeconds', expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  if (!isWebhookReference(boundObjectRef)) {
    if (attestations && Object.keys(attestations).length > 0)
      return [invalidValue('spec.attestations', attestations, 'attestations may only be specified with a webhook bound object reference')];
    return errors;
  }
  if (audiences.length !== 1) errors.push(invalidValue('spec.audiences', audiences, 'must be length 1 when bound to a webhook config'));
  return [...errors, ...validateAttestations(attestations ?? {})];
}

function validateAttestations(attestations: Readonly<Record<string, readonly string[]>>): FieldError[] {
  const field = 'spec.attestations';
  const entries = Object.entries(attestations);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1)
    return [invalidValue(field, attestations, 'webhook bound requests require exactly one admissionReviewAPIGroups attestation')];
  const [name, values] = entry;
  const path = key(field, name);
  if (name !== apiGroups) return [notSupported(path, name, [apiGroups])];
  const [group] = values;
  if (group === undefined || values.length > 1) return [invalidValue(path, values, 'must specify a single value')];
  if (group === '') return [invalidValue(index(path, 0), group, 'may not be an empty string')];
  // `*` is for the server itself, which asks all webhooks.
  return group === '*' ? [] : dns1123Subdomain(group).map((reason) => invalidValue(index(path, 0), group, `must specify a valid API Group: ${reason}`));
}
