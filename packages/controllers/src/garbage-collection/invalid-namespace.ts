/** Tells users why their objects go that name an owner in another namespace, by an event (pkg/controller/garbagecollector/graph_builder.go). */
import { apiVersionOf, type Clock, type OwnerReference, timestamp } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';
import { type ApiClient, callApi, resourcePath } from '../api-client.js';
import type { Place } from './place.js';

const component = 'garbage-collector-controller';
const events = { group: '', version: 'v1', resource: 'events' };
/** Objects without a namespace have their events here. */
const defaultNamespace = 'default';

/** Gives a function that tells of a reference; what becomes of the event is nobody's concern but the log's. */
export function invalidNamespaceEvents(client: ApiClient, clock: Clock, log: ErrorLog = () => {}) {
  return (uid: string, { resource, namespace, name }: Place, owner: OwnerReference): void => {
    const now = timestamp(clock.now());
    const place = namespace === '' ? defaultNamespace : namespace;
    const identity = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}]`;
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name}.`, namespace: place },
      involvedObject: { kind: resource.kind, apiVersion: apiVersionOf(resource), namespace, name, uid },
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef ${identity} does not exist in namespace ${JSON.stringify(namespace)}`,
      source: { component },
      reportingComponent: component,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    callApi(client, { method: 'POST', path: resourcePath(events, place), body }).catch((error: unknown) => log(`${component}: an event is lost`, error));
  };
}
