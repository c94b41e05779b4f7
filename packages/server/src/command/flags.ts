/** The flags of the command as data, and the reading of a command line by them. */
import { parseArgs } from 'node:util';

/** Something in the command line that cannot be: said in one line, exit 2. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

export interface FlagDefinition {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; none for a boolean. */
  readonly value?: string;
  /** In the help only: the defaults themselves stand where the options are made. */
  readonly standard?: string;
  readonly help: string;
  /** Not in the help: accepted for the sake of scripts that give it. */
  readonly isHidden?: boolean;
}

export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly FlagDefinition[];
}

/** The flags of `serve`. Where kube-apiserver has the flag, it has this name and this meaning. */
export const serveFlags: readonly FlagGroup[] = [
  {
    title: 'Serving',
    flags: [
      { name: 'bind-address', value: 'IP', standard: '127.0.0.1', help: 'address to listen on; all of them: 0.0.0.0 or ::' },
      { name: 'secure-port', value: 'PORT', standard: '6443', help: 'port to listen on; 0 picks a free one' },
      { name: 'cert-dir', value: 'DIR', standard: 'DATA-DIR/pki', help: 'CA, serving and admin certificate: kept here, or made' },
      { name: 'tls-cert-file', value: 'FILE', help: 'serving certificate (PEM, with its chain) instead of one of our own' },
      { name: 'tls-private-key-file', value: 'FILE', help: 'the private key of --tls-cert-file' },
      { name: 'write-kubeconfig', value: 'FILE', help: 'write the admin kubeconfig to this file, too' },
    ],
  },
  {
    title: 'Storage',
    flags: [
      { name: 'data-dir', value: 'DIR', standard: './.apiserver-kit', help: 'directory of everything that this server keeps' },
      { name: 'storage-backend', value: 'NAME', standard: 'lmdb', help: 'lmdb: on disk; memory: gone at the end; etcd3: shared' },
      { name: 'etcd-servers', value: 'URLS', help: 'where etcd is: http(s)://host:port, with commas between them' },
      { name: 'etcd-cafile', value: 'FILE', help: 'CAs of the certificates of etcd (PEM)' },
      { name: 'etcd-certfile', value: 'FILE', help: 'client certificate for etcd (PEM)' },
      { name: 'etcd-keyfile', value: 'FILE', help: 'the private key of --etcd-certfile' },
      { name: 'encryption-provider-config', value: 'FILE', help: 'how objects are encrypted before they are stored' },
      { name: 'encryption-provider-config-automatic-reload', value: 'BOOL', help: 'read that file again when it changes', isHidden: true },
      { name: 'etcd-prefix', value: 'PREFIX', standard: '/registry', help: 'what all keys in storage start with' },
    ],
  },
  {
    title: 'Who may do what',
    flags: [
      { name: 'client-ca-file', value: 'FILE', help: 'clients with a certificate of these CAs are its CN, in the groups of its Os' },
      { name: 'token-auth-file', value: 'FILE', help: 'bearer tokens: CSV lines of token,user,uid,"group1,group2"' },
      { name: 'requestheader-client-ca-file', value: 'FILE', help: 'whoever has a certificate of these CAs may name users in headers' },
      { name: 'requestheader-allowed-names', value: 'NAMES', help: 'only these common names of theirs may' },
      { name: 'requestheader-username-headers', value: 'NAMES', standard: 'X-Remote-User', help: 'the headers that name the user', isHidden: true },
      { name: 'requestheader-uid-headers', value: 'NAMES', standard: 'X-Remote-Uid', help: 'the headers with its uid', isHidden: true },
      { name: 'requestheader-group-headers', value: 'NAMES', standard: 'X-Remote-Group', help: 'the headers with its groups', isHidden: true },
      { name: 'requestheader-extra-headers-prefix', value: 'NAMES', standard: 'X-Remote-Extra-', help: 'what headers with extras start with', isHidden: true },
      { name: 'service-account-issuer', value: 'URLS', help: 'who issues tokens of service accounts (the first), and whose hold' },
      { name: 'service-account-signing-key-file', value: 'FILE', help: 'the key that signs them (PEM); default: one of our own' },
      { name: 'service-account-key-file', value: 'FILE', help: 'further keys that verify them (PEM)' },
      { name: 'api-audiences', value: 'NAMES', help: 'whom tokens must be meant for; default: the issuers' },
      { name: 'anonymous-auth', value: 'BOOL', standard: 'true', help: 'false: requests without credentials are answered 401' },
      { name: 'authorization-mode', value: 'MODES', standard: 'RBAC', help: 'asked in this order: RBAC, AlwaysAllow, AlwaysDeny' },
      { name: 'enable-admission-plugins', value: 'NAMES', help: 'admission plugins to run besides the usual ones' },
      { name: 'disable-admission-plugins', value: 'NAMES', help: 'admission plugins not to run' },
    ],
  },
  {
    title: 'What is written down',
    flags: [
      { name: 'audit-policy-file', value: 'FILE', help: 'of what to write events (audit.k8s.io/v1 Policy); default: nothing' },
      { name: 'audit-log-path', value: 'FILE', help: 'where to write them; - for the standard output' },
      { name: 'audit-log-maxsize', value: 'MB', standard: '100', help: 'how large that file gets before a new one begins', isHidden: true },
      { name: 'audit-log-maxbackup', value: 'N', standard: '100', help: 'how many old ones are kept', isHidden: true },
      { name: 'audit-log-maxage', value: 'DAYS', standard: '366', help: 'for how long', isHidden: true },
      { name: 'audit-webhook-config-file', value: 'FILE', help: 'a kubeconfig of the webhook that gets them' },
    ],
  },
  {
    title: 'Services',
    flags: [
      { name: 'service-cluster-ip-range', value: 'CIDR', standard: '10.0.0.0/24', help: 'addresses that services get' },
      { name: 'service-node-port-range', value: 'RANGE', standard: '30000-32767', help: 'ports that services of type NodePort get' },
    ],
  },
  {
    title: 'Other API servers behind this one',
    flags: [
      { name: 'proxy-client-cert-file', value: 'FILE', help: 'client certificate (PEM) by which they know this server' },
      { name: 'proxy-client-key-file', value: 'FILE', help: 'the private key of --proxy-client-cert-file' },
      { name: 'enable-aggregator-routing', value: 'BOOL', standard: 'false', help: 'call them at the addresses of their pods' },
    ],
  },
  {
    title: 'Other',
    flags: [
      { name: 'v', short: 'v', value: 'LEVEL', standard: '0', help: 'how much to log on stderr: 0 failures, 2 what the server does' },
      { name: 'help', short: 'h', help: 'print this' },
      { name: 'profiling', value: 'BOOL', help: 'accepted; use `node --inspect` or `node --cpu-prof`', isHidden: true },
      { name: 'insecure-port', value: 'PORT', help: 'only 0: there is no port without TLS', isHidden: true },
      { name: 'insecure-bind-address', value: 'IP', help: 'refused: there is no port without TLS', isHidden: true },
    ],
  },
];

