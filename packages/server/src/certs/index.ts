/** Certificates: an authority, what it issues, and the files of a server. */
export { type Certificates, type CertificatesOptions, initCertificates, usualSans } from './init.js';
export {
  type AuthorityOptions,
  type CertificateAndKey,
  type CertificateUsage,
  createCertificateAuthority,
  type IssueOptions,
  issueCertificate,
  type Subject,
} from './x509.js';
