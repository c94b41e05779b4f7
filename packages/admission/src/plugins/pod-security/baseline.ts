/** The checks of the standard Baseline: no known way to more privileges. */
import { goQuote } from '@apiserver-kit/machinery';
import type { Container } from '../pods.js';
import {
  type Check,
  type CheckPod,
  containersIn,
  containersText,
  contextOf,
  namesOf,
  plural,
  type PodView,
  quoted,
  settersText,
  sortedSet,
  type SecurityContext,
} from './check.js';

/** Pods with a user namespace of their own are not root outside of it. */
export const isInUserNamespace = ({ spec }: PodView): boolean => spec.hostUsers === false;

export const exceptInUserNamespaces =
  (check: CheckPod): CheckPod =>
  (pod) =>
    isInUserNamespace(pod) ? undefined : check(pod);

const privileged: CheckPod = (pod) => {
  const bad = namesOf(containersIn(pod).filter((container) => contextOf(container).privileged === true));
  return bad.length === 0 ? undefined : { reason: 'privileged', detail: `${containersText(bad)} must not set securityContext.privileged=true` };
};

const hostNamespaces: CheckPod = ({ spec }) => {
  const shared = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true).map((field) => `${field}=true`);
  return shared.length === 0 ? undefined : { reason: 'host namespaces', detail: shared.join(', ') };
};

const hostPathVolumes: CheckPod = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => String(name));
  return bad.length === 0 ? undefined : { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', bad.length)} ${quoted(bad)}` };
};

const hostPorts: CheckPod = (pod) => {
  const portsOf = ({ ports }: Container): string[] =>
    ((ports ?? []) as readonly { hostPort?: number }[]).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
  const bad = containersIn(pod).filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sortedSet(bad.flatMap(portsOf));
  const uses = plural('uses', 'use', bad.length);
  return { reason: 'hostPort', detail: `${containersText(namesOf(bad))} ${uses} ${plural('hostPort', 'hostPorts', ports.length)} ${ports.join(', ')}` };
};

interface Handler {
  readonly httpGet?: { readonly host?: string };
  readonly tcpSocket?: { readonly host?: string };
}

const hostsOf = (handler: Handler | undefined): string[] =>
  [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host): host is string => host !== undefined && host !== '');

const hostProbes: CheckPod = (pod) => {
  const hostsIn = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Record<string, unknown>): string[] => {
    const { postStart, preStop } = (lifecycle ?? {}) as { postStart?: Handler; preStop?: Handler };
    return [livenessProbe, readinessProbe, startupProbe, postStart, preStop].flatMap((handler) => hostsOf(handler as Handler | undefined));
  };
  const bad = containersIn(pod).filter((container) => hostsIn(container).length > 0);
  if (bad.length === 0) return undefined;
  const hosts = sortedSet(bad.flatMap(hostsIn));
  const names = sortedSet(namesOf(bad));
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length);
  return { reason: 'probe or lifecycle host', detail: `${containersText(names)} ${plural('uses', 'use', names.length)} ${what} ${quoted(hosts)}` };
};

const windowsHostProcess: CheckPod = (pod) => {
  const bad = namesOf(containersIn(pod).filter((container) => contextOf(container).windowsOptions?.hostProcess === true));
  const byPod = contextOf(pod.spec).windowsOptions?.hostProcess === true;
  if (bad.length === 0 && !byPod) return undefined;
  return { reason: 'hostProcess', detail: `${settersText(byPod, bad)} must not set securityContext.windowsOptions.hostProcess=true` };
};

const defaultCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
);

const capabilities: CheckPod = (pod) => {
  const added = (container: Parameters<typeof contextOf>[0]): string[] =>
    (contextOf(container).capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));
  const bad = containersIn(pod).filter((container) => added(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = quoted(sortedSet(bad.flatMap(added)));
  return { reason: 'non-default capabilities', detail: `${containersText(namesOf(bad))} must not include ${names} in securityContext.capabilities.add` };
};

export const procMount: CheckPod = (pod) => {
  const isOther = ({ procMount: type }: SecurityContext): boolean => type !== undefined && type !== 'Default';
  const bad = containersIn(pod).filter((container) => isOther(contextOf(container)));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map((container) => String(contextOf(container).procMount)));
  return { reason: 'procMount', detail: `${containersText(namesOf(bad))} must not set securityContext.procMount to ${quoted(types)}` };
};

const sysctlVersions: readonly (readonly [number, readonly string[]])[] = [
  [
    0,
    ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start'],
  ],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [29, ['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes']],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
  [37, ['net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat']],
];

/** Each version allows what the ones before it did, and more. */
const sysctls = sysctlVersions.map(([minor], at): readonly [number, CheckPod] => {
  const allowed = new Set(sysctlVersions.slice(0, at + 1).flatMap(([, names]) => names));
  return [
    minor,
    ({ spec }) => {
      const bad = (contextOf(spec).sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.has(name));
      return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
    },
  ];
});

