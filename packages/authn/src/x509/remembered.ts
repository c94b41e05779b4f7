/** Client certificates that were verified, so that they need not be again while they hold. */
import { type Clock, systemClock } from '@apiserver-kit/machinery';
import type { PeerCertificate } from '@apiserver-kit/pipeline';
import { type Certificate, fingerprintOf, parseCertificate } from './certificate.js';
import { clientAuth, verify } from './verify.js';

/** PEM of the authorities; a function is asked at each request, so that they can change, and may answer undefined while there are none. */
export type ClientCAs = string | (() => string | undefined);

export interface RememberedOptions<Verdict> {
  readonly clientCAs: ClientCAs;
  /** What a certificate that holds stands for. What it throws is not remembered. */
  readonly judge: (leaf: Certificate, fingerprint: string) => Verdict;
  /** Words the failure of a certificate that does not hold. Default: as it is. */
  readonly failure?: (leaf: Certificate, error: Error) => Error;
  readonly clock?: Clock;
  /** So many are remembered. Default 1,024. */
  readonly maxRemembered?: number;
}

/** A certificate that was verified, until when that holds, and what it stands for. */
export interface Verified<Verdict> {
  readonly leafNotAfter: number;
  readonly notAfter: number;
  readonly verdict: Verdict;
}

/** What is known under one set of authorities; forgotten as a whole when they change. */
interface Trust<Verdict> {
  readonly pem: string;
  readonly roots: readonly Certificate[];
  readonly byFingerprint: Map<string, Verified<Verdict>>;
  readonly byPeer: WeakMap<PeerCertificate, Verified<Verdict>>;
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
 * Makes what verifies the certificate of a client for client authentication and judges it.
 *
 * A verified certificate is remembered until it, or an authority above it, expires: by the connection it came on, where asking again costs a
 * look-up, and by its fingerprint, for new connections.
 *
 * @returns a function that gives undefined while there are no authorities, and throws for a certificate that does not hold.
 * @throws Error when `clientCAs` is a text without a certificate.
 */
export function rememberedCertificates<Verdict>(options: RememberedOptions<Verdict>): (peer: PeerCertificate) => Verified<Verdict> | undefined {
  const { clientCAs, clock = systemClock } = options;
  const pemNow = typeof clientCAs === 'string' ? () => clientCAs : clientCAs;
  let trust: Trust<Verdict> | undefined;
  const currentTrust = (): Trust<Verdict> | undefined => {
    const pem = pemNow();
    if (pem === undefined) return undefined;
    if (trust?.pem === pem) return trust;
    const roots = certificatesFromPem(pem);
    if (roots.length === 0) throw new Error('clientCAs holds no certificate');
    trust = { pem, roots, byFingerprint: new Map(), byPeer: new WeakMap() };
    return trust;
  };
  if (typeof clientCAs === 'string') currentTrust();

  return (peer) => {
    const trusted = currentTrust();
    if (trusted === undefined) return undefined;
    const now = clock.now();
    let known = trusted.byPeer.get(peer);
    if (known === undefined || now > known.notAfter) {
      known = verified(peer, trusted, now, options);
      trusted.byPeer.set(peer, known);
    }
    return known;
  };
}

function verified<Verdict>(
  peer: PeerCertificate,
  { roots, byFingerprint }: Trust<Verdict>,
  now: number,
  { judge, failure, maxRemembered = 1024 }: RememberedOptions<Verdict>,
): Verified<Verdict> {
  const [leafBytes, ...others] = peer.chain;
  const fingerprint = fingerprintOf(leafBytes!);
  const known = byFingerprint.get(fingerprint);
  if (known !== undefined && now <= known.notAfter) return known;
  const leaf = parseCertificate(leafBytes!);
  let chain: Certificate[];
  try {
    chain = verify(leaf, { roots, intermediates: others.map(parseCertificate), now, usage: clientAuth });
  } catch (error) {
    throw failure?.(leaf, error as Error) ?? error;
  }
  const found: Verified<Verdict> = {
    leafNotAfter: leaf.notAfter,
    notAfter: Math.min(...chain.map(({ notAfter }) => notAfter)),
    verdict: judge(leaf, fingerprint),
  };
  // The oldest goes first: a map keeps the order of insertion.
  byFingerprint.delete(fingerprint);
  if (byFingerprint.size >= maxRemembered) byFingerprint.delete(byFingerprint.keys().next().value!);
  byFingerprint.set(fingerprint, found);
  return found;
}
