/** Plugins that guard requests for certificates (plugin/pkg/admission/certificates). */
import { goQuote, jsonEqual, type KubeObject } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../admission.js';
import { requestedOrganizations } from './certificate-subject.js';
import { forbid } from './forbid.js';
import type { MayUser } from './owner-references.js';

interface SigningSpec {
  readonly signerName?: string;
  /** PEM in base64. */
  readonly request?: string;
}

const specOf = (object: KubeObject | undefined): SigningSpec => (object?.spec as SigningSpec | undefined) ?? {};
const isRequest = ({ resource: { group, resource } }: Attributes): boolean => group === 'certificates.k8s.io' && resource === 'certificatesigningrequests';

/** Whether the user may do that for a signer, or for all signers of its domain. */
async function mayFor(mayUser: MayUser, { user }: Attributes, verb: string, signerName: string): Promise<boolean> {
  const domain = signerName.split('/', 1)[0];
  for (const name of [signerName, `${domain}/*`]) {
    const answer = await mayUser(user, { verb, namespace: '', group: 'certificates.k8s.io', version: '*', resource: 'signers', subresource: '', name });
    if (answer.allowed) return true;
  }
  return false;
}

/** CertificateApproval: requests are approved, or denied, by who may do that for their signer. */
export const certificateApproval = (mayUser: MayUser): AdmissionPlugin => ({
  name: 'CertificateApproval',
  handles: (operation) => operation === 'UPDATE',
  validate(attributes) {
    if (!isRequest(attributes) || attributes.subresource !== 'approval') return;
    const { signerName = '' } = specOf(attributes.oldObject);
    return mayFor(mayUser, attributes, 'approve', signerName).then((may) => {
      if (!may) throw forbid(attributes, `user not permitted to approve requests with signerName ${goQuote(signerName)}`);
    });
  },
});

interface SigningStatus {
  readonly certificate?: unknown;
  readonly conditions?: readonly unknown[];
}

const statusOf = (object: KubeObject | undefined): SigningStatus => (object?.status as SigningStatus | undefined) ?? {};

/** CertificateSigning: certificates are issued by who may sign for the signer. */
export const certificateSigning = (mayUser: MayUser): AdmissionPlugin => ({
  name: 'CertificateSigning',
  handles: (operation) => operation === 'UPDATE',
  validate(attributes) {
    if (!isRequest(attributes) || attributes.subresource !== 'status') return;
    const [status, before] = [statusOf(attributes.object), statusOf(attributes.oldObject)];
    if (status.certificate === before.certificate && jsonEqual(status.conditions ?? [], before.conditions ?? [])) return;
    const { signerName = '' } = specOf(attributes.oldObject);
    return mayFor(mayUser, attributes, 'sign', signerName).then((may) => {
      if (!may) throw forbid(attributes, `user not permitted to sign requests with signerName ${goQuote(signerName)}`);
    });
  },
});

const clientSigner = 'kubernetes.io/kube-apiserver-client';
const masters = 'system:masters';

/** CertificateSubjectRestriction: nobody asks the signer of clients to be one of those who may do everything. */
export const certificateSubjectRestriction = (): AdmissionPlugin => ({
  name: 'CertificateSubjectRestriction',
  handles: (operation) => operation === 'CREATE',
  validate(attributes) {
    if (!isRequest(attributes) || attributes.subresource !== '') return;
    const { signerName, request = '' } = specOf(attributes.object);
    if (signerName !== clientSigner) return;
    let organizations: string[];
    try {
      organizations = requestedOrganizations(Buffer.from(request, 'base64').toString('utf8'));
    } catch (error) {
      throw forbid(attributes, `failed to parse CSR: ${(error as Error).message}`);
    }
    if (organizations.includes(masters)) throw forbid(attributes, `use of ${clientSigner} signer with ${masters} group is not allowed`);
  },
});