/** What stood on the command line, by flag name. */
export interface Flags {
  /** The value as text; undefined when the flag was not given. Of several, the last one counts. */
  text(name: string): string | undefined;
  /** Given without a value, it is true. @throws FlagError */
  boolean(name: string, standard: boolean): boolean;
}

const booleanFlags = new Set(['anonymous-auth', 'enable-aggregator-routing', 'encryption-provider-config-automatic-reload', 'profiling', 'help']);

/**
 * Reads flags as kube-apiserver's library does: `--name=value`, `--name value`, `--name` alone for a boolean, `_` as good as `-`.
 * @throws FlagError for a flag that is not there, a value that is missing, or an argument that is no flag.
 */
export function readFlags(args: readonly string[], groups: readonly FlagGroup[] = serveFlags): Flags {
  const definitions = groups.flatMap((group) => group.flags);
  const options = Object.fromEntries(
    definitions.map(({ name, short }) => [name, { type: booleanFlags.has(name) ? 'boolean' : 'string', ...(short ? { short } : {}) } as const]),
  );
  const normalized = args.map((arg) => (arg.startsWith('--') ? arg.replace(/^[^=]+/, (name) => name.replaceAll('_', '-')) : arg));
  const { tokens } = parseArgs({ args: normalized, options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') throw new FlagError(`unexpected argument ${JSON.stringify(token.value)}`);
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(options, token.name)) throw new FlagError(`unknown flag: ${token.rawName}`);
    // `-v=2`: what stands after a short name is its value, sign and all.
    const value = token.rawName.startsWith('--') ? token.value : token.value?.replace(/^=/, '');
    if (value === undefined && !booleanFlags.has(token.name)) throw new FlagError(`flag needs an argument: ${token.rawName}`);
    given.set(token.name, value ?? 'true');
  }
  return {
    text: (name) => given.get(name),
    boolean(name, standard) {
      const value = given.get(name);
      if (value === undefined) return standard;
      if (/^(1|t|true)$/i.test(value)) return true;
      if (/^(0|f|false)$/i.test(value)) return false;
      throw new FlagError(`invalid value ${JSON.stringify(value)} for --${name}: must be true or false`);
    },
  };
}

/** The help of a set of flags. */
export function flagHelp(groups: readonly FlagGroup[] = serveFlags): string {
  const left = ({ name, short, value }: FlagDefinition): string =>
    name === short ? `  -${name}, --${name}=${value}` : `${short ? `  -${short}, ` : '      '}--${name}${value ? `=${value}` : ''}`;
  const visible = groups.map(({ title, flags }) => ({ title, flags: flags.filter((flag) => !flag.isHidden) }));
  const width = Math.max(...visible.flatMap(({ flags }) => flags.map((flag) => left(flag).length)));
  return visible
    .map(({ title, flags }) => {
      const lines = flags.map((flag) => `${left(flag).padEnd(width)}  ${flag.help}${flag.standard === undefined ? '' : ` (default ${flag.standard})`}`);
      return `${title}:\n${lines.join('\n')}\n`;
    })
    .join('\n');
}
