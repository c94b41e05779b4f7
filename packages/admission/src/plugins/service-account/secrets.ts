/** Which secrets a pod refers to, and whether its service account lets it (plugin/pkg/admission/serviceaccount). */
import type { JsonObject, KubeObject } from '@apiserver-kit/machinery';
import type { Container, PodSpec } from '../pods.js';

interface Reference {
  readonly name?: string;
}

interface Env {
  readonly name: string;
  readonly valueFrom?: { readonly secretKeyRef?: Reference };
}

/** A reference of a container: what is said of it, and to which secret. */
function* containerReferences(container: Container, what: string): Generator<readonly [said: string, secret: string]> {
  for (const { name, valueFrom } of (container.env ?? []) as readonly Env[])
    if (valueFrom?.secretKeyRef) yield [`${what} ${container.name} with envVar ${name} referencing`, valueFrom.secretKeyRef.name ?? ''];
  for (const { secretRef } of (container.envFrom ?? []) as readonly { secretRef?: Reference }[])
    if (secretRef) yield [`${what} ${container.name} with envFrom referencing`, secretRef.name ?? ''];
}

const namesOf = (references: unknown): ReadonlySet<string> => new Set(((references ?? []) as readonly Reference[]).map(({ name = '' }) => name));

/** Why the account does not let the containers have a secret; undefined where it does. */
function containerViolation(containers: readonly Container[] | undefined, what: string, { metadata, secrets }: KubeObject): string | undefined {
  const mountable = namesOf(secrets);
  for (const container of containers ?? [])
    for (const [said, secret] of containerReferences(container, what))
      if (!mountable.has(secret))
        return `${said} secret.secretName="${secret}" is not allowed because service account ${metadata.name} does not reference that secret`;
  return undefined;
}

export const ephemeralViolation = (spec: PodSpec, account: KubeObject): string | undefined =>
  containerViolation(spec.ephemeralContainers, 'ephemeral container', account);

/** The first secret that the account does not let the pod have; undefined where there is none. */
export function secretViolation(spec: PodSpec, account: KubeObject): string | undefined {
  const { name } = account.metadata;
  const mountable = namesOf(account.secrets);
  for (const { secret } of (spec.volumes ?? []) as readonly { secret?: { secretName?: string } }[]) {
    const secretName = secret?.secretName ?? '';
    if (secret && !mountable.has(secretName))
      return `volume with secret.secretName="${secretName}" is not allowed because service account ${name} does not reference that secret`;
  }
  const ofContainers = containerViolation(spec.initContainers, 'init container', account) ?? containerViolation(spec.containers, 'container', account);
  if (ofContainers !== undefined) return ofContainers;
  const pullable = namesOf(account.imagePullSecrets);
  const wanted = (spec.imagePullSecrets ?? []) as readonly Reference[];
  const at = wanted.findIndex(({ name: secret = '' }) => !pullable.has(secret));
  if (at < 0) return undefined;
  return `imagePullSecrets[${at}].name="${wanted[at]!.name ?? ''}" is not allowed because service account ${name} does not reference that imagePullSecret`;
}

/** Volumes that name a secret, and where. */
const volumeSecrets: readonly (readonly [volume: string, field: string])[] = [
  ['azureFile', 'secretName'],
  ['cephfs', 'secretRef'],
  ['cinder', 'secretRef'],
  ['csi', 'nodePublishSecretRef'],
  ['flexVolume', 'secretRef'],
  ['iscsi', 'secretRef'],
  ['rbd', 'secretRef'],
  ['scaleIO', 'secretRef'],
  ['secret', 'secretName'],
  ['storageos', 'secretRef'],
];

const projectedSources = (volume: JsonObject): readonly JsonObject[] =>
  ((volume.projected as { sources?: JsonObject[] } | undefined)?.sources ?? []) as JsonObject[];

/** Whether a pod refers to any secret. */
export function hasSecrets({ volumes = [], containers, initContainers = [], ephemeralContainers = [], imagePullSecrets }: PodSpec): boolean {
  const inVolume = (volume: JsonObject): boolean =>
    volumeSecrets.some(([type, field]) => Boolean((volume[type] as JsonObject | undefined)?.[field])) ||
    projectedSources(volume).some(({ secret }) => Boolean(secret));
  const inContainer = (container: Container): boolean => !containerReferences(container, '').next().done;
  return (
    ((imagePullSecrets ?? []) as readonly unknown[]).length > 0 ||
    volumes.some(inVolume) ||
    [...initContainers, ...containers, ...ephemeralContainers].some(inContainer)
  );
}

/** Whether a pod has tokens made for it. */
export const hasTokenVolumes = ({ volumes = [] }: PodSpec): boolean =>
  volumes.some((volume) => projectedSources(volume).some(({ serviceAccountToken }) => Boolean(serviceAccountToken)));
