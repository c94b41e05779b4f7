/** The containers of a pod. */
import {
  child,
  configMapKey,
  duplicate,
  type FieldError,
  forbiddenField,
  httpHeaderName,
  index,
  invalidValue,
  type JsonObject,
  nameIsDNSSubdomain,
  notFoundValue,
  notSupported,
  portName,
  portNumber,
  relaxedEnvVarName,
  required,
} from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, recordsAt, textAt, textsAt } from '../types/read.js';
import { validateContainerResources } from './quantities.js';
import { dnsLabel, invalidEach, nonNegativeFields, oneOf, portOrName, type Rule } from './rules.js';
import { descendingPath } from './volumes.js';

export const portProtocols = ['SCTP', 'TCP', 'UDP'];

function ports(list: readonly JsonObject[], path: string): FieldError[] {
  const names = new Set<string>();
  return list.flatMap((port, at) => {
    const portPath = index(path, at);
    const errors: FieldError[] = [];
    const name = textAt(port, 'name');
    if (name !== '') {
      const messages = portName(name);
      errors.push(...invalidEach(messages, child(portPath, 'name'), name));
      if (messages.length === 0 && names.has(name)) errors.push(duplicate(child(portPath, 'name'), name));
      else if (messages.length === 0) names.add(name);
    }
    const [containerPort, hostPort] = [numberAt(port, 'containerPort'), numberAt(port, 'hostPort')];
    if (containerPort === 0) errors.push(required(child(portPath, 'containerPort')));
    else errors.push(...invalidEach(portNumber(containerPort), child(portPath, 'containerPort'), containerPort));
    if (hostPort !== 0) errors.push(...invalidEach(portNumber(hostPort), child(portPath, 'hostPort'), hostPort));
    return [...errors, ...oneOf(textAt(port, 'protocol'), portProtocols, child(portPath, 'protocol'))];
  });
}

const keyRef: Rule<JsonObject> = (ref, path) => {
  const [name, key] = [textAt(ref, 'name'), textAt(ref, 'key')];
  return [
    ...invalidEach(nameIsDNSSubdomain(name), child(path, 'name'), name),
    ...(key === '' ? [required(child(path, 'key'))] : invalidEach(configMapKey(key), child(path, 'key'), key)),
  ];
};

const envSources: Readonly<Record<string, Rule<JsonObject>>> = {
  fieldRef: (ref, path) => (textAt(ref, 'fieldPath') === '' ? [required(child(path, 'fieldPath'))] : []),
  resourceFieldRef: (ref, path) => (textAt(ref, 'resource') === '' ? [required(child(path, 'resource'))] : []),
  configMapKeyRef: keyRef,
  secretKeyRef: keyRef,
  fileKeyRef: () => [],
};

