/** What Go's HTTP client says where Node's says something else: users search for these words. */
import { isIP } from 'node:net';

interface NodeError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly reason?: string;
}

/** Codes of failed verifications (`tls.TLSSocket.authorizationError`) → Go's crypto/x509. */
const certificateErrors: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
  CERT_SIGNATURE_FAILURE: 'certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'certificate has expired or is not yet valid',
};

const host = (address: string, port: number): string => (isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`);

function wrongName({ reason = '' }: NodeError, serverName: string): string {
  if (isIP(serverName)) return `cannot validate certificate for ${serverName} because it doesn't contain any IP SANs`;
  const names = [...reason.matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name);
  return `certificate is ${names.length === 0 ? 'not valid for any names' : `valid for ${names.join(', ')}`}, not ${serverName}`;
}

/**
 * The sentence for a failure to reach a server.
 * @param serverName whom its certificate had to name.
 */
export function goTransportError(error: Error, serverName: string): string {
  const { code = '', address = '', port = 0, hostname = '', message } = error as NodeError;
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${host(address, port)}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${host(address, port)}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${host(address, port)}: connect: network is unreachable`;
    case 'ETIMEDOUT':
      return `dial tcp ${host(address, port)}: i/o timeout`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${hostname}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: ${wrongName(error as NodeError, serverName)}`;
    case 'EPROTO':
      return 'tls: first record does not look like a TLS handshake';
    default:
      return Object.hasOwn(certificateErrors, code) ? `tls: failed to verify certificate: x509: ${certificateErrors[code]}` : message;
  }
}
