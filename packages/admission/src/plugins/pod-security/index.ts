/** PodSecurity: the Pod Security Standards, as the labels of namespaces ask for them (KEP-2579; k8s.io/pod-security-admission/admission). */
import { fieldErrorText, forbidden, internalError, invalid, jsonEqual, type KubeObject } from '@apiserver-kit/machinery';
import type { AdmissionPlugin, Attributes } from '../../admission.js';
import { annotate, warnClient } from '../../annotate.js';
import type { NamespaceReader } from '../../matching/selectors.js';
import { reasonsText } from '../forbid.js';
import type { Container, Pod } from '../pods.js';
import type { PodView, Violation } from './check.js';
import { detailText, violationsOf } from './evaluate.js';
import { existingPodWarnings, viewOf } from './existing-pods.js';
import { isAllPrivileged, isSame, isStricter, type LevelVersion, levelText, type Mode, type PodSecurityPolicy, policyOf, saysOf } from './policy.js';

export type { Level, LevelVersion, PodSecurityPolicy, StandardVersion } from './policy.js';

export interface PodSecurityOptions {
  readonly namespaces: NamespaceReader;
  /** The pods of a namespace: for warnings when its labels become stricter. Default: none are known. */
  readonly pods?: (namespace: string) => readonly KubeObject[] | Promise<readonly KubeObject[]>;
  /** For namespaces without labels. Default: everything is allowed. */
  readonly defaults?: Partial<PodSecurityPolicy>;
  readonly exemptions?: { readonly namespaces?: readonly string[]; readonly usernames?: readonly string[]; readonly runtimeClasses?: readonly string[] };
}

const privileged: LevelVersion = { level: 'privileged', version: 'latest' };
const auditPrefix = 'pod-security.kubernetes.io/';
const modes: readonly Mode[] = ['enforce', 'audit', 'warn'];

/** Where kinds keep the template of their pods. */
const templatePaths: Readonly<Record<string, string>> = {
  '/podtemplates': 'template',
  '/replicationcontrollers': 'spec.template',
  'apps/daemonsets': 'spec.template',
  'apps/deployments': 'spec.template',
  'apps/replicasets': 'spec.template',
  'apps/statefulsets': 'spec.template',
  'batch/cronjobs': 'spec.jobTemplate.spec.template',
  'batch/jobs': 'spec.template',
};

const ignoredSubresources = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);

const read = (object: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], object);

/** Whether an update brings images that nobody has looked at. */
function bringsImages(pod: Pod, old: Pod): boolean {
  const differs = (list: 'containers' | 'initContainers'): boolean => {
    const [now, before] = [pod.spec[list] ?? [], old.spec[list] ?? []];
    return now.length !== before.length || now.some(({ image }: Container, at) => image !== before[at]!.image);
  };
  const before = new Map((old.spec.ephemeralContainers ?? []).map(({ name, image }) => [name, image]));
  return (
    differs('containers') ||
    differs('initContainers') ||
    (pod.spec.ephemeralContainers ?? []).some(({ name, image }) => !before.has(name) || before.get(name) !== image)
  );
}

