/** The volume by which containers get a token of their pod's account (plugin/pkg/admission/serviceaccount). */
import { generateName, type JsonObject } from '@apiserver-kit/machinery';
import type { Container, PodSpec } from '../pods.js';

const prefix = 'kube-api-access-';
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour, and a few seconds by which such tokens are known. */
const expirationSeconds = 3607;

const sources: readonly JsonObject[] = [
  { serviceAccountToken: { expirationSeconds, path: 'token' } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
];

/** Mounts a token in each container that has nothing at its place. */
export function mountToken(spec: PodSpec): void {
  const given = (spec.volumes ?? []).find(({ name }) => String(name).startsWith(prefix));
  const name = given ? String(given.name) : generateName(prefix);
  let isNeeded = false;
  const mount = (container: Container): void => {
    const mounts = (container.volumeMounts ?? []) as readonly JsonObject[];
    if (mounts.some((one) => one.mountPath === mountPath)) return;
    container.volumeMounts = [...mounts, { name, readOnly: true, mountPath }];
    isNeeded = true;
  };
  for (const container of spec.initContainers ?? []) mount(container);
  for (const container of spec.containers) mount(container);
  if (!given && isNeeded)
    spec.volumes = [...(spec.volumes ?? []), { name, projected: { sources: structuredClone(sources) as JsonObject[], defaultMode: 0o644 } }];
}