function envValueFrom(variable: JsonObject, path: string): FieldError[] {
  if (!has(variable, 'valueFrom')) return [];
  const from = recordAt(variable, 'valueFrom');
  const given = Object.keys(envSources).filter((source) => has(from, source));
  const errors = given.flatMap((source) => envSources[source]!(recordAt(from, source), child(path, source)));
  if (given.length === 0)
    errors.push(invalidValue(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'));
  else if (textAt(variable, 'value') !== '') errors.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  else if (given.length > 1) errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

const env = (list: readonly JsonObject[], path: string): FieldError[] =>
  list.flatMap((variable, at) => {
    const name = textAt(variable, 'name');
    const namePath = child(index(path, at), 'name');
    return [
      ...(name === '' ? [required(namePath)] : invalidEach(relaxedEnvVarName(name), namePath, name)),
      ...envValueFrom(variable, child(index(path, at), 'valueFrom')),
    ];
  });

const envFrom = (list: readonly JsonObject[], path: string): FieldError[] =>
  list.flatMap((source, at) => {
    const prefix = textAt(source, 'prefix');
    const errors = prefix === '' ? [] : invalidEach(relaxedEnvVarName(prefix), child(index(path, at), 'prefix'), prefix);
    const given = ['configMapRef', 'secretRef'].filter((ref) => has(source, ref));
    for (const ref of given) {
      const name = textAt(recordAt(source, ref), 'name');
      const namePath = child(child(index(path, at), ref), 'name');
      errors.push(...(name === '' ? [required(namePath)] : invalidEach(nameIsDNSSubdomain(name, true), namePath, name)));
    }
    if (given.length === 0) errors.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (given.length > 1) errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
    return errors;
  });

function volumeMounts(container: JsonObject, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const places = new Set<string>();
  const devices = recordsAt(container, 'volumeDevices');
  return recordsAt(container, 'volumeMounts').flatMap((mount, at) => {
    const mountPath = index(path, at);
    const [name, place, subPath, subPathExpr] = ['name', 'mountPath', 'subPath', 'subPathExpr'].map((field) => textAt(mount, field)) as [
      string,
      string,
      string,
      string,
    ];
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(child(mountPath, 'name')));
    if (!volumes.has(name)) errors.push(notFoundValue(child(mountPath, 'name'), name));
    if (place === '') errors.push(required(child(mountPath, 'mountPath')));
    if (places.has(place)) errors.push(invalidValue(child(mountPath, 'mountPath'), place, 'must be unique'));
    places.add(place);
    if (devices.some((device) => device.name === name)) errors.push(invalidValue(child(mountPath, 'name'), name, 'must not already exist in volumeDevices'));
    if (devices.some((device) => device.devicePath === place))
      errors.push(invalidValue(child(mountPath, 'mountPath'), place, 'must not already exist as a path in volumeDevices'));
    // The reference names these two without the mount's index.
    if (subPath !== '') errors.push(...descendingPath(subPath, child(path, 'subPath')));
    if (subPathExpr !== '') {
      if (subPath !== '') errors.push(invalidValue(child(mountPath, 'subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
      errors.push(...descendingPath(subPathExpr, child(path, 'subPathExpr')));
    }
    return errors;
  });
}

const httpGet: Rule<JsonObject> = (action, path) => {
  const scheme = textAt(action, 'scheme');
  return [
    ...(textAt(action, 'path') === '' ? [required(child(path, 'path'))] : []),
    ...portOrName(action.port, child(path, 'port')),
    ...(scheme === 'HTTP' || scheme === 'HTTPS' ? [] : [notSupported(child(path, 'scheme'), scheme, ['HTTP', 'HTTPS'])]),
    ...recordsAt(action, 'httpHeaders').flatMap((header) =>
      invalidEach(httpHeaderName(textAt(header, 'name')), child(path, 'httpHeaders'), textAt(header, 'name')),
    ),
  ];
};

const port: Rule<JsonObject> = (action, path) => portOrName(action.port, child(path, 'port'));

/** In the order in which the reference looks at them. */
const handlers: Readonly<Record<string, Rule<JsonObject>>> = {
  exec: (action, path) => (textsAt(action, 'command').length === 0 ? [required(child(path, 'command'))] : []),
  httpGet,
  tcpSocket: port,
  grpc: port,
  sleep: () => [],
};

function handler(holder: JsonObject, path: string): FieldError[] {
  const [first, ...others] = Object.keys(handlers).filter((name) => has(holder, name));
  if (first === undefined) return [required(path, 'must specify a handler type')];
  return [
    ...handlers[first]!(recordAt(holder, first), child(path, first)),
    ...others.map((name) => forbiddenField(child(path, name), 'may not specify more than 1 handler type')),
  ];
}

const probeFields = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];

function probe(container: JsonObject, name: 'livenessProbe' | 'readinessProbe' | 'startupProbe', containerPath: string): FieldError[] {
  if (!has(container, name)) return [];
  const [value, path] = [recordAt(container, name), child(containerPath, name)];
  const errors = [...handler(value, path), ...nonNegativeFields(value, path, ...probeFields)];
  const gracePath = child(path, 'terminationGracePeriodSeconds');
  const grace = value.terminationGracePeriodSeconds;
  if (has(value, 'terminationGracePeriodSeconds') && Number(grace) <= 0) errors.push(invalidValue(gracePath, grace, 'must be greater than 0'));
  if (name === 'readinessProbe') {
    if (has(value, 'terminationGracePeriodSeconds')) errors.push(invalidValue(gracePath, grace, 'must not be set for readinessProbes'));
  } else if (value.successThreshold !== 1) errors.push(invalidValue(child(path, 'successThreshold'), numberAt(value, 'successThreshold'), 'must be 1'));
  return errors;
}

const probes = (container: JsonObject, path: string): FieldError[] => [
  ...['postStart', 'preStop'].flatMap((hook) => {
    const lifecycle = recordAt(container, 'lifecycle');
    return has(lifecycle, hook) ? handler(recordAt(lifecycle, hook), child(child(path, 'lifecycle'), hook)) : [];
  }),
  ...probe(container, 'livenessProbe', path),
  ...probe(container, 'readinessProbe', path),
  ...probe(container, 'startupProbe', path),
];

function securityContext(container: JsonObject, path: string): FieldError[] {
  const context = recordAt(container, 'securityContext');
  const errors = idFields(context, path, 'runAsUser', 'runAsGroup');
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true)
      errors.push(invalidValue(path, goSecurityContext, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  }
  return errors;
}
const goSecurityContext = {};

/** User and group ids: 0 to 2^31-1. */
export const idFields = (context: JsonObject, path: string, ...names: string[]): FieldError[] =>
  names.flatMap((name) => {
    const id = context[name];
    return typeof id !== 'number' || (id >= 0 && id <= 0x7fffffff) ? [] : [invalidValue(child(path, name), id, 'must be between 0 and 2147483647, inclusive')];
  });

function common(container: JsonObject, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const name = textAt(container, 'name');
  return [
    ...(name === '' ? [required(child(path, 'name'))] : dnsLabel(name, child(path, 'name'))),
    ...(textAt(container, 'image') === '' ? [required(child(path, 'image'))] : []),
    ...oneOf(textAt(container, 'terminationMessagePolicy'), ['File', 'FallbackToLogsOnError'], child(path, 'terminationMessagePolicy')),
    ...ports(recordsAt(container, 'ports'), child(path, 'ports')),
    ...env(recordsAt(container, 'env'), child(path, 'env')),
    ...envFrom(recordsAt(container, 'envFrom'), child(path, 'envFrom')),
    ...volumeMounts(container, volumes, child(path, 'volumeMounts')),
    ...oneOf(textAt(container, 'imagePullPolicy'), ['Always', 'IfNotPresent', 'Never'], child(path, 'imagePullPolicy')),
    ...validateContainerResources(recordAt(container, 'resources'), child(path, 'resources')),
    ...securityContext(container, child(path, 'securityContext')),
  ];
}

function hostPortConflicts(containers: readonly JsonObject[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, at) =>
    recordsAt(container, 'ports').flatMap((containerPort, portAt) => {
      const hostPort = numberAt(containerPort, 'hostPort');
      const text = `${textAt(containerPort, 'protocol')}/${textAt(containerPort, 'hostIP')}/${hostPort}`;
      if (hostPort === 0) return [];
      if (taken.has(text)) return [duplicate(child(index(child(index(path, at), 'ports'), portAt), 'hostPort'), text)];
      taken.add(text);
      return [];
    }),
  );
}

const restartPolicies = ['Always', 'Never', 'OnFailure'];
const restartPolicy = (container: JsonObject, path: string): FieldError[] =>
  has(container, 'restartPolicy') && !restartPolicies.includes(textAt(container, 'restartPolicy'))
    ? [notSupported(child(path, 'restartPolicy'), container.restartPolicy, restartPolicies)]
    : [];

/** `containers`. */
export function validateContainers(containers: readonly JsonObject[], volumes: ReadonlySet<string>, path: string): FieldError[] {
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, at) => {
    const containerPath = index(path, at);
    const own = common(container, volumes, containerPath);
    const name = textAt(container, 'name');
    if (names.has(name)) own.push(duplicate(child(containerPath, 'name'), name));
    names.add(name);
    return [...own, ...probes(container, containerPath), ...restartPolicy(container, containerPath)];
  });
  return [...errors, ...hostPortConflicts(containers, path)];
}

const notForInit = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'];

/** `initContainers`: their names must not be those of `regular` ones. */
export function validateInitContainers(
  containers: readonly JsonObject[],
  regular: readonly JsonObject[],
  volumes: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const names = new Set(regular.map((container) => textAt(container, 'name')));
  return containers.flatMap((container, at) => {
    const containerPath = index(path, at);
    const own = [...common(container, volumes, containerPath), ...restartPolicy(container, containerPath)];
    const name = textAt(container, 'name');
    if (names.has(name)) own.push(duplicate(child(containerPath, 'name'), name));
    else if (name !== '') names.add(name);
    own.push(...hostPortConflicts([container], path));
    if (container.restartPolicy === 'Always') own.push(...probes(container, containerPath));
    else
      for (const field of notForInit)
        if (has(container, field)) own.push(forbiddenField(child(containerPath, field), 'may not be set for init containers without restartPolicy=Always'));
    return own;
  });
}
