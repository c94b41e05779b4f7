/** From where a request came (k8s.io/apimachinery/pkg/util/net SourceIPs). */
import type { ApiRequest } from '@apiserver-kit/pipeline';
import { isIP } from 'node:net';

/**
 * The addresses in `X-Forwarded-For`, then the one in `X-Real-Ip`, then the one of the connection, which alone nobody could make up; each as Go
 * prints it.
 */
export function sourceIPs({ headers, headerValues, remoteAddress }: ApiRequest): string[] {
  const ips: string[] = [];
  const forwarded = headers['x-forwarded-for'];
  if (forwarded !== undefined) {
    const first = headerValues?.('x-forwarded-for')[0] ?? forwarded;
    for (const part of first.split(',')) push(ips, canonical(part.trim()));
  }
  const real = canonical(headers['x-real-ip'] ?? '');
  if (real !== undefined && !ips.includes(real)) ips.push(real);
  const remote = canonical(remoteAddress);
  if (remote !== undefined && ips.at(-1) !== remote) ips.push(remote);
  return ips;
}

function push(ips: string[], ip: string | undefined): void {
  if (ip !== undefined) ips.push(ip);
}

/** Undefined for what is no address. */
function canonical(text: string): string | undefined {
  const version = isIP(text);
  if (version === 4) return text;
  if (version !== 6) return undefined;
  const address = text.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped === null ? new URL(`http://[${address}]`).hostname.slice(1, -1) : mapped[1];
}
