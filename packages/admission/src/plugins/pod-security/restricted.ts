/** The checks of the standard Restricted: what is best practice, besides those of Baseline. */
import { exceptInUserNamespaces, isSeccompType, procMount, seccompProfiles, seccompTypeOf } from './baseline.js';
import { type Check, type CheckPod, containersIn, containersText, contextOf, namesOf, plural, type PodView, quoted, settersText, sortedSet } from './check.js';

/** Windows knows nothing of what is checked. */
const exceptOnWindows =
  (check: CheckPod): CheckPod =>
  (pod) =>
    (pod.spec.os as { name?: string } | undefined)?.name === 'windows' ? undefined : check(pod);

const allowPrivilegeEscalation: CheckPod = (pod) => {
  const bad = namesOf(containersIn(pod).filter((container) => contextOf(container).allowPrivilegeEscalation !== false));
  if (bad.length === 0) return undefined;
  return { reason: 'allowPrivilegeEscalation != false', detail: `${containersText(bad)} must set securityContext.allowPrivilegeEscalation=false` };
};

const capabilities: CheckPod = (pod) => {
  const containers = containersIn(pod);
  const added = (container: Parameters<typeof contextOf>[0]): string[] =>
    (contextOf(container).capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const keeping = namesOf(containers.filter((container) => !contextOf(container).capabilities?.drop?.includes('ALL')));
  const adding = containers.filter((container) => added(container).length > 0);
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [`${containersText(namesOf(adding))} must not include ${quoted(sortedSet(adding.flatMap(added)))} in securityContext.capabilities.add`]
      : []),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const allowedVolumes = 'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' ');
/** In the reference's order. */
const otherVolumes =
  'hostPath gcePersistentDisk awsElasticBlockStore gitRepo nfs iscsi glusterfs rbd flexVolume cinder cephfs flocker fc azureFile vsphereVolume quobyte azureDisk photonPersistentDisk portworxVolume scaleIO storageos'.split(
    ' ',
  );

const volumes: CheckPod = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) => allowedVolumes.every((type) => volume[type] === undefined));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map((volume) => otherVolumes.find((type) => volume[type] !== undefined) ?? 'unknown'));
  const names = `${plural('volume', 'volumes', bad.length)} ${quoted(bad.map(({ name }) => String(name)))}`;
  const what = plural('restricted volume type', 'restricted volume types', types.length);
  return { reason: 'restricted volume types', detail: `${names} ${plural('uses', 'use', bad.length)} ${what} ${quoted(types)}` };
};

/** Those that leave something to the pod which the pod does not do. */
const leaving = (pod: PodView, isSet: (holder: Parameters<typeof contextOf>[0]) => boolean): string[] =>
  namesOf(containersIn(pod).filter((container) => !isSet(container)));

const runAsNonRoot: CheckPod = (pod) => {
  const nonRootOf = (holder: Parameters<typeof contextOf>[0]) => contextOf(holder).runAsNonRoot as boolean | undefined;
  const reason = 'runAsNonRoot != true';
  const bad = namesOf(containersIn(pod).filter((container) => nonRootOf(container) === false));
  const byPod = nonRootOf(pod.spec) === false;
  if (byPod || bad.length > 0) return { reason, detail: `${settersText(byPod, bad)} must not set securityContext.runAsNonRoot=false` };
  const unset = nonRootOf(pod.spec) === true ? [] : leaving(pod, (container) => nonRootOf(container) !== undefined);
  return unset.length === 0 ? undefined : { reason, detail: `pod or ${containersText(unset)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: CheckPod = (pod) => {
  const isRoot = (holder: Parameters<typeof contextOf>[0]): boolean => contextOf(holder).runAsUser === 0;
  const bad = namesOf(containersIn(pod).filter(isRoot));
  const byPod = isRoot(pod.spec);
  return byPod || bad.length > 0 ? { reason: 'runAsUser=0', detail: `${settersText(byPod, bad)} must not set runAsUser=0` } : undefined;
};

const seccomp: CheckPod = (pod) => {
  const bad = seccompProfiles(pod);
  if (bad) return bad;
  const unset = isSeccompType(seccompTypeOf(pod.spec)) ? [] : leaving(pod, (container) => seccompTypeOf(container) !== undefined);
  if (unset.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${containersText(unset)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};

const check = (id: string, versions: Check['versions'], overrides?: string): Check => ({ id, level: 'restricted', versions, ...(overrides && { overrides }) });

/** In the order of their ids. */
export const restrictedChecks: readonly Check[] = [
  check('allowPrivilegeEscalation', [
    [8, allowPrivilegeEscalation],
    [25, exceptOnWindows(allowPrivilegeEscalation)],
  ]),
  check(
    'capabilities_restricted',
    [
      [22, capabilities],
      [25, exceptOnWindows(capabilities)],
    ],
    'capabilities_baseline',
  ),
  check('procMount_restricted', [[35, procMount]], 'procMount'),
  check('restrictedVolumes', [[0, volumes]], 'hostPathVolumes'),
  check('runAsNonRoot', [
    [0, runAsNonRoot],
    [35, exceptInUserNamespaces(runAsNonRoot)],
  ]),
  check('runAsUser', [
    [23, runAsUser],
    [35, exceptInUserNamespaces(runAsUser)],
  ]),
  check(
    'seccompProfile_restricted',
    [
      [19, seccomp],
      [25, exceptOnWindows(seccomp)],
    ],
    'seccompProfile_baseline',
  ),
];
