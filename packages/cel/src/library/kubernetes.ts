/** The libraries of Kubernetes, by the version that brought each. */
import { authzLibrary, authzSelectorsLibrary } from './authz.js';
import { comprehensionsLibrary } from './comprehensions.js';
import type { Library } from './declaration.js';
import { formatLibrary } from './format.js';
import { cidrLibrary, ipLibrary } from './ip.js';
import { kubernetesListsLibrary, kubernetesListsLibrary1 } from './kubernetes-lists.js';
import { listsLibrary } from './lists.js';
import { optionalLibrary } from './optional.js';
import { quantityLibrary } from './quantity.js';
import { regexLibrary } from './regex.js';
import { semverLibrary } from './semver.js';
import { setsLibrary } from './sets.js';
import { standardLibrary } from './standard.js';
import { stringsLibrary } from './strings.js';
import { urlLibrary } from './url.js';

interface Versioned {
  readonly library: Library;
  /** The minor versions of 1.x that have it. */
  readonly from: number;
  readonly until?: number;
}

const versioned: readonly Versioned[] = [
  { library: standardLibrary, from: 0 },
  { library: urlLibrary, from: 0 },
  { library: regexLibrary, from: 0 },
  { library: kubernetesListsLibrary, from: 0, until: 37 },
  { library: authzLibrary, from: 27 },
  { library: optionalLibrary, from: 28 },
  { library: quantityLibrary, from: 28 },
  { library: stringsLibrary, from: 0 },
  { library: setsLibrary, from: 29 },
  { library: ipLibrary, from: 30 },
  { library: cidrLibrary, from: 30 },
  { library: formatLibrary, from: 31 },
  { library: authzSelectorsLibrary, from: 31 },
  { library: comprehensionsLibrary, from: 32 },
  { library: semverLibrary, from: 33 },
  { library: listsLibrary, from: 34 },
  { library: kubernetesListsLibrary1, from: 37 },
];

/** The version whose expressions are understood by default where new ones are written: the oldest that a server of today may be rolled back to. */
export const compatibilityVersion = '1.36';
/** The version with everything: what stored expressions may use. */
export const newestVersion = '1.37';

/** The libraries that expressions of a version may use. */
export function kubernetesLibraries(version: string = compatibilityVersion): Library[] {
  const minor = Number(/^1\.(\d+)$/.exec(version)?.[1]);
  if (!Number.isInteger(minor)) throw new Error(`a version is of the form 1.37, not ${version}`);
  return versioned.filter(({ from, until = Number.POSITIVE_INFINITY }) => minor >= from && minor < until).map(({ library }) => library);
}
