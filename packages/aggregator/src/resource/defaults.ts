import type { KubeObject } from '@apiserver-kit/machinery';

/** Fills in the defaults, in place. */
export function defaultAPIService(object: KubeObject): void {
  const service = (object.spec as { service?: { port?: number } | null } | undefined)?.service;
  if (service != null) service.port ??= 443;
}
