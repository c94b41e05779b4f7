/** What can be done with the resources of a group version, as operations that any OpenAPI version can print (k8s.io/apiserver/pkg/endpoints/installer.go). */
import type { GroupVersionKind } from '@apiserver-kit/machinery';
import type { ApiGroupVersion, RegisteredResource } from '../../api-registry.js';
import type { ResourceDescription } from '../../served-resource.js';
import { groupVersionPath } from '../discovery.js';
import { nameParameter, namespaceParameter, type Parameter, verbParameters } from './parameters.js';

/** A type of meta.k8s.io by its name, or the kind of an API. */
export type Model = string | GroupVersionKind;

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

export interface Operation {
  readonly path: string;
  readonly method: Method;
  /** What clients find operations by; undefined for discovery itself. */
  readonly target?: { readonly action: string; readonly kind: GroupVersionKind };
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly model: Model; readonly isRequired: boolean; readonly consumes: readonly string[] };
  readonly answer: Model;
  readonly statuses: readonly number[];
  readonly produces: readonly string[];
}

/** How a verb looks over HTTP. */
interface VerbForm {
  readonly method: Method;
  readonly action: string;
  /** How its operation ids begin. */
  readonly id: string;
  readonly isOfCollection: boolean;
  readonly body?: 'object' | 'Patch' | 'DeleteOptions';
  /** Where the answer is not the object. */
  readonly answer?: 'list' | 'Status';
  readonly statuses: readonly number[];
}

const verbForms: Readonly<Record<string, VerbForm>> = {
  list: { method: 'get', action: 'list', id: 'list', isOfCollection: true, answer: 'list', statuses: [200] },
  create: { method: 'post', action: 'post', id: 'create', isOfCollection: true, body: 'object', statuses: [200, 201, 202] },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    id: 'delete',
    isOfCollection: true,
    body: 'DeleteOptions',
    answer: 'Status',
    statuses: [200],
  },
  get: { method: 'get', action: 'get', id: 'read', isOfCollection: false, statuses: [200] },
  update: { method: 'put', action: 'put', id: 'replace', isOfCollection: false, body: 'object', statuses: [200, 201] },
  patch: { method: 'patch', action: 'patch', id: 'patch', isOfCollection: false, body: 'Patch', statuses: [200, 201] },
  delete: { method: 'delete', action: 'delete', id: 'delete', isOfCollection: false, body: 'DeleteOptions', answer: 'Status', statuses: [200, 202] },
};

const produced = ['application/json', 'application/yaml'];
const streamed = 'application/json;stream=watch';
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json'];

