import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { kubeconfig } from './kubeconfig.js';

describe('kubeconfig', () => {
  it('is read by a client, with everything inline', () => {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig({ server: 'https://127.0.0.1:6443', caPem: 'CA', certPem: 'CERT', keyPem: 'KEY', namespace: 'a' }));
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    expect(config.getCurrentCluster()).toMatchObject({ server: 'https://127.0.0.1:6443', caData: base64('CA') });
    expect(config.getCurrentUser()).toMatchObject({ name: 'kubernetes-admin', certData: base64('CERT'), keyData: base64('KEY') });
    expect(config.getContextObject(config.getCurrentContext())).toMatchObject({ namespace: 'a', cluster: 'apiserver-kit' });
  });

  it('takes names and tokens of any kind', () => {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig({ server: 'https://[::1]:1', caPem: 'CA', token: 'a: #"b"\n', userName: '- {x}' }));
    expect(config.getCurrentUser()).toMatchObject({ name: '- {x}', token: 'a: #"b"\n' });
    expect(config.getCurrentCluster()?.server).toBe('https://[::1]:1');
  });
});
