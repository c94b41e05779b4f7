/**
 * The two versions of HorizontalPodAutoscaler: objects are stored as autoscaling/v2; what v1 has no fields for stands in annotations there
 * (pkg/apis/autoscaling/v1/conversion.go).
 */
import { isRecord, type JsonObject } from '@apiserver-kit/machinery';
import { decodeBuiltin } from './decode.js';
import { has, recordAt, recordsAt } from './read.js';

const annotations = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const;

const defaultCPUUtilization = 80;

const defined = (object: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null)) as JsonObject;

const cpuMetric = (averageUtilization: unknown): JsonObject =>
  ({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }) as JsonObject;

const isCPUUtilization = (metric: JsonObject): boolean => {
  const resource = recordAt(metric, 'resource');
  return metric.type === 'Resource' && resource.name === 'cpu' && has(recordAt(resource, 'target'), 'averageUtilization');
};

type Convert = (source: JsonObject) => JsonObject;
type Sources = Readonly<Record<string, Convert>>;

const identifierOf = (source: JsonObject): JsonObject => defined({ name: source.metricName, selector: source.selector ?? source.metricSelector });
const targetOf = (value: unknown, averageValue: unknown): JsonObject =>
  defined({ type: has({ v: value } as JsonObject, 'v') ? 'Value' : 'AverageValue', value, averageValue });
const resourceTargetOf = ({ targetAverageUtilization, targetAverageValue }: JsonObject): JsonObject =>
  defined({
    type: targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization',
    averageUtilization: targetAverageUtilization,
    averageValue: targetAverageValue,
  });

const specsToV2: Sources = {
  object: (of) =>
    defined({
      describedObject: of.target,
      target: has(of, 'averageValue') ? targetOf(undefined, of.averageValue) : targetOf(of.targetValue, undefined),
      metric: identifierOf(of),
    }),
  pods: (of) => defined({ metric: identifierOf(of), target: targetOf(undefined, of.targetAverageValue) }),
  resource: (of) => defined({ name: of.name, target: resourceTargetOf(of) }),
  containerResource: (of) => defined({ name: of.name, target: resourceTargetOf(of), container: of.container }),
  external: (of) => defined({ metric: identifierOf(of), target: targetOf(of.targetValue, of.targetAverageValue) }),
};

const partsOf = (source: JsonObject, values: 'target' | 'current'): { metric: JsonObject; values: JsonObject } => ({
  metric: recordAt(source, 'metric'),
  values: recordAt(source, values),
});

const specsToV1: Sources = {
  object: (of) => {
    const { metric, values } = partsOf(of, 'target');
    return defined({
      target: of.describedObject,
      metricName: metric.name,
      targetValue: values.value ?? '0',
      selector: metric.selector,
      averageValue: values.averageValue,
    });
  },
  pods: (of) => {
    const { metric, values } = partsOf(of, 'target');
    return defined({ metricName: metric.name, targetAverageValue: values.averageValue, selector: metric.selector });
  },
  resource: (of) => {
    const { values } = partsOf(of, 'target');
    return defined({ name: of.name, targetAverageUtilization: values.averageUtilization, targetAverageValue: values.averageValue });
  },
  containerResource: (of) => {
    const { values } = partsOf(of, 'target');
    return defined({ name: of.name, targetAverageUtilization: values.averageUtilization, targetAverageValue: values.averageValue, container: of.container });
  },
  external: (of) => {
    const { metric, values } = partsOf(of, 'target');
    return defined({ metricName: metric.name, metricSelector: metric.selector, targetValue: values.value, targetAverageValue: values.averageValue });
  },
};

const currentOf = (of: JsonObject): JsonObject =>
  defined({ value: of.currentValue, averageValue: of.averageValue ?? of.currentAverageValue, averageUtilization: of.currentAverageUtilization });

const statusesToV2: Sources = {
  object: (of) => defined({ metric: identifierOf(of), current: currentOf(of), describedObject: of.target }),
  pods: (of) => defined({ metric: identifierOf(of), current: currentOf(of) }),
  resource: (of) => defined({ name: of.name, current: currentOf(of) }),
  containerResource: (of) => defined({ name: of.name, current: currentOf(of), container: of.container }),
  external: (of) => defined({ metric: identifierOf(of), current: currentOf(of) }),
};

const statusesToV1: Sources = {
  object: (of) => {
    const { metric, values } = partsOf(of, 'current');
    return defined({
      target: of.describedObject,
      metricName: metric.name,
      currentValue: values.value ?? '0',
      selector: metric.selector,
      averageValue: values.averageValue,
    });
  },
  pods: (of) => {
    const { metric, values } = partsOf(of, 'current');
    return defined({ metricName: metric.name, currentAverageValue: values.averageValue, selector: metric.selector });
  },
  resource: (of) => {
    const { values } = partsOf(of, 'current');
    return defined({ name: of.name, currentAverageUtilization: values.averageUtilization, currentAverageValue: values.averageValue ?? '0' });
  },
  containerResource: (of) => {
    const { values } = partsOf(of, 'current');
    return defined({
      name: of.name,
      currentAverageUtilization: values.averageUtilization,
      currentAverageValue: values.averageValue ?? '0',
      container: of.container,
    });
  },
  external: (of) => {
    const { metric, values } = partsOf(of, 'current');
    return defined({ metricName: metric.name, metricSelector: metric.selector, currentValue: values.value ?? '0', currentAverageValue: values.averageValue });
  },
};

