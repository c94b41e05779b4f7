/** A built-in resource with all that its requests need. Loaded with the first of them. */
import { badRequest, type KubeObject, PatchError, StatusError, strategicMergePatch, unknownError } from '@apiserver-kit/machinery';
import type { ResourceDescription, ResourceStore, StoredResource, Strategy, TableDefinition } from '@apiserver-kit/rest';
import type { BuiltinResource } from '../resources.js';
import { serviceStrategy } from '../services/service-strategy.js';
import { unknownFieldLabelText } from '../selectable-fields.js';
import { tableColumns, tableRow, tableRowConditions } from '../tables/tables.js';
import { builtinPatchMeta } from '../types/patch-meta.js';
import { codecOf } from './codec.js';
import { fieldManagers } from './field-managers.js';
import { namespaceDeletion } from './namespaces.js';
import { jobDeletionWarnings } from './jobs.js';
import type { BuiltinOptions } from './options.js';
import { podGracePeriodSeconds } from './pods.js';
import { escalationCheck } from './rbac.js';
import type { BuiltinStores } from './stores.js';
import { keepSystemClasses } from './priority-classes.js';
import { signingRequestStrategy } from './signing-requests.js';
import { strategyOf } from './strategy.js';
import { subresourcesOf } from './subresources/index.js';

/** The strategy of a resource: what all have, and what only some have. */
function wholeStrategyOf(row: BuiltinResource, store: ResourceStore, options: BuiltinOptions): Strategy {
  const strategy = strategyOf(row);
  const { escalation, eventTtlSeconds = 3600 } = options;
  if (row.kind === 'Pod') return { ...strategy, gracePeriodSeconds: podGracePeriodSeconds };
  if (row.kind === 'Event') return { ...strategy, ttlSeconds: () => eventTtlSeconds };
  if (row.kind === 'Job') return { ...strategy, deletionWarnings: jobDeletionWarnings };
  if (row.kind === 'Namespace') return { ...strategy, ...namespaceDeletion };
  if (row.kind === 'CertificateSigningRequest') return signingRequestStrategy(row, strategy);
  if (row.kind === 'PriorityClass') return { ...strategy, checkPreconditions: keepSystemClasses };
  if (row.kind === 'Service') return serviceStrategy(strategy, store, options);
  if (row.group === 'rbac.authorization.k8s.io' && escalation) return { ...strategy, authorizeWrite: escalationCheck(row, escalation) };
  return strategy;
}

const tableOf = (row: BuiltinResource): TableDefinition => ({
  columns: tableColumns(row),
  cells: (object, nowMs) => tableRow(row, object, nowMs),
  conditions: (object) => tableRowConditions(row, object),
});

/** Labels that clients may select by → what they stand for. */
function fieldLabelOf(row: BuiltinResource): StoredResource['fieldLabel'] {
  const labels = row.fieldLabels ?? Object.fromEntries(Object.keys(row.selectableFields).map((name) => [name, name]));
  return (label) => {
    if (!Object.hasOwn(labels, label)) throw badRequest(unknownFieldLabelText(row, label));
    return labels[label]!;
  };
}

function strategicMergePatchOf(row: BuiltinResource): StoredResource['strategicMergePatch'] {
  const meta = builtinPatchMeta(row);
  return (
    meta &&
    ((original, patch) => {
      try {
        return strategicMergePatch(original, patch, meta) as KubeObject;
      } catch (error) {
        throw error instanceof PatchError ? refusalOf(error) : error;
      }
    })
  );
}

/** What the reference answers with where a patch does not apply: only some mistakes are the client's in its eyes. */
function refusalOf({ message, status }: PatchError): StatusError {
  if (status === 400) return badRequest(message);
  if (status === undefined) return unknownError(message);
  return new StatusError({ code: status, reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {} });
}

/** Makes resources, as an API registry loads them. */
export function storedResources(options: BuiltinOptions & { readonly stores: BuiltinStores }) {
  return (row: BuiltinResource, description: ResourceDescription): StoredResource => {
    const store = options.stores.of(row);
    const strategy = wholeStrategyOf(row, store, options);
    const managerOf = fieldManagers(row);
    return {
      ...description,
      store,
      codec: codecOf(row),
      strategy,
      subresources: subresourcesOf(row, strategy, options),
      fieldManager: managerOf(),
      table: tableOf(row),
      deprecationWarning: row.deprecationWarning,
      strategicMergePatch: strategicMergePatchOf(row),
      fieldLabel: fieldLabelOf(row),
    };
  };
}
