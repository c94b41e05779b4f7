/** The user that a certificate's subject names (CommonNameUserConversion of k8s.io/apiserver/pkg/authentication/request/x509). */
import type { UserInfo } from '@apiserver-kit/pipeline';
import type { SubjectAttribute } from './certificate.js';

const commonName = '2.5.4.3';
const organization = '2.5.4.10';
/** The Cloud Native Computing Foundation's attribute for a user's uid. */
const userUid = '1.3.6.1.4.1.57683.2';

/** The extra that says by which credential a user came. */
export const credentialIdKey = 'authentication.kubernetes.io/credential-id';

/**
 * The user of a subject: CN is the name, each O a group.
 * @param attributes in the order of the certificate; a value that is not text is one that cannot be used.
 * @param fingerprint SHA-256 of the certificate, in hex.
 * @returns undefined without a name.
 * @throws Error when there are several uids, or an empty one.
 */
export function userFromSubject(
  attributes: readonly (Omit<SubjectAttribute, 'value'> & { readonly value: unknown })[],
  fingerprint: string,
): UserInfo | undefined {
  const texts = (type: string): string[] =>
    attributes
      .filter((attribute) => attribute.type === type)
      .map(({ value }) => value)
      .filter((value) => typeof value === 'string');
  const name = texts(commonName).at(-1) ?? '';
  if (name === '') return undefined;
  return {
    name,
    uid: uidOf(attributes.filter(({ type }) => type === userUid).map(({ value }) => value)),
    groups: texts(organization),
    extra: { [credentialIdKey]: [`X509SHA256=${fingerprint}`] },
  };
}

/** The name of a subject; empty where it has none. Of several, the last counts. */
export const commonNameOf = (attributes: readonly SubjectAttribute[]): string => attributes.filter(({ type }) => type === commonName).at(-1)?.value ?? '';

function uidOf(values: readonly unknown[]): string {
  if (values.some((value) => typeof value !== 'string')) throw new Error('unable to parse UID into a string');
  if (values.length > 1) throw new Error(`expected 1 UID, but found multiple: [${values.join(' ')}]`);
  if (values[0] === '') throw new Error('UID cannot be an empty string');
  return (values[0] as string | undefined) ?? '';
}
