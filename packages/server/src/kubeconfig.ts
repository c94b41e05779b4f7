/** A kubeconfig with everything inline. */

export interface KubeconfigOptions {
  /** `https://HOST:PORT`. */
  readonly server: string;
  /** Whom to trust. */
  readonly caPem: string;
  /** The client's certificate and key; or a token. */
  readonly certPem?: string;
  readonly keyPem?: string;
  readonly token?: string;
  /** Names in the file. Defaults `apiserver-kit` and `kubernetes-admin`. */
  readonly clusterName?: string;
  readonly userName?: string;
  /** The namespace that commands take when they name none. Default: none, which means `default`. */
  readonly namespace?: string;
}

/** The text of a kubeconfig for one cluster and one user. JSON strings are YAML strings, so that every value is safe. */
export function kubeconfig({
  server,
  caPem,
  certPem,
  keyPem,
  token,
  clusterName = 'apiserver-kit',
  userName = 'kubernetes-admin',
  namespace,
}: KubeconfigOptions): string {
  const quoted = (value: string): string => JSON.stringify(value);
  const data = (pem: string): string => Buffer.from(pem).toString('base64');
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    'preferences: {}',
    'clusters:',
    `- name: ${quoted(clusterName)}`,
    '  cluster:',
    `    server: ${quoted(server)}`,
    `    certificate-authority-data: ${data(caPem)}`,
    'users:',
    `- name: ${quoted(userName)}`,
    '  user:',
    ...(certPem === undefined ? [] : [`    client-certificate-data: ${data(certPem)}`]),
    ...(keyPem === undefined ? [] : [`    client-key-data: ${data(keyPem)}`]),
    ...(token === undefined ? [] : [`    token: ${quoted(token)}`]),
    'contexts:',
    `- name: ${quoted(`${userName}@${clusterName}`)}`,
    '  context:',
    `    cluster: ${quoted(clusterName)}`,
    `    user: ${quoted(userName)}`,
    ...(namespace === undefined ? [] : [`    namespace: ${quoted(namespace)}`]),
    `current-context: ${quoted(`${userName}@${clusterName}`)}`,
  ];
  return `${lines.join('\n')}\n`;
}
