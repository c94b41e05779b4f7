/** The parameters that requests for resources take, as OpenAPI documents list them. Clients look here for what a server supports. */

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({ name, in: 'query', type, description });

const pretty = query('pretty', 'string', 'Whether the answer is indented. It is for browsers, curl and wget unless they say false.');
const dryRun = query('dryRun', 'string', 'With `All`, the request runs through all stages, and nothing is stored.');
const fieldManager = query(
  'fieldManager',
  'string',
  'The name under which the changed fields are managed: at most 128 printable characters. Apply patches need one.',
);
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What becomes of unknown and duplicate fields: `Ignore` drops them, `Warn` (the default) drops them with a warning, `Strict` refuses the request.',
);
const force = query('force', 'boolean', 'Takes fields that others manage. For apply patches only.');

const listParameters = [
  query('continue', 'string', 'Goes on with a list, from the token that its last page came with.'),
  query('fieldSelector', 'string', 'Only objects whose fields match.'),
  query('labelSelector', 'string', 'Only objects whose labels match.'),
  query('limit', 'integer', 'The most objects that a page of a list may have.'),
  query('resourceVersion', 'string', 'The version of the data that is asked for, or, of a watch, after which it starts.'),
  query('resourceVersionMatch', 'string', 'How `resourceVersion` is meant: `Exact` or `NotOlderThan`.'),
  query('sendInitialEvents', 'boolean', 'A watch first sends what there is, and then a bookmark. Needs `resourceVersionMatch=NotOlderThan`.'),
  query('timeoutSeconds', 'integer', 'How long the request may take.'),
];

const watchParameters = [
  query('allowWatchBookmarks', 'boolean', 'A watch may send bookmarks, which tell how far it has come.'),
  query('watch', 'boolean', 'Sends changes as they happen, instead of a list.'),
];

const deleteParameters = [
  query('gracePeriodSeconds', 'integer', 'How long the object has to end in good order; 0 deletes it at once.'),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Deletes an object even if it cannot be read from storage. Finalizers are not waited for.',
  ),
  query('orphanDependents', 'boolean', 'Old form of `propagationPolicy`: true is `Orphan`.'),
  query('propagationPolicy', 'string', 'What becomes of dependents: `Orphan`, `Background` or `Foreground`.'),
];

export const namespaceParameter: Parameter = { name: 'namespace', in: 'path', type: 'string', description: 'The namespace of the objects.' };
export const nameParameter = (kind: string): Parameter => ({ name: 'name', in: 'path', type: 'string', description: `name of the ${kind}` });

const writeParameters = [dryRun, fieldManager, fieldValidation];

/** By verb, as discovery names verbs. */
export const verbParameters: Readonly<Record<string, readonly Parameter[]>> = {
  get: [pretty],
  list: [pretty, ...listParameters, ...watchParameters],
  create: [pretty, ...writeParameters],
  update: [pretty, ...writeParameters],
  patch: [pretty, ...writeParameters, force],
  delete: [pretty, dryRun, ...deleteParameters],
  deletecollection: [pretty, dryRun, ...deleteParameters, ...listParameters],
};
