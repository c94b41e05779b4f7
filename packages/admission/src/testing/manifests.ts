/** The objects that a test brings along: what is configured, and what is there. */
import { decodeYaml } from '@apiserver-kit/machinery/yaml';
import { type GroupVersionResource, isRecord, type JsonObject, type KubeObject, parseApiVersion } from '@apiserver-kit/machinery';

/** YAML, JSON, or objects. */
export type Manifests = string | KubeObject | readonly (string | KubeObject)[];

/** The documents of a YAML text; lists are taken apart. */
function parse(text: string): KubeObject[] {
  return text
    .split(/^---\s*$/m)
    .map((document) => decodeYaml(document).value)
    .filter(isRecord)
    .flatMap((value) => (Array.isArray(value.items) && String(value.kind).endsWith('List') ? (value.items as KubeObject[]) : [value as KubeObject]));
}

export const objectsOf = (manifests: Manifests = []): KubeObject[] =>
  (Array.isArray(manifests) ? manifests : [manifests]).flatMap((one: string | KubeObject) => (typeof one === 'string' ? parse(one) : [one]));

/** What is known of a kind. */
export interface KindNames {
  readonly plural: string;
  readonly namespaced: boolean;
}

interface DefinitionSpec {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly plural: string; readonly kind: string };
}

/** Kinds that are in no namespace, of those that are met most. */
const clusterKinds = new Set(
  'Namespace Node PersistentVolume ClusterRole ClusterRoleBinding StorageClass IngressClass PriorityClass RuntimeClass CustomResourceDefinition APIService'.split(
    ' ',
  ),
);

/** The name of the resource of a kind, as kubectl guesses it (k8s.io/apimachinery/pkg/api/meta, UnsafeGuessKindToResource). */
function guessPlural(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular.endsWith('endpoints')) return singular;
  if (singular.endsWith('s')) return `${singular}es`;
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/** Knows the kinds of definitions among the objects; guesses others. */
export function kindNames(objects: readonly KubeObject[]): (group: string, kind: string) => KindNames {
  const known = new Map<string, KindNames>();
  for (const { kind, spec } of objects) {
    if (kind !== 'CustomResourceDefinition') continue;
    const { group, names, scope } = spec as DefinitionSpec;
    known.set(`${group}/${names.kind}`, { plural: names.plural, namespaced: scope === 'Namespaced' });
  }
  return (group, kind) => known.get(`${group}/${kind}`) ?? { plural: guessPlural(kind), namespaced: !clusterKinds.has(kind) };
}

/** The resource of an object. @throws Error where it says no version. */
export function resourceOf({ apiVersion, kind }: KubeObject, names: ReturnType<typeof kindNames>): GroupVersionResource & KindNames {
  const version = parseApiVersion(apiVersion ?? '');
  if (!version || !kind) throw new Error(`an object needs apiVersion and kind: ${JSON.stringify({ apiVersion, kind } satisfies JsonObject)}`);
  const found = names(version.group, kind);
  return { ...version, resource: found.plural, ...found };
}
