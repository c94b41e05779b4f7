import { execFileSync } from 'node:child_process';
import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../admission.js';
import { configMapAttributes } from '../fixtures.js';
import { certificateApproval, certificateSigning, certificateSubjectRestriction, type MayUser } from './index.js';

const csr = (spec: Record<string, unknown>, status: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'x' },
  spec,
  status,
});
const write = (object: KubeObject, choices: Partial<Attributes> = {}): Attributes =>
  configMapAttributes({
    resource: { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' },
    kind: { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' },
    namespace: '',
    object,
    ...choices,
  });
const may =
  (...allowed: string[]): MayUser =>
  (_, { verb, resource, name }) => ({ allowed: allowed.includes(`${verb} ${resource} ${name}`), reason: '' });

describe('CertificateApproval', () => {
  const approve = (mayUser: MayUser) => {
    const object = csr({ signerName: 'example.com/a' });
    return certificateApproval(mayUser).validate!(write(object, { operation: 'UPDATE', subresource: 'approval', oldObject: object }));
  };

  it('lets those approve who may for the signer, or its domain', async () => {
    await approve(may('approve signers example.com/a'));
    await approve(may('approve signers example.com/*'));
    await expect(approve(may('sign signers example.com/a'))).rejects.toThrow(
      'certificatesigningrequests.certificates.k8s.io "x" is forbidden: user not permitted to approve requests with signerName "example.com/a"',
    );
  });
});

describe('CertificateSigning', () => {
  const sign = (status: Record<string, unknown>, mayUser: MayUser) => {
    const oldObject = csr({ signerName: 'example.com/a' });
    return certificateSigning(mayUser).validate!(
      write(csr({ signerName: 'example.com/a' }, status), { operation: 'UPDATE', subresource: 'status', oldObject }),
    );
  };

  it('lets those issue who may sign', async () => {
    await sign({ certificate: 'abc' }, may('sign signers example.com/a'));
    await expect(sign({ certificate: 'abc' }, may())).rejects.toThrow('user not permitted to sign requests with signerName "example.com/a"');
    expect(sign({}, may())).toBeUndefined();
  });
});

describe('CertificateSubjectRestriction', () => {
  const requestFor = (subject: string): string => {
    const pem = execFileSync(
      'openssl',
      ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null', '-subj', subject],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    return pem.toString('base64');
  };
  const create =
    (request: string, signerName = 'kubernetes.io/kube-apiserver-client') =>
    () =>
      certificateSubjectRestriction().validate!(write(csr({ signerName, request })));

  it('refuses requests to be one of the masters', () => {
    const request = requestFor('/CN=eve/O=dev/O=system:masters');
    expect(create(request)).toThrow('use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed');
    expect(create(request, 'example.com/a')).not.toThrow();
    expect(create(requestFor('/CN=jane/O=dev'))).not.toThrow();
    expect(create(Buffer.from('none').toString('base64'))).toThrow('failed to parse CSR: PEM block type must be CERTIFICATE REQUEST');
  });
});
