/** APIServices as rows (kube-aggregator/pkg/registry/apiservice/etcd). */
import { since, type TableColumn, type TableDefinition } from '@apiserver-kit/rest';
import { type APIService, asAPIService, availableCondition } from '../api-service.js';

const column = (name: string, description: string, format = ''): TableColumn => ({ name, type: 'string', format, description, priority: 0 });

function availability(service: APIService): string {
  const condition = availableCondition(service);
  if (condition === undefined) return 'Unknown';
  const { status, reason } = condition;
  return status === 'True' || !reason ? status : `${status} (${reason})`;
}

export const apiServiceTable: TableDefinition = {
  columns: [
    column(
      'Name',
      'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
      'name',
    ),
    column('Service', 'The reference to the service that hosts this API endpoint.'),
    column('Available', 'Whether this service is available.'),
    column(
      'Age',
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
    ),
  ],
  cells(object, nowMs) {
    const service = asAPIService(object);
    const { service: reference } = service.spec;
    return [
      object.metadata.name ?? '',
      reference == null ? 'Local' : `${reference.namespace ?? ''}/${reference.name ?? ''}`,
      availability(service),
      since(object.metadata.creationTimestamp, nowMs),
    ];
  },
};
