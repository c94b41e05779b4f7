import type { ApiRequest } from '@apiserver-kit/pipeline';
import { expect, it } from 'vitest';
import { sourceIPs } from './source-ips.js';

const from = (headers: Record<string, string>, remoteAddress: string) => sourceIPs({ headers, remoteAddress } as unknown as ApiRequest);

it.each([
  [{}, '10.0.0.1', ['10.0.0.1']],
  [{}, '', []],
  [{}, '::ffff:10.0.0.1', ['10.0.0.1']],
  [{}, '2001:DB8:0:0::1', ['2001:db8::1']],
  [{ 'x-forwarded-for': '1.1.1.1, 2.2.2.2' }, '2.2.2.2', ['1.1.1.1', '2.2.2.2']],
  [{ 'x-forwarded-for': 'nobody', 'x-real-ip': '3.3.3.3' }, '10.0.0.1', ['3.3.3.3', '10.0.0.1']],
  [{ 'x-forwarded-for': '3.3.3.3, 4.4.4.4', 'x-real-ip': '3.3.3.3' }, '10.0.0.1', ['3.3.3.3', '4.4.4.4', '10.0.0.1']],
])('a request with %j from %s came from %j', (headers, remote, expected) => {
  expect(from(headers as Record<string, string>, remote)).toEqual(expected);
});
