import { describe, expect, it } from 'vitest';
import { cluster, hasKubectl } from './environment.js';

describe.skipIf(!hasKubectl)('a token of a service account', () => {
  const c = cluster();

  it('is issued to kubectl, makes its bearer the account, and holds as long as the account is there', async () => {
    await c.kubectl('create serviceaccount robot');
    const token = (await c.kubectl('create token robot')).trim();
    const robot = { kubeconfig: c.kubeconfigFor('robot', { token }) };
    const review = JSON.parse(await c.kubectl('auth whoami -o json', robot)) as { status: { userInfo: unknown } };
    expect(review.status.userInfo).toMatchObject({
      username: 'system:serviceaccount:default:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    await c.kubectl('create rolebinding robots-view --clusterrole=view --serviceaccount=default:robot');
    expect(await c.kubectl('auth can-i list pods', robot)).toBe('yes\n');

    await c.kubectl('delete serviceaccount robot');
    const { code, stderr } = await c.run(['get', 'pods'], robot);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Unauthorized|must be logged in/);
  });

  it('is not issued for an account that is not there', async () => {
    const { stderr } = await c.run(['create', 'token', 'nobody']);
    expect(stderr).toContain('serviceaccounts "nobody" not found');
  });
});

describe.skipIf(!hasKubectl)('objects that are encrypted at rest', () => {
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [
      { resources: ['secrets'], providers: [{ aescbc: { keys: [{ name: 'key1', secret: Buffer.alloc(32, 7).toString('base64') }] } }, { identity: {} }] },
    ],
  };
  const c = cluster((it) => ({ args: [`--encryption-provider-config=${it.file('encryption.yaml', configuration)}`] }));

  it('are read as they were written', async () => {
    await c.kubectl('create secret generic s --from-literal=password=swordfish');
    const { data } = await c.get<{ data: Record<string, string> }>('secret', 's');
    expect(Buffer.from(data.password!, 'base64').toString()).toBe('swordfish');
  });
});
