/** What the reference warns of in pods and their templates (pkg/api/pod/warnings.go): what works otherwise than it looks. */
import { child, goQuote, index, type JsonObject, key, labelValue } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';

/** A sentence for each thing. Paths begin at `path`: empty for a pod, `spec.template` … for a template. */
type Warn = (path: string, spec: JsonObject, annotations: JsonObject) => string[];

const deprecatedNodeLabels = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  ['scheduler.alpha.kubernetes.io/preferAvoidPods', 'deprecated since v1.22; use Taints and Tolerations instead'],
  ['node-role.kubernetes.io/master', 'use "node-role.kubernetes.io/control-plane" instead'],
]);

function nodeSelectorTerm(path: string, term: JsonObject, checksValues: boolean): string[] {
  return recordsAt(term, 'matchExpressions').flatMap((expression, at) => {
    const expressionPath = index(child(path, 'matchExpressions'), at);
    const why = deprecatedNodeLabels.get(textAt(expression, 'key'));
    const warnings = why === undefined ? [] : [`${expressionPath}.key: ${textAt(expression, 'key')} is ${why}`];
    if (!checksValues) return warnings;
    const values = textsAt(expression, 'values').flatMap((value, i) =>
      labelValue(value).map((message) => `${index(child(expressionPath, 'values'), i)}: ${value} is invalid, ${message}`),
    );
    return [...warnings, ...values];
  });
}

/** Labels of nodes that have newer names. */
const nodeLabels: Warn = (path, spec) => {
  const selected = Object.keys(recordAt(spec, 'nodeSelector')).flatMap((label) => {
    const why = deprecatedNodeLabels.get(label);
    return why === undefined ? [] : [`${key(child(path, 'spec.nodeSelector'), label)}: ${why}`];
  });
  const affinity = recordAt(recordAt(spec, 'affinity'), 'nodeAffinity');
  const affinityPath = child(path, 'spec.affinity.nodeAffinity');
  const required = recordsAt(recordAt(affinity, 'requiredDuringSchedulingIgnoredDuringExecution'), 'nodeSelectorTerms').flatMap((term, at) =>
    nodeSelectorTerm(index(`${affinityPath}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`, at), term, false),
  );
  const preferred = recordsAt(affinity, 'preferredDuringSchedulingIgnoredDuringExecution').flatMap((term, at) =>
    nodeSelectorTerm(child(index(`${affinityPath}.preferredDuringSchedulingIgnoredDuringExecution`, at), 'preference'), recordAt(term, 'preference'), true),
  );
  return [...selected, ...required, ...preferred];
};

const matchesNoPod = (path: string): string => `${child(path, 'labelSelector')}: a null labelSelector results in matching no pod`;

const topologySpread: Warn = (path, spec) =>
  recordsAt(spec, 'topologySpreadConstraints').flatMap((constraint, at) => {
    const constraintPath = index(child(path, 'spec.topologySpreadConstraints'), at);
    const topologyKey = textAt(constraint, 'topologyKey');
    const why = deprecatedNodeLabels.get(topologyKey);
    return [
      ...(why === undefined ? [] : [`${constraintPath}.topologyKey: ${topologyKey} is ${why}`]),
      ...(has(constraint, 'labelSelector') ? [] : [matchesNoPod(constraintPath)]),
    ];
  });

