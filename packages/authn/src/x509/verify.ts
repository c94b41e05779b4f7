/** Whether a certificate is signed, link by link, by an authority that is trusted (the rules of Go's crypto/x509). */
import type { Certificate } from './certificate.js';

/** What a chain is judged by. */
export interface VerifyOptions {
  readonly roots: readonly Certificate[];
  /** Certificates that may stand between; trusted only where a root vouches for them. */
  readonly intermediates: readonly Certificate[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The extended key usage that each certificate of the chain has to allow. */
  readonly usage: string;
}

/** The extended key usage of certificates that clients show. */
export const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyUsage = '2.5.29.37.0';

/** So many signatures are looked at for one certificate: intermediates that a hostile client sends cost no more. */
const maxSignatureChecks = 100;

/**
 * A chain from the certificate to a root.
 *
 * Stricter than Go in one point: under an authority with name constraints, a certificate with alternative names is refused, whatever they are.
 *
 * @throws Error that says why there is none.
 */
export function verify(leaf: Certificate, { roots, intermediates, now, usage }: VerifyOptions): Certificate[] {
  let checksLeft = maxSignatureChecks;
  let hint: Error | undefined;

  const parentsOf = (child: Certificate, below: readonly Certificate[], candidates: readonly Certificate[], isRoot: boolean): Certificate[] =>
    candidates.filter((candidate) => {
      if (!isSame(candidate.subject, child.issuer) || below.some((seen) => isSameHolder(seen, candidate))) return false;
      if (--checksLeft < 0) throw new Error('x509: signature check attempts limit reached while verifying certificate chain');
      const problem = problemOfLink(child, candidate) ?? problemOf(candidate, now) ?? problemOfAuthority(candidate, below.length - 1, isRoot);
      if (problem !== undefined) hint ??= problem;
      return problem === undefined;
    });

  const search = (below: readonly Certificate[]): Certificate[] | undefined => {
    const child = below[below.length - 1]!;
    for (const root of parentsOf(child, below, roots, true)) {
      const chain = [...below, root];
      const problem = problemOfChain(chain, usage);
      if (problem === undefined) return chain;
      hint ??= problem;
    }
    for (const intermediate of parentsOf(child, below, intermediates, false)) {
      const chain = search([...below, intermediate]);
      if (chain !== undefined) return chain;
    }
    return undefined;
  };

  const problem = problemOf(leaf, now);
  if (problem !== undefined) throw problem;
  if (roots.some(({ raw }) => isSame(raw, leaf.raw))) {
    const unusable = problemOfChain([leaf], usage);
    if (unusable !== undefined) throw unusable;
    return [leaf];
  }
  const chain = search([leaf]);
  if (chain === undefined) throw hint ?? new Error('x509: certificate signed by unknown authority');
  return chain;
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** One holder with two certificates would let chains go round in circles. */
const isSameHolder = (a: Certificate, b: Certificate): boolean => isSame(a.subject, b.subject) && isSame(a.publicKeyInfo, b.publicKeyInfo);

const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function problemOf(certificate: Certificate, now: number): Error | undefined {
  if (certificate.hasUnknownCritical) return new Error('x509: unhandled critical extension');
  const { notBefore, notAfter } = certificate;
  const expired = 'x509: certificate has expired or is not yet valid: current time';
  if (now < notBefore) return new Error(`${expired} ${rfc3339(now)} is before ${rfc3339(notBefore)}`);
  if (now > notAfter) return new Error(`${expired} ${rfc3339(now)} is after ${rfc3339(notAfter)}`);
  return undefined;
}

function problemOfLink(child: Certificate, parent: Certificate): Error | undefined {
  if ((parent.version === 3 && parent.isCA === undefined) || parent.isCA === false || parent.forbidsSigning)
    return new Error('x509: invalid signature: parent certificate cannot sign this kind of certificate');
  if (!child.isStronglySigned) return new Error('x509: cannot verify signature: insecure or unknown algorithm');
  try {
    if (child.isSignedWith(parent.publicKey())) return undefined;
  } catch {
    // A key that node:crypto cannot use is as good as a wrong one.
  }
  return new Error('x509: certificate signed by unknown authority');
}

function problemOfAuthority(authority: Certificate, intermediatesBelow: number, isRoot: boolean): Error | undefined {
  if (!isRoot && authority.isCA !== true) return new Error('x509: certificate is not authorized to sign other certificates');
  if (authority.maxPathLength !== undefined && intermediatesBelow > authority.maxPathLength)
    return new Error('x509: too many intermediates for path length constraint');
  return undefined;
}

function problemOfChain(chain: readonly Certificate[], usage: string): Error | undefined {
  for (const { extendedKeyUsage: usages } of chain)
    if (usages.length > 0 && !usages.includes(anyUsage) && !usages.includes(usage)) return new Error('x509: certificate specifies an incompatible key usage');
  const constrained = chain.findLastIndex(({ hasNameConstraints }, at) => hasNameConstraints && at > 0);
  if (chain.slice(0, Math.max(constrained, 0)).some(({ hasAlternativeNames }) => hasAlternativeNames))
    return new Error('x509: a root or intermediate certificate is not authorized to sign for this name');
  return undefined;
}