/** Holds pods to the standards that count in their namespace; of templates it only warns. */
export function podSecurity({ namespaces, pods = () => [], defaults = {}, exemptions = {} }: PodSecurityOptions): AdmissionPlugin {
  const usual: PodSecurityPolicy = { enforce: defaults.enforce ?? privileged, audit: defaults.audit ?? privileged, warn: defaults.warn ?? privileged };
  const isExemptNamespace = (name: string): boolean => name !== '' && (exemptions.namespaces?.includes(name) ?? false);

  const warnOfPods = async (attributes: Attributes, name: string, enforce: LevelVersion): Promise<void> => {
    for (const warning of existingPodWarnings(name, await pods(name), enforce)) warnClient(attributes, warning);
  };

  const judgeNamespace = (attributes: Attributes): undefined | Promise<void> => {
    const { operation, object, oldObject, kind, name, namespace } = attributes;
    if (attributes.subresource !== '' || !object) return;
    const labels = object.metadata.labels ?? {};
    const { policy, errors } = policyOf(labels, usual);
    const before = operation === 'UPDATE' ? policyOf(oldObject?.metadata.labels ?? {}, usual) : undefined;
    if (errors.length > 0 && !(before && jsonEqual(errors, before.errors))) throw invalid(kind, name, errors);
    if (before) {
      const [now, then] = [policy.enforce, before.policy.enforce];
      if (isSame(now, then) || now.level === 'privileged' || (now.version === then.version && !isStricter(now.level, then.level))) return;
    }
    if (isExemptNamespace(namespace)) warnClient(attributes, exemptWarning(object.metadata.name ?? '', policy, labels));
    else if (before) return warnOfPods(attributes, object.metadata.name ?? '', policy.enforce);
  };

  const exemptWarning = (name: string, policy: PodSecurityPolicy, labels: Readonly<Record<string, string>>): string => {
    const isUsual = modes.every((mode) => isSame(policy[mode], usual[mode]) || (policy[mode].level === 'privileged' && usual[mode].level === 'privileged'));
    if (isAllPrivileged(policy) || isUsual) return '';
    const ignored = modes.filter((mode) => policy[mode].level !== 'privileged' && saysOf(labels, mode)).map((mode) => `${mode}=${levelText(policy[mode])}`);
    return `namespace "${name}" is exempt from Pod Security, and the policy (${ignored.join(', ')}) will be ignored`;
  };

  const evaluate = (attributes: Attributes, view: PodView, labels: Readonly<Record<string, string>>, enforces: boolean): void => {
    const runtimeClass = view.spec.runtimeClassName as string | undefined;
    if (runtimeClass && exemptions.runtimeClasses?.includes(runtimeClass)) {
      annotate(attributes, `${auditPrefix}exempt`, 'runtimeClass');
      return;
    }
    const { policy, errors } = policyOf(labels, usual);
    if (errors.length > 0) annotate(attributes, `${auditPrefix}error`, `Failed to parse policy: ${reasonsText(errors.map(fieldErrorText))}`);
    const found = (mode: Mode): Violation[] => violationsOf(policy[mode], view);
    if (enforces) annotate(attributes, `${auditPrefix}enforce-policy`, levelText(policy.enforce));
    const audited = found('audit');
    if (audited.length > 0)
      annotate(attributes, `${auditPrefix}audit-violations`, `would violate PodSecurity "${levelText(policy.audit)}": ${detailText(audited)}`);
    const refused = enforces ? found('enforce') : [];
    if (refused.length > 0) {
      throw forbidden(attributes.resource, attributes.name, `violates PodSecurity "${levelText(policy.enforce)}": ${detailText(refused)}`);
    }
    const warned = found('warn');
    if (warned.length > 0) warnClient(attributes, `would violate PodSecurity "${levelText(policy.warn)}": ${detailText(warned)}`);
  };

  const judgePod = async (attributes: Attributes, template: string | undefined): Promise<void> => {
    const { namespace, user, operation } = attributes;
    if (isExemptNamespace(namespace)) {
      annotate(attributes, `${auditPrefix}exempt`, 'namespace');
      return;
    }
    if (user && exemptions.usernames?.includes(user.name)) {
      annotate(attributes, `${auditPrefix}exempt`, 'user');
      return;
    }
    const found = await namespaces(namespace);
    if (!found && template === undefined) throw internalError(`failed to lookup namespace "${namespace}"`);
    if (!found) {
      annotate(attributes, `${auditPrefix}error`, `failed to lookup namespace "${namespace}": namespaces "${namespace}" not found`);
      return;
    }
    const labels = found.metadata.labels ?? {};
    if (template === undefined) {
      const { policy, errors } = policyOf(labels, usual);
      if (errors.length === 0 && isAllPrivileged(policy)) {
        annotate(attributes, `${auditPrefix}enforce-policy`, 'privileged:latest');
        return;
      }
      if (operation === 'UPDATE' && !bringsImages(attributes.object as Pod, attributes.oldObject as Pod)) return;
      evaluate(attributes, viewOf(attributes.object!), labels, true);
      return;
    }
    const view = read(attributes.object, template) as Partial<KubeObject> | undefined;
    if (view?.spec) evaluate(attributes, viewOf(view), labels, false);
  };

  return {
    name: 'PodSecurity',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(attributes) {
      const { resource, subresource, object } = attributes;
      const id = `${resource.group}/${resource.resource}`;
      if (id === '/namespaces') return judgeNamespace(attributes);
      if (id === '/pods') return ignoredSubresources.has(subresource) || !object ? undefined : judgePod(attributes, undefined);
      const template = templatePaths[id];
      if (template !== undefined && subresource === '') return judgePod(attributes, template);
    },
  };
}
