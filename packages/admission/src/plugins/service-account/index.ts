/** ServiceAccount: pods run as somebody, who is there (plugin/pkg/admission/serviceaccount). */
import { type Clock, type KubeObject, systemClock } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../../admission.js';
import { forbid } from '../forbid.js';
import { podOf, type PodSpec } from '../pods.js';
import { ephemeralViolation, hasSecrets, hasTokenVolumes, secretViolation } from './secrets.js';
import { mountToken } from './token-volume.js';

export interface ServiceAccountPluginOptions {
  /** Reads an account as it is now; undefined when there is none. */
  readonly accounts: (namespace: string, name: string) => KubeObject | undefined | Promise<KubeObject | undefined>;
  /** Whether containers get a token: where nobody issues tokens, they cannot. Default true. */
  readonly mountsTokens?: boolean;
  readonly clock?: Clock;
}

const defaultName = 'default';
const mirror = 'kubernetes.io/config.mirror';
const enforceSecrets = 'kubernetes.io/enforce-mountable-secrets';
/** Somebody makes the default account of a new namespace soon. */
const [defaultAttempts, retryMs] = [10, 100];
const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

const isMirror = ({ metadata }: KubeObject): boolean => Object.hasOwn(metadata.annotations ?? {}, mirror);
const limitsSecrets = ({ metadata }: KubeObject): boolean => truths.has(metadata.annotations?.[enforceSecrets] ?? '');
const accountName = ({ serviceAccountName }: PodSpec): string => (serviceAccountName as string | undefined) ?? '';

const automounts = ({ automountServiceAccountToken: ofPod }: PodSpec, { automountServiceAccountToken: ofAccount }: KubeObject): boolean =>
  (ofPod ?? ofAccount ?? true) === true;

/** Gives pods their account with what it brings, and refuses those whose account is not there. */
export function serviceAccount({ accounts, mountsTokens = true, clock = systemClock }: ServiceAccountPluginOptions): AdmissionPlugin {
  const find = async (namespace: string, name: string): Promise<KubeObject | undefined> => {
    for (let attempt = 1; ; attempt++) {
      const found = await accounts(namespace, name);
      if (found || name !== defaultName || attempt === defaultAttempts) return found;
      await new Promise<void>((resolve) => {
        clock.after(retryMs, resolve);
      });
    }
  };

  const accountOf = async (attributes: Attributes): Promise<KubeObject> => {
    const { namespace } = attributes;
    const name = accountName(podOf(attributes).spec);
    if (name === '') throw forbid(attributes, `no service account specified for pod ${namespace}/${attributes.object!.metadata.name ?? ''}`);
    const found = await find(namespace, name);
    if (!found) throw forbid(attributes, `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`);
    return found;
  };

  const judgeMirror = (attributes: Attributes): void => {
    const { spec } = podOf(attributes);
    if (accountName(spec) !== '') throw forbid(attributes, 'a mirror pod may not reference service accounts');
    if (hasSecrets(spec)) throw forbid(attributes, 'a mirror pod may not reference secrets');
    if (hasTokenVolumes(spec)) throw forbid(attributes, 'a mirror pod may not use ServiceAccountToken volume projections');
  };

  const limit = (attributes: Attributes, account: KubeObject, violation: typeof secretViolation): void => {
    const why = limitsSecrets(account) ? violation(podOf(attributes).spec, account) : undefined;
    if (why !== undefined) throw forbid(attributes, why);
  };

  const judge = async (attributes: Attributes, violation: typeof secretViolation): Promise<void> => limit(attributes, await accountOf(attributes), violation);

  const complete = async (attributes: Attributes): Promise<void> => {
    const { spec } = podOf(attributes);
    if (accountName(spec) === '') Object.assign(spec, { serviceAccountName: defaultName, serviceAccount: defaultName });
    const account = await accountOf(attributes);
    if (mountsTokens && automounts(spec, account)) mountToken(spec);
    const pullSecrets = (account.imagePullSecrets ?? []) as readonly { name?: string }[];
    if (((spec.imagePullSecrets ?? []) as readonly unknown[]).length === 0 && pullSecrets.length > 0)
      spec.imagePullSecrets = pullSecrets.map(({ name }) => (name === undefined ? {} : { name }));
    limit(attributes, account, secretViolation);
  };

  const isPod = ({ resource: { group, resource }, object }: Attributes): boolean => group === '' && resource === 'pods' && object !== undefined;

  return {
    name: 'ServiceAccount',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    admit(attributes) {
      if (!isPod(attributes) || attributes.operation !== 'CREATE' || attributes.subresource !== '') return;
      return isMirror(attributes.object!) ? judgeMirror(attributes) : complete(attributes);
    },
    validate(attributes) {
      if (!isPod(attributes)) return;
      const { operation, subresource, object } = attributes;
      if (operation === 'UPDATE' && subresource === 'ephemeralcontainers') return judge(attributes, ephemeralViolation);
      if (operation !== 'CREATE' || subresource !== '') return;
      return isMirror(object!) ? judgeMirror(attributes) : judge(attributes, secretViolation);
    },
  };
}
