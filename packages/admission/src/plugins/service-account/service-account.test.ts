import { type Clock, type KubeObject, fakeClock } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../admission.js';
import { configMapAttributes } from '../../fixtures.js';
import { serviceAccount, type ServiceAccountPluginOptions } from './index.js';

const account = (choices: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  ...choices,
  metadata: { name: 'default', ...choices.metadata },
});
const podWrite = (spec: Record<string, unknown> = {}, metadata: KubeObject['metadata'] = {}): Attributes =>
  configMapAttributes({
    resource: { group: '', version: 'v1', resource: 'pods' },
    kind: { group: '', version: 'v1', kind: 'Pod' },
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', ...metadata }, spec: { containers: [{ name: 'app' }], ...spec } },
  });
const impatient: Clock = {
  now: () => 0,
  after: (_, run) => {
    queueMicrotask(run);
    return () => {};
  },
};
const admit = async (attributes: Attributes, found: KubeObject | undefined = account(), options: Partial<ServiceAccountPluginOptions> = {}) => {
  await serviceAccount({ accounts: () => found, mountsTokens: false, clock: impatient, ...options }).admit!(attributes);
  return attributes.object!.spec as Record<string, unknown>;
};

describe('ServiceAccount', () => {
  it('has pods run as the default account, with what it brings', async () => {
    expect(await admit(podWrite(), account({ imagePullSecrets: [{ name: 'pull' }] }))).toEqual({
      containers: [{ name: 'app' }],
      serviceAccountName: 'default',
      serviceAccount: 'default',
      imagePullSecrets: [{ name: 'pull' }],
    });
  });

  it('refuses pods whose account is not there', async () => {
    const missing: Partial<ServiceAccountPluginOptions> = { accounts: () => undefined };
    await expect(admit(podWrite({ serviceAccountName: 'robot' }), undefined, missing)).rejects.toThrow(
      'pods "x" is forbidden: error looking up service account team-a/robot: serviceaccount "robot" not found',
    );
  });

  it('waits for the default account, which somebody may be about to make', async () => {
    const clock = fakeClock();
    let asked = 0;
    const accounts = () => {
      asked++;
      if (asked === 2) return account();
      queueMicrotask(() => queueMicrotask(() => clock.advance(100)));
      return undefined;
    };
    await admit(podWrite(), undefined, { accounts, clock });
    expect(asked).toBe(2);
  });

  it('mounts a token, unless the pod or the account says no', async () => {
    const mounted = await admit(podWrite(), account(), { mountsTokens: true });
    expect(mounted.volumes).toMatchObject([
      {
        name: expect.stringMatching(/^kube-api-access-/),
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { expirationSeconds: 3607 } }, {}, {}] },
      },
    ]);
    expect(mounted.containers).toMatchObject([{ volumeMounts: [{ readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] }]);
    expect((await admit(podWrite({ automountServiceAccountToken: false }), account(), { mountsTokens: true })).volumes).toBeUndefined();
    expect((await admit(podWrite(), account({ automountServiceAccountToken: false }), { mountsTokens: true })).volumes).toBeUndefined();
  });

  it('keeps secrets from pods whose account does not name them, where it is asked to', async () => {
    const strict = account({ metadata: { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } }, secrets: [{ name: 'mine' }] });
    const volume = (secretName: string) => podWrite({ volumes: [{ name: 'v', secret: { secretName } }] });
    await admit(volume('mine'), strict);
    await expect(admit(volume('other'), strict)).rejects.toThrow(
      'volume with secret.secretName="other" is not allowed because service account default does not reference that secret',
    );
    const env = [{ name: 'E', valueFrom: { secretKeyRef: { name: 'other' } } }];
    await expect(admit(podWrite({ containers: [{ name: 'app', env }] }), strict)).rejects.toThrow(
      'container app with envVar E referencing secret.secretName="other" is not allowed',
    );
  });

  it('lets mirror pods have neither account nor secrets', async () => {
    const annotations = { 'kubernetes.io/config.mirror': '' };
    expect(await admit(podWrite({}, { annotations }))).toEqual({ containers: [{ name: 'app' }] });
    await expect(admit(podWrite({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }, { annotations }))).rejects.toThrow(
      'a mirror pod may not reference secrets',
    );
  });
});
