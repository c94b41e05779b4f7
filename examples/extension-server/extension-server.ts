import { frontProxy } from '@apiserver-kit/authn';
import { apiServer, listen } from '@apiserver-kit/server';

export interface Certificates {
  /** For `<service>.<namespace>.svc`. */
  readonly serving: { readonly key: string; readonly cert: string };
  /** The authority of the API server's client certificate: what it says of users is believed. */
  readonly frontProxyCA: string;
}

/** Serves widgets to an API server, which asks us because of an APIService: see manifests.yaml. */
export async function extensionServer({ serving, frontProxyCA }: Certificates, port = 8443) {
  const authenticators = [frontProxy({ clientCAs: frontProxyCA })];
  // Whether a user may do this was asked by the API server in front; nobody else has its certificate.
  const server = await apiServer({ aggregation: false, authenticators, anonymousAuth: false, authorization: ['AlwaysAllow'] });
  const group = 'widget.example.com';
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } } } } };
  const versions = [{ name: 'v1beta1', served: true, storage: true, schema }];
  const spec = { group, scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions };
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `widgets.${group}` }, spec };
  await server.client().request({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: definition });
  const listener = await listen(server.handler, { host: '0.0.0.0', port, tls: { ...serving, ca: frontProxyCA } });
  return { server, listener };
}