const converted = (metric: JsonObject, sources: Sources): JsonObject =>
  Object.fromEntries(
    Object.entries(metric).map(([name, value]) => [name, isRecord(value) && Object.hasOwn(sources, name) ? sources[name]!(value as JsonObject) : value]),
  ) as JsonObject;

/** Behavior was once written down by the Go names of its fields. */
const renamed = (value: unknown, rename: (name: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, item]) => (item === null ? [] : [[rename(name), renamed(item, rename)]])));
};
const goName = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const jsonName = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** What an annotation holds; undefined where it is not JSON, which is passed over. */
function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
const parsedList = (text: unknown): JsonObject[] | undefined => {
  const value = parsed(text);
  return Array.isArray(value) ? value.filter(isRecord).map((item) => item as JsonObject) : undefined;
};

/** A decoded autoscaling/v1 HorizontalPodAutoscaler as autoscaling/v2's. */
export function hpaToV2(hpa: JsonObject): JsonObject {
  const [metadata, spec, status] = [recordAt(hpa, 'metadata'), recordAt(hpa, 'spec'), recordAt(hpa, 'status')];
  const given = recordAt(metadata, 'annotations');
  const { targetCPUUtilizationPercentage: cpu, ...restOfSpec } = spec;
  const { currentCPUUtilizationPercentage: currentCPU, ...restOfStatus } = status;
  const others = parsedList(given[annotations.metrics]) ?? [];
  const metrics = [...others.map((metric) => converted(metric, specsToV2)), ...(cpu === undefined || cpu === null ? [] : [cpuMetric(cpu)])];
  const behavior = parsed(given[annotations.behavior]);
  const currentMetrics =
    parsedList(given[annotations.currentMetrics])?.map((metric) => converted(metric, statusesToV2)) ??
    (currentCPU === undefined || currentCPU === null ? undefined : [{ type: '', resource: { name: 'cpu', current: { averageUtilization: currentCPU } } }]);
  const kept = Object.fromEntries(Object.entries(given).filter(([name]) => !(Object.values(annotations) as string[]).includes(name)));
  return decodeBuiltin('autoscaling.v2.HorizontalPodAutoscaler', {
    ...hpa,
    apiVersion: 'autoscaling/v2',
    metadata: { ...metadata, annotations: Object.keys(kept).length > 0 ? kept : undefined },
    spec: defined({
      ...restOfSpec,
      metrics: metrics.length > 0 ? metrics : [cpuMetric(defaultCPUUtilization)],
      behavior: isRecord(behavior) ? renamed(behavior, jsonName) : undefined,
    }),
    status: defined({ ...restOfStatus, currentMetrics, conditions: parsedList(given[annotations.conditions]) }),
  } as JsonObject).object;
}

/** A decoded autoscaling/v2 HorizontalPodAutoscaler as autoscaling/v1's. */
export function hpaToV1(hpa: JsonObject): JsonObject {
  const [metadata, spec, status] = [recordAt(hpa, 'metadata'), recordAt(hpa, 'spec'), recordAt(hpa, 'status')];
  const { metrics: _, behavior, ...restOfSpec } = spec;
  const { currentMetrics: __, conditions, ...restOfStatus } = status;
  const metrics = recordsAt(spec, 'metrics');
  const currentMetrics = recordsAt(status, 'currentMetrics');
  const cpu = metrics.find(isCPUUtilization);
  const others = metrics.filter((metric) => !isCPUUtilization(metric)).map((metric) => converted(metric, specsToV1));
  const currentCPU = currentMetrics.find((metric) => metric.type === 'Resource' && recordAt(metric, 'resource').name === 'cpu');
  const text = (list: readonly unknown[]): string | undefined => (list.length > 0 ? JSON.stringify(list) : undefined);
  const added = defined({
    [annotations.metrics]: text(others),
    [annotations.currentMetrics]: text(currentMetrics.map((metric) => converted(metric, statusesToV1))),
    [annotations.behavior]: behavior ? JSON.stringify(renamed(behavior, goName)) : undefined,
    [annotations.conditions]: text(recordsAt({ conditions: conditions ?? null } as JsonObject, 'conditions')),
  });
  const all = { ...recordAt(metadata, 'annotations'), ...added };
  return decodeBuiltin('autoscaling.v1.HorizontalPodAutoscaler', {
    ...hpa,
    apiVersion: 'autoscaling/v1',
    metadata: { ...metadata, annotations: Object.keys(all).length > 0 ? all : undefined },
    spec: defined({ ...restOfSpec, targetCPUUtilizationPercentage: cpu && recordAt(recordAt(cpu, 'resource'), 'target').averageUtilization }),
    status: defined({
      ...restOfStatus,
      currentCPUUtilizationPercentage: currentCPU && recordAt(recordAt(currentCPU, 'resource'), 'current').averageUtilization,
    }),
  } as JsonObject).object;
}
