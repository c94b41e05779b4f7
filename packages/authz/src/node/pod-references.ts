/** The objects that a pod needs on its node, and a volume's secrets (pkg/api/v1/pod, pkg/api/v1/persistentvolume). */
import { isRecord, type JsonObject, type KubeObject } from '@apiserver-kit/machinery';

/** A kind of objects that nodes are allowed one by one. */
export type NodeObjectKind =
  | 'configmap'
  | 'persistentvolume'
  | 'persistentvolumeclaim'
  | 'pod'
  | 'podcertificaterequest'
  | 'resourceclaim'
  | 'resourceslice'
  | 'secret'
  | 'serviceaccount'
  | 'volumeattachment';

/** An object as a key; names cannot have slashes. */
export const objectKey = (kind: NodeObjectKind, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

const record = (value: unknown): JsonObject => (isRecord(value) ? value : {});
const records = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** The node of a pod; empty until it is bound. */
export const nodeOfPod = (pod: KubeObject): string => text(record(pod.spec).nodeName);

/** What the pod needs: its account, secrets, config maps and claims. A mirror pod is made by the node itself, and must not give it anything. */
export function podReferences(pod: KubeObject): string[] {
  const { namespace = '', name: podName = '', annotations = {} } = pod.metadata;
  if (mirrorAnnotation in annotations) return [];
  const spec = record(pod.spec);
  const keys = new Set<string>();
  const add = (kind: NodeObjectKind, name: unknown): void => {
    if (text(name) !== '') keys.add(objectKey(kind, namespace, text(name)));
  };
  add('serviceaccount', spec.serviceAccountName);
  for (const secret of records(spec.imagePullSecrets)) add('secret', secret.name);
  for (const containers of [spec.initContainers, spec.containers, spec.ephemeralContainers]) for (const one of records(containers)) ofContainer(one, add);
  for (const volume of records(spec.volumes)) ofVolume(volume, podName, add);
  for (const name of resourceClaims(pod)) add('resourceclaim', name);
  return [...keys];
}

type Add = (kind: NodeObjectKind, name: unknown) => void;

function ofContainer({ env, envFrom }: JsonObject, add: Add): void {
  for (const source of records(envFrom)) {
    add('secret', record(source.secretRef).name);
    add('configmap', record(source.configMapRef).name);
  }
  for (const { valueFrom } of records(env)) {
    add('secret', record(record(valueFrom).secretKeyRef).name);
    add('configmap', record(record(valueFrom).configMapKeyRef).name);
  }
}

/** Volumes that name their secret in `secretRef`. */
const withSecretRef = ['cephfs', 'cinder', 'flexVolume', 'rbd', 'scaleIO', 'iscsi', 'storageos'];

function ofVolume(volume: JsonObject, podName: string, add: Add): void {
  add('secret', record(volume.secret).secretName);
  add('secret', record(volume.azureFile).secretName);
  add('secret', record(record(volume.csi).nodePublishSecretRef).name);
  for (const source of withSecretRef) add('secret', record(record(volume[source]).secretRef).name);
  add('configmap', record(volume.configMap).name);
  for (const source of records(record(volume.projected).sources)) {
    add('secret', record(source.secret).name);
    add('configmap', record(source.configMap).name);
  }
  if (isRecord(volume.persistentVolumeClaim)) add('persistentvolumeclaim', volume.persistentVolumeClaim.claimName);
  else if (isRecord(volume.ephemeral)) add('persistentvolumeclaim', `${podName}-${text(volume.name)}`);
}

/** A claim is named by the pod, or was made for it of a template, and then its status says the name. */
function resourceClaims({ spec, status }: KubeObject): string[] {
  const { resourceClaimStatuses, extendedResourceClaimStatus } = record(status);
  const made = new Map(records(resourceClaimStatuses).map(({ name, resourceClaimName }) => [name, text(resourceClaimName)]));
  const claims = records(record(spec).resourceClaims).map(({ name, resourceClaimName, resourceClaimTemplateName }) =>
    resourceClaimName !== undefined ? text(resourceClaimName) : resourceClaimTemplateName !== undefined ? (made.get(name) ?? '') : '',
  );
  return [...claims, text(record(extendedResourceClaimStatus).resourceClaimName)];
}

/** What a node needs of the CSI driver's secrets: not those that only the controllers use. */
const csiNodeSecrets = ['nodePublishSecretRef', 'nodeStageSecretRef', 'nodeExpandSecretRef'];

/** The claim that a volume is bound to; undefined for none. */
export function claimOfVolume({ spec }: KubeObject): string | undefined {
  const { claimRef } = record(spec);
  return isRecord(claimRef) ? objectKey('persistentvolumeclaim', text(claimRef.namespace), text(claimRef.name)) : undefined;
}

/** The secrets that a node needs to mount a volume. Where the reference has no namespace, it is the claim's. */
export function secretsOfVolume({ spec: of }: KubeObject): string[] {
  const spec = record(of);
  const claimNamespace = text(record(spec.claimRef).namespace);
  const refs = withSecretRef.map((source) => record(record(spec[source]).secretRef));
  const { azureFile, csi } = spec;
  if (isRecord(azureFile)) refs.push({ name: azureFile.secretName, namespace: azureFile.secretNamespace });
  const named = refs.map(({ name, namespace }) => [text(namespace) || claimNamespace, text(name)] as const);
  for (const ref of csiNodeSecrets.map((field) => record(record(csi)[field]))) named.push([text(ref.namespace), text(ref.name)]);
  return named.flatMap(([namespace, name]) => (name === '' ? [] : [objectKey('secret', namespace, name)]));
}
