/** APIServices as the aggregator sees them (kube-aggregator/pkg/apis/apiregistration/v1). */
import { type GroupVersion, type KubeObject, timestamp } from '@apiserver-kit/machinery';

export const apiServiceGroup = 'apiregistration.k8s.io';
export const apiServiceVersion = 'v1';
export const apiServicePlural = 'apiservices';

/** Where a server of API is. Objects that were read have a port. */
export interface ServiceReference {
  readonly namespace?: string;
  readonly name?: string;
  /** Default 443. */
  readonly port?: number;
}

export interface APIServiceSpec {
  /** Undefined: this server serves the group version itself. */
  readonly service?: ServiceReference;
  readonly group?: string;
  readonly version?: string;
  readonly insecureSkipTLSVerify?: boolean;
  /** PEM, in base64. */
  readonly caBundle?: string;
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

export interface APIServiceCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string | null;
  readonly reason?: string;
  readonly message?: string;
}

export interface APIService extends KubeObject {
  readonly spec: APIServiceSpec;
  readonly status?: { readonly conditions?: readonly APIServiceCondition[] };
}

/** Objects of this kind have been read by its types. */
export const asAPIService = (object: KubeObject): APIService => object as unknown as APIService;

/** The one name that the APIService of a group version may have. */
export const apiServiceName = ({ group, version }: GroupVersion): string => `${version}.${group}`;

/** The group version of a valid name. */
export function groupVersionOf(name: string): GroupVersion {
  const at = name.indexOf('.');
  return { group: name.slice(at + 1), version: name.slice(0, at) };
}

/** The path below which a group version is served. */
export const groupVersionPath = ({ group, version }: GroupVersion): string => (group === '' ? `/api/${version}` : `/apis/${group}/${version}`);

export const availableCondition = ({ status }: APIService): APIServiceCondition | undefined => status?.conditions?.find(({ type }) => type === 'Available');

export const isAvailable = (service: APIService): boolean => availableCondition(service)?.status === 'True';

/** What is found out about a server: all of a condition but its time. */
export interface Availability {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** That of what this server serves itself. */
export const localAvailability: Availability = { status: 'True', reason: 'Local', message: 'Local APIServices are always available' };

/** The APIService with the condition Available; the same object where it has it already. */
export function withAvailability(service: APIService, { status, reason, message }: Availability, nowMs: number): APIService {
  const before = availableCondition(service);
  if (before?.status === status && before.reason === reason && before.message === message) return service;
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(nowMs);
  const condition: APIServiceCondition = { type: 'Available', status, lastTransitionTime: lastTransitionTime ?? timestamp(nowMs), reason, message };
  const conditions = service.status?.conditions ?? [];
  const next = before === undefined ? [...conditions, condition] : conditions.map((one) => (one === before ? condition : one));
  return { ...service, status: { ...service.status, conditions: next } };
}