function consumedTypes(verb: string, { family }: ResourceDescription): readonly string[] {
  if (verb === 'patch') return [...patchTypes, ...(family === 'builtin' ? ['application/strategic-merge-patch+json'] : []), 'application/apply-patch+yaml'];
  return family === 'builtin' ? ['*/*'] : produced;
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Text as a part of an identifier: what stands after a dot or dash becomes a capital. */
const identifier = (text: string): string => text.split(/[^\p{L}\p{Nd}_]+/u).reduce((joined, part) => joined + capitalized(part));

const shortGroup = (group: string): string => (group === '' ? 'core' : group.replace(/\.k8s\.io$/, ''));
const idPrefix = ({ group, version }: ApiGroupVersion): string => capitalized(identifier(shortGroup(group))) + capitalized(identifier(version));
const tagOf = ({ group, version }: ApiGroupVersion): string => `${identifier(shortGroup(group))}_${identifier(version)}`;

const isPlural = (kind: string): boolean => kind.endsWith('s') && !kind.endsWith('ss');
const withArticle = (kind: string): string => (isPlural(kind) ? kind : `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`);

function describe(verb: string, { kind, family, verbs }: ResourceDescription, subresource: string): string {
  const of = subresource === '' ? '' : ` ${subresource} of`;
  if (verb === 'list') return `${family === 'builtin' && verbs.includes('watch') ? 'list or watch' : 'list'} objects of kind ${kind}`;
  if (verb === 'create' || verb === 'delete') return `${verb}${of} ${withArticle(kind)}`;
  if (verb === 'deletecollection') return `delete collection of ${kind}`;
  return `${{ get: 'read', update: 'replace', patch: 'partially update' }[verb]}${of} the specified ${kind}`;
}

/** A resource or a subresource, under one of its paths. */
interface Place {
  readonly of: ApiGroupVersion;
  readonly resource: ResourceDescription;
  readonly subresource: string;
  readonly kind: GroupVersionKind;
  readonly path: string;
  readonly isForAllNamespaces?: boolean;
}

function operation({ of, resource, subresource, kind, path, isForAllNamespaces }: Place, verb: string): Operation {
  const form = verbForms[verb]!;
  const scope = isForAllNamespaces || !resource.namespaced ? '' : 'Namespaced';
  const what = `${verb === 'deletecollection' ? 'Collection' : ''}${scope}${resource.kind}${capitalized(subresource)}`;
  const { body, answer } = form;
  const parameters = [...verbParameters[verb]!];
  if (path.includes('{namespace}')) parameters.push(namespaceParameter);
  if (path.includes('{name}')) parameters.push(nameParameter(kind.kind));
  return {
    path,
    method: form.method,
    target: { action: form.action, kind },
    id: `${form.id}${idPrefix(of)}${what}${isForAllNamespaces ? 'ForAllNamespaces' : ''}`,
    tag: tagOf(of),
    description: describe(verb, resource, subresource),
    parameters,
    ...(body && { body: { model: body === 'object' ? kind : body, isRequired: body !== 'DeleteOptions', consumes: consumedTypes(verb, resource) } }),
    answer: answer === 'list' ? { ...kind, kind: resource.listKind } : (answer ?? kind),
    statuses: form.statuses,
    produces: verb === 'list' && resource.verbs.includes('watch') ? [...produced, streamed] : produced,
  };
}

function operationsOf(of: ApiGroupVersion, { description: resource, subresources }: RegisteredResource): Operation[] {
  const root = groupVersionPath(of);
  const collection = resource.namespaced ? `${root}/namespaces/{namespace}/${resource.resource}` : `${root}/${resource.resource}`;
  const item = `${collection}/{name}`;
  const kind = { group: of.group, version: of.version, kind: resource.kind };
  const place = { of, resource, subresource: '', kind };
  const operations = resource.verbs
    .filter((verb) => verb in verbForms)
    .map((verb) => operation({ ...place, path: verbForms[verb]!.isOfCollection ? collection : item }, verb));
  if (resource.namespaced && resource.verbs.includes('list')) {
    operations.push(operation({ ...place, path: `${root}/${resource.resource}`, isForAllNamespaces: true }, 'list'));
  }
  for (const [name, { verbs, kind: shown }] of Object.entries(subresources)) {
    const part = { ...place, subresource: name, kind: shown ?? kind, path: `${item}/${name}` };
    operations.push(...verbs.filter((verb) => verb in verbForms).map((verb) => operation(part, verb)));
  }
  return operations;
}

/** The list of resources itself; the reference documents it for built-in groups only. */
const discoveryOperation = (of: ApiGroupVersion): Operation => ({
  path: `${groupVersionPath(of)}/`,
  method: 'get',
  id: `get${idPrefix(of)}APIResources`,
  tag: tagOf(of),
  description: 'get available resources',
  parameters: [],
  answer: 'APIResourceList',
  statuses: [200],
  produces: produced,
});

/** Whether a group version has a built-in resource. */
export const isBuiltin = ({ resources }: ApiGroupVersion): boolean => resources.some(({ description }) => description.family === 'builtin');

/** All operations of a group version. */
export const operations = (of: ApiGroupVersion): Operation[] => [
  ...(isBuiltin(of) ? [discoveryOperation(of)] : []),
  ...of.resources.flatMap((registered) => operationsOf(of, registered)),
];

export interface PathItem {
  readonly path: string;
  /** Those that all operations take. */
  readonly common: readonly Parameter[];
  /** With the parameters that are left. */
  readonly operations: readonly Operation[];
}

const byName = (a: Parameter, b: Parameter): number => (a.name < b.name ? -1 : 1);

/** Groups operations by path, in the order of paths. What all operations of a path take is said once. */
export function pathItems(all: readonly Operation[]): PathItem[] {
  const paths = new Map<string, Operation[]>();
  for (const each of all) paths.set(each.path, [...(paths.get(each.path) ?? []), each]);
  return [...paths]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, members]) => {
      const isCommon = ({ name }: Parameter): boolean => members.every(({ parameters }) => parameters.some((parameter) => parameter.name === name));
      return {
        path,
        common: members[0]!.parameters.filter(isCommon).sort(byName),
        operations: members.map((each) => ({ ...each, parameters: each.parameters.filter((parameter) => !isCommon(parameter)).sort(byName) })),
      };
    });
}