const seLinux =
  (...allowed: string[]): CheckPod =>
  (pod) => {
    const optionsOf = (holder: Parameters<typeof contextOf>[0]) => contextOf(holder).seLinuxOptions;
    const isBad = (holder: Parameters<typeof contextOf>[0]): boolean => {
      const options = optionsOf(holder);
      return options !== undefined && (!['', ...allowed].includes(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
    };
    const bad = containersIn(pod).filter(isBad);
    const byPod = isBad(pod.spec);
    if (bad.length === 0 && !byPod) return undefined;
    const all = [...(byPod ? [pod.spec] : []), ...bad].map((holder) => optionsOf(holder)!);
    const types = sortedSet(all.map(({ type = '' }) => type).filter((type) => !['', ...allowed].includes(type)));
    const data = [
      ...(types.length > 0 ? [`${plural('type', 'types', types.length)} ${quoted(types)}`] : []),
      ...(all.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
    ];
    return { reason: 'seLinuxOptions', detail: `${settersText(byPod, namesOf(bad))} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}` };
  };

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';

const appArmor: CheckPod = (pod) => {
  const typeOf = (holder: Parameters<typeof contextOf>[0]): string | undefined => {
    const profile = contextOf(holder).appArmorProfile;
    return profile && (profile.type ?? '');
  };
  const isBad = (type: string | undefined): boolean => type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  const bad = containersIn(pod).filter((container) => isBad(typeOf(container)));
  const byPod = isBad(typeOf(pod.spec));
  const annotations = Object.entries(pod.annotations)
    .filter(([name, value]) => name.startsWith(appArmorPrefix) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
    .map(([name, value]) => `${name}=${goQuote(value)}`)
    .sort();
  if (bad.length + annotations.length === 0 && !byPod) return undefined;
  const values = [...sortedSet([...(byPod ? [typeOf(pod.spec)!] : []), ...bad.map((container) => typeOf(container)!)]), ...annotations];
  const setters = [settersText(byPod, namesOf(bad)), annotations.length === 0 ? '' : plural('annotation', 'annotations', annotations.length)];
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${setters.filter((text) => text !== '').join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

export const isSeccompType = (type: string | undefined): boolean => type === 'Localhost' || type === 'RuntimeDefault';

/** The type of seccomp profile that is set; undefined where none is. */
export const seccompTypeOf = (holder: Parameters<typeof contextOf>[0]): string | undefined => {
  const profile = contextOf(holder).seccompProfile;
  return profile && (profile.type ?? '');
};

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';

const seccompAnnotations: CheckPod = (pod) => {
  const isAllowed = (value: string): boolean => value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
  const bad = sortedSet(
    [seccompPod, ...namesOf(containersIn(pod)).map((name) => seccompContainer + name)]
      .filter((name) => Object.hasOwn(pod.annotations, name) && !isAllowed(pod.annotations[name]!))
      .map((name) => `${name}=${goQuote(pod.annotations[name]!)}`),
  );
  return bad.length === 0 ? undefined : { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', 'annotations', bad.length)} ${bad.join(', ')}` };
};

/** Profiles that are set, and may not be. */
export const seccompProfiles: CheckPod = (pod) => {
  const isBad = (holder: Parameters<typeof contextOf>[0]): boolean => {
    const type = seccompTypeOf(holder);
    return type !== undefined && !isSeccompType(type);
  };
  const bad = containersIn(pod).filter(isBad);
  const byPod = isBad(pod.spec);
  if (bad.length === 0 && !byPod) return undefined;
  const types = sortedSet([...(byPod ? [pod.spec] : []), ...bad].map((holder) => seccompTypeOf(holder)!));
  return { reason: 'seccompProfile', detail: `${settersText(byPod, namesOf(bad))} must not set securityContext.seccompProfile.type to ${quoted(types)}` };
};

const seLinuxTypes = ['container_t', 'container_init_t', 'container_kvm_t'];

const check = (id: string, ...versions: Check['versions']): Check => ({ id, level: 'baseline', versions });

/** In the order of their ids. */
export const baselineChecks: readonly Check[] = [
  check('appArmorProfile', [0, appArmor]),
  check('capabilities_baseline', [0, capabilities]),
  check('hostNamespaces', [0, hostNamespaces]),
  check('hostPathVolumes', [0, hostPathVolumes]),
  check('hostPorts', [0, hostPorts]),
  check('hostProbesAndHostLifecycle', [34, hostProbes]),
  check('privileged', [0, privileged]),
  check('procMount', [0, procMount], [35, exceptInUserNamespaces(procMount)]),
  check('seLinuxOptions', [0, seLinux(...seLinuxTypes)], [31, seLinux(...seLinuxTypes, 'container_engine_t')]),
  check('seccompProfile_baseline', [0, seccompAnnotations], [19, seccompProfiles]),
  check('sysctls', ...sysctls),
  check('windowsHostProcess', [0, windowsHostProcess]),
];
