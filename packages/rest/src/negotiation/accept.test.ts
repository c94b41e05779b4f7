import { createContext, type RequestContext } from '@apiserver-kit/pipeline';
import { describe, expect, it } from 'vitest';
import { negotiate } from './accept.js';

const asking = (accept: string | undefined, rawQuery = '', agent = 'client'): RequestContext =>
  createContext({
    method: 'GET',
    path: '/',
    rawQuery,
    headers: { accept, 'user-agent': agent },
    isSecure: true,
    protocol: 'HTTP/1.1',
    remoteAddress: '',
    peerCertificate: () => undefined,
    body: async () => new Uint8Array(0),
  });

describe('a client that accepts', () => {
  const cases: [string | undefined, Partial<ReturnType<typeof negotiate>>][] = [
    [undefined, { format: 'json', as: undefined }],
    ['', { format: 'json' }],
    ['*/*', { format: 'json' }],
    ['application/*', { format: 'json' }],
    ['application/yaml', { format: 'yaml' }],
    ['application/yaml;q=0.5,application/json', { format: 'json' }],
    ['application/vnd.kubernetes.protobuf,application/json', { format: 'json' }],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', { format: 'json', as: 'Table', version: 'v1' }],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', { as: 'Table', version: 'v1beta1' }],
    ['application/json;as=Chair;v=v1;g=meta.k8s.io,application/json', { as: undefined }],
    ['application/yaml;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', { format: 'yaml', as: 'PartialObjectMetadata' }],
  ];
  for (const [accept, expected] of cases) it(`${accept} gets ${JSON.stringify(expected)}`, () => expect(negotiate(asking(accept))).toMatchObject(expected));

  for (const accept of ['application/xml', 'application/cbor', ';;;', 'application/json;as=Chair;v=v1;g=meta.k8s.io']) {
    it(`${accept} gets nothing`, () =>
      expect(() => negotiate(asking(accept))).toThrow('only the following media types are accepted: application/json, application/yaml'));
  }
});

describe('indentation', () => {
  it('is for those who ask for it, and for people’s tools', () => {
    expect(negotiate(asking(undefined, 'pretty=true')).pretty).toBe(true);
    expect(negotiate(asking('application/json', '', 'curl/8')).pretty).toBe(true);
    expect(negotiate(asking(undefined, 'pretty=0', 'curl/8')).pretty).toBe(false);
    expect(negotiate(asking(undefined)).pretty).toBe(false);
  });
});

describe('a watch', () => {
  it('has no YAML', () => {
    expect(() => negotiate(asking('application/yaml'), { streaming: true })).toThrow('application/json, application/vnd.kubernetes.protobuf');
    expect(negotiate(asking('application/json;stream=watch'), { streaming: true }).format).toBe('json');
  });
});
