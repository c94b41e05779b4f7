/** Authentication by client certificate (k8s.io/apiserver/pkg/authentication/request/x509). */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { Authenticator, AuthResult } from '../authenticator.js';
import type { Certificate } from './certificate.js';
import { type ClientCAs, rememberedCertificates } from './remembered.js';
import { userFromSubject } from './subject-user.js';

export { certificatesFromPem, type ClientCAs } from './remembered.js';

export interface X509Options {
  readonly clientCAs: ClientCAs;
  readonly clock?: Clock;
  /** So many verified certificates are remembered. Default 1,024. */
  readonly maxRemembered?: number;
  /** Told of the time that the certificate of each request has left, for the metric `apiserver_client_certificate_expiration_seconds`. */
  readonly observeExpiry?: (remainingSeconds: number) => void;
}

/**
 * Knows users by the certificate that the client showed: CN is the name, each O a group, 1.3.6.1.4.1.57683.2 the uid.
 *
 * @throws Error when `clientCAs` is a text without a certificate. The authenticator throws one for a certificate that does not hold.
 */
export function x509({ clientCAs, clock = systemClock, maxRemembered, observeExpiry }: X509Options): Authenticator {
  const known = rememberedCertificates<AuthResult | undefined>({
    clientCAs,
    clock,
    maxRemembered,
    judge(leaf, fingerprint) {
      const user = userFromSubject(leaf.subjectAttributes, fingerprint);
      return user && Object.freeze({ user: Object.freeze(user) });
    },
    failure: (leaf, error) => new Error(`verifying certificate ${identifierOf(leaf)} failed: ${error.message}`, { cause: error }),
  });
  return {
    name: 'x509',
    authenticate(ctx) {
      const peer = ctx.request.peerCertificate();
      if (peer === undefined || peer.chain.length === 0) return undefined;
      const certificate = known(peer);
      if (certificate === undefined) return undefined;
      observeExpiry?.((certificate.leafNotAfter - clock.now()) / 1000);
      return certificate.verdict;
    },
  };
}

const identifierOf = ({ serialNumber, subjectKeyId, authorityKeyId }: Certificate): string =>
  `SN=${serialNumber}, SKID=${subjectKeyId}, AKID=${authorityKeyId}`;
