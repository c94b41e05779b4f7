/** What clients of a deprecated version are told. */
import { compareApiVersions } from '@apiserver-kit/machinery';
import type { CustomResourceDefinitionSpec, CustomResourceDefinitionVersion } from '../validation/custom-resource-definition.js';

/** The warning of a version: the definition's own, or one that names the best newer version. Undefined where it is not deprecated. */
export function deprecationWarning(
  { name, deprecated, deprecationWarning: own }: CustomResourceDefinitionVersion,
  { group, names: { kind }, versions }: CustomResourceDefinitionSpec,
): string | undefined {
  if (!deprecated) return undefined;
  if (own != null) return own;
  const [best] = versions
    .filter((other) => other.served && !other.deprecated && compareApiVersions(other.name, name) > 0)
    .map((other) => other.name)
    .sort((a, b) => compareApiVersions(b, a));
  const warning = `${group}/${name} ${kind} is deprecated`;
  return best === undefined ? warning : `${warning}; use ${group}/${best} ${kind}`;
}
