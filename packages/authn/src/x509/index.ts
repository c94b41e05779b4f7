/** Authentication by client certificate (k8s.io/apiserver/pkg/authentication/request/x509). */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { PeerCertificate } from '@apiserver-kit/pipeline';
import type { Authenticator, AuthResult } from '../authenticator.js';
import { type Certificate, fingerprintOf, parseCertificate } from './certificate.js';
import { userFromSubject } from './subject-user.js';
import { clientAuth, verify } from './verify.js';

/** PEM of the authorities; a function is asked at each request, so that they can change, and may answer undefined while there are none. */
export type ClientCAs = string | (() => string | undefined);

export interface X509Options {
  readonly clientCAs: ClientCAs;
  readonly clock?: Clock;
  /** So many verified certificates are remembered. Default 1,024. */
  readonly maxRemembered?: number;
  /** Told of the time that the certificate of each request has left, for the metric `apiserver_client_certificate_expiration_seconds`. */
  readonly observeExpiry?: (remainingSeconds: number) => void;
}

/** A certificate that was verified, until when that holds, and whose it is. */
interface Verified {
  readonly leafNotAfter: number;
  readonly notAfter: number;
  readonly result: AuthResult | undefined;
}

/** What is known under one set of authorities; forgotten as a whole when they change. */
interface Trust {
  readonly pem: string;
  readonly roots: readonly Certificate[];
  readonly byFingerprint: Map<string, Verified>;
  readonly byPeer: WeakMap<PeerCertificate, Verified>;
}

const pemBlock = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM text; blocks of other kinds, and those that cannot be read, are passed over as the reference does.
 */
export function certificatesFromPem(pem: string): Certificate[] {
  const found: Certificate[] = [];
  for (const [, base64] of pem.matchAll(pemBlock)) {
    try {
      found.push(parseCertificate(Buffer.from(base64!, 'base64')));
    } catch {
      // One authority that cannot be read must not lock out the clients of the others.
    }
  }
  return found;
}

/**
 * Knows users by the certificate that the client showed: CN is the name, each O a group, 1.3.6.1.4.1.57683.2 the uid.
 *
 * A verified certificate is remembered until it, or an authority above it, expires: by the connection it came on, where asking again costs a
 * look-up, and by its fingerprint, for new connections.
 *
 * @throws Error when `clientCAs` is a text without a certificate. The authenticator throws one for a certificate that does not hold.
 */
export function x509({ clientCAs, clock = systemClock, maxRemembered = 1024, observeExpiry }: X509Options): Authenticator {
  const pemNow = typeof clientCAs === 'string' ? () => clientCAs : clientCAs;
  let trust: Trust | undefined;
  const currentTrust = (): Trust | undefined => {
    const pem = pemNow();
    if (pem === undefined) return undefined;
    if (trust?.pem === pem) return trust;
    const roots = certificatesFromPem(pem);
    if (roots.length === 0) throw new Error('clientCAs holds no certificate');
    trust = { pem, roots, byFingerprint: new Map(), byPeer: new WeakMap() };
    return trust;
  };
  if (typeof clientCAs === 'string') currentTrust();

  return {
    name: 'x509',
    authenticate(ctx) {
      const peer = ctx.request.peerCertificate();
      if (peer === undefined || peer.chain.length === 0) return undefined;
      const trusted = currentTrust();
      if (trusted === undefined) return undefined;
      const now = clock.now();
      let known = trusted.byPeer.get(peer);
      if (known === undefined || now > known.notAfter) {
        known = verified(peer, trusted, now, maxRemembered);
        trusted.byPeer.set(peer, known);
      }
      observeExpiry?.((known.leafNotAfter - now) / 1000);
      return known.result;
    },
  };
}

function verified(peer: PeerCertificate, { roots, byFingerprint }: Trust, now: number, maxRemembered: number): Verified {
  const [leafBytes, ...others] = peer.chain;
  const fingerprint = fingerprintOf(leafBytes!);
  const known = byFingerprint.get(fingerprint);
  if (known !== undefined && now <= known.notAfter) return known;
  const leaf = parseCertificate(leafBytes!);
  let chain: Certificate[];
  try {
    chain = verify(leaf, { roots, intermediates: others.map(parseCertificate), now, usage: clientAuth });
  } catch (error) {
    throw new Error(`verifying certificate ${identifierOf(leaf)} failed: ${(error as Error).message}`, { cause: error });
  }
  const user = userFromSubject(leaf.subjectAttributes, fingerprint);
  const found: Verified = {
    leafNotAfter: leaf.notAfter,
    notAfter: Math.min(...chain.map(({ notAfter }) => notAfter)),
    result: user && Object.freeze({ user: Object.freeze(user) }),
  };
  // The oldest goes first: a map keeps the order of insertion.
  byFingerprint.delete(fingerprint);
  if (byFingerprint.size >= maxRemembered) byFingerprint.delete(byFingerprint.keys().next().value!);
  byFingerprint.set(fingerprint, found);
  return found;
}

const identifierOf = ({ serialNumber, subjectKeyId, authorityKeyId }: Certificate): string =>
  `SN=${serialNumber}, SKID=${subjectKeyId}, AKID=${authorityKeyId}`;