const deprecatedAnnotations: readonly (readonly [name: string, why: string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];
const annotationPath = (path: string, name: string): string => key(child(path, 'metadata.annotations'), name);

const oldAnnotations: Warn = (path, _, annotations) =>
  deprecatedAnnotations.flatMap(([name, why]) => (Object.hasOwn(annotations, name) ? [`${annotationPath(path, name)}: ${why}`] : []));

const deprecatedVolumes: readonly (readonly [source: string, why: string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

const volumes: Warn = (path, spec) =>
  recordsAt(spec, 'volumes').flatMap((volume, at) =>
    deprecatedVolumes.flatMap(([source, why]) => (has(volume, source) ? [`${child(index(child(path, 'spec.volumes'), at), source)}: ${why}`] : [])),
  );

/** Values of a field that came before in the list. */
function repeated(items: readonly JsonObject[], listPath: string, field: string, word: string): string[] {
  const seen = new Set<string>();
  return items.flatMap((item, at) => {
    const value = textAt(item, field);
    if (seen.has(value)) return [`${child(index(listPath, at), field)}: duplicate ${word} ${goQuote(value)}`];
    seen.add(value);
    return [];
  });
}

const duplicates: Warn = (path, spec) => {
  const secretsPath = child(path, 'spec.imagePullSecrets');
  const secrets = recordsAt(spec, 'imagePullSecrets');
  return [
    ...repeated(recordsAt(spec, 'hostAliases'), child(path, 'spec.hostAliases'), 'ip', 'ip'),
    ...repeated(secrets, secretsPath, 'name', 'name'),
    ...secrets.flatMap((secret, at) => (textAt(secret, 'name') === '' ? [`${index(secretsPath, at)}.name: invalid empty name ""`] : [])),
  ];
};

/** Containers of all three sorts, each with its path, in the order in which the reference visits them. */
const containersOf = (path: string, spec: JsonObject): (readonly [container: JsonObject, path: string])[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    recordsAt(spec, list).map((container, at) => [container, index(child(path, `spec.${list}`), at)] as const),
  );

const seccompAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
const containerSeccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/';
const usesSeccompField = (holder: JsonObject): boolean => has(recordAt(holder, 'securityContext'), 'seccompProfile');

/** Seccomp profiles in annotations do nothing where there is no field that says the same. */
const seccomp: Warn = (path, spec, annotations) => {
  const annotated = [
    ...(usesSeccompField(spec) ? [] : [seccompAnnotation]),
    ...containersOf(path, spec).flatMap(([container]) => (usesSeccompField(container) ? [] : [`${containerSeccompPrefix}${textAt(container, 'name')}`])),
  ];
  return annotated.flatMap((name) =>
    Object.hasOwn(annotations, name) ? [`${annotationPath(path, name)}: non-functional in v1.27+; use the "seccompProfile" field instead`] : [],
  );
};

const environment: Warn = (path, spec) =>
  containersOf(path, spec).flatMap(([container, containerPath]) => {
    const seen = new Set<string>();
    return recordsAt(container, 'env').flatMap((variable, at) => {
      const [name, value] = [textAt(variable, 'name'), textAt(variable, 'value')];
      if (!seen.has(name)) {
        seen.add(name);
        return [];
      }
      const reference = `$(${name})`;
      // A value that builds on the one before it hides nothing.
      if (!has(variable, 'valueFrom') && value !== reference && value.includes(reference)) return [];
      return [`${index(child(containerPath, 'env'), at)}: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`];
    });
  });

interface SeenPort {
  readonly path: string;
  readonly hostIP: string;
  readonly hostPort: number;
}

/** How two ports of the same number and protocol disturb each other. */
function overlap(port: SeenPort, other: SeenPort): string | undefined {
  if (port.hostIP === other.hostIP && port.hostPort === other.hostPort) return 'duplicate port definition';
  if (port.hostPort === 0 || other.hostPort === 0) return 'overlapping port definition';
  const oneIsForAllAddresses = (port.hostIP === '') !== (other.hostIP === '');
  return port.hostPort === other.hostPort && oneIsForAllAddresses ? 'dangerously ambiguous port definition' : undefined;
}

const ports: Warn = (path, spec) => {
  const all = containersOf(path, spec).flatMap(([container, containerPath]) =>
    recordsAt(container, 'ports').map((port, at) => ({ port, path: index(child(containerPath, 'ports'), at) })),
  );
  const seen = new Map<string, SeenPort[]>();
  const overlaps = all.flatMap(({ port, path: portPath }) => {
    const one = { path: portPath, hostIP: textAt(port, 'hostIP'), hostPort: numberAt(port, 'hostPort') };
    const id = `${numberAt(port, 'containerPort')}/${textAt(port, 'protocol')}`;
    const others = seen.get(id) ?? [];
    seen.set(id, [...others, one]);
    return others.flatMap((other) => {
      const how = overlap(one, other);
      return how === undefined ? [] : [`${portPath}: ${how} with ${other.path}`];
    });
  });
  const names = new Map<string, string>();
  const sameNames = all.flatMap(({ port, path: portPath }) => {
    const name = textAt(port, 'name');
    const other = names.get(name);
    if (name === '') return [];
    if (other === undefined) {
      names.set(name, portPath);
      return [];
    }
    return [`${portPath}: duplicate port name ${goQuote(name)} with ${other}, services and probes that select ports by name will use ${other}`];
  });
  return [...overlaps, ...sameNames];
};

const podAffinity: Warn = (path, spec) =>
  ['podAffinity', 'podAntiAffinity'].flatMap((kind) => {
    const affinity = recordAt(recordAt(spec, 'affinity'), kind);
    const termsPath = (list: string): string => child(path, `spec.affinity.${kind}.${list}`);
    const [required, preferred] = ['requiredDuringSchedulingIgnoredDuringExecution', 'preferredDuringSchedulingIgnoredDuringExecution'] as const;
    return [
      ...recordsAt(affinity, required).flatMap((term, at) => (has(term, 'labelSelector') ? [] : [matchesNoPod(index(termsPath(required), at))])),
      ...recordsAt(affinity, preferred).flatMap((term, at) =>
        has(recordAt(term, 'podAffinityTerm'), 'labelSelector') ? [] : [matchesNoPod(child(index(termsPath(preferred), at), 'podAffinityTerm'))],
      ),
    ];
  });

const rules: readonly Warn[] = [nodeLabels, topologySpread, oldAnnotations, volumes, duplicates, seccomp, environment, ports, podAffinity];

/** What to say of a pod, or of the template of one. `path` is where it stands: empty for a pod. */
export function podWarnings(pod: JsonObject, path = ''): string[] {
  const [spec, annotations] = [recordAt(pod, 'spec'), recordAt(recordAt(pod, 'metadata'), 'annotations')];
  return rules.flatMap((rule) => rule(path, spec, annotations));
}
